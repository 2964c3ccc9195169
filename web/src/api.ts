// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// What the scheduler serves as JSON, as far as the page shows it. The Go types are in
// pkg/inspect, pkg/standing, pkg/explain, pkg/descheduler/history and pkg/dashboard.
// Lists and numbers that Go leaves out where they are empty are optional here.

/** Time is an instant as Go writes it, in RFC 3339. */
export type Time = string;

export interface Snapshot {
  generation: number;
  time: Time;
  ageSeconds: number;
}

export type NodeState = "Exempt" | "Ungoverned" | "Over" | "Expected" | "Pending" | "NoData" | "Undecided" | "OK";

export interface Nodes {
  snapshot: Snapshot;
  ruleSets: RuleSet[];
  nodes: Node[];
}

export interface Node {
  name: string;
  state: NodeState;
  headroom?: number;
  ruleSets: NodeRuleSet[];
}

export interface NodeRuleSet {
  name: string;
  readings: NodeReading[];
  rules: NodeRule[];
}

export interface NodeReading {
  metric: string;
  value?: number;
  projected?: number;
  ageSeconds?: number;
  capacity?: number;
}

export type RuleState = "OK" | "Pending" | "InForce" | "Undecided" | "Unknown" | "NotGoverned";

export interface NodeRule {
  name: string;
  state: RuleState;
  since?: Time;
  headroom?: number;
  refuses?: boolean;
  evictionDue?: boolean;
  labels?: Record<string, string>;
  taint?: string;
}

export interface Rules {
  snapshot: Snapshot;
  ruleSets: RuleSet[];
}

export interface RuleSet {
  name: string;
  observed?: boolean;
  nodes: number;
  exempt?: number;
  preferences?: number;
  metrics: Metric[];
  rules: Rule[];
}

export interface Metric {
  name: string;
  fraction?: boolean;
  resource?: string;
  known: number;
  missing?: number;
  oldestSeconds?: number;
}

export interface Rule {
  name: string;
  /** Null for a rule without conditions, of a later version. */
  lines: Line[] | null;
  effects: Effects;
  nodes: number;
  inForce: number;
  pending: number;
  undecided: number;
  unknown: number;
  refusing: number;
  evictionDue: number;
  suspended?: boolean;
  untainted?: boolean;
}

/** Bounds are what a value is compared with: one of above, below and equals. */
export interface Bounds {
  above?: number;
  below?: number;
  equals?: number;
  clear?: number;
}

export interface Line extends Bounds {
  metric: string;
  fraction?: boolean;
}

export interface Effects {
  forSeconds?: number;
  reject?: { maxNodes: number; giveUpAfterSeconds?: number; missing?: boolean };
  evict?: { forSeconds: number };
  taint?: { taint: string; maxNodes: number };
  labels?: Record<string, string>;
}

export interface Standing {
  ruleSets: StandingRuleSet[];
  /** warnings are about what could not be found out. */
  warnings?: string[];
  /** error is why this is not the latest. */
  error?: string;
}

export interface StandingRuleSet {
  name?: string;
  mode?: string;
  state: "InForce" | "Refused" | "Superseded" | "Unread" | "Gone";
  lastGood?: boolean;
  error?: string;
  supersededBy?: string;
  configMap: string;
  key: string;
  resourceVersion?: string;
  created?: Time;
  edited?: { manager: string; operation: string; time: Time };
  measured: boolean;
  rules?: RuleSet;
}

export interface Reason {
  code: string;
  message: string;
}

export interface RuleKey {
  set: string;
  rule: string;
}

export interface Evictions {
  records: EvictionRecord[];
  breaker?: { opened: Time; until: Time; why: Reason };
  paused?: Reason;
  known: boolean;
  /** error is why this is not the latest. */
  error?: string;
}

export interface EvictionRecord {
  pod: { namespace: string; name: string; uid: string };
  workload: { namespace: string; kind: string; name: string };
  node: string;
  rule: RuleKey;
  dryRun?: boolean;
  observed?: boolean;
  saturated?: boolean;
  before: {
    metric: string;
    value: number;
    threshold: number;
    clear: number;
    measured?: Time;
    share: number;
    why: string;
  };
  predicted: { sourceAfter: number; destination: string; destinationBefore: number; destinationAfter: number };
  others?: { namespace: string; name: string; share: number; why: string }[];
  planned: Time;
  evicted?: Time;
  deleted?: Time;
  window: string;
  failed?: string;
  successor?: { name?: string; uid?: string; node?: string; ready?: Time; notNeeded?: boolean };
  after?: number;
  effect: "Pending" | "Lowered" | "None" | "Unknown" | "";
}

export interface Waiting {
  total: number;
  pods: WaitingPod[];
}

export interface WaitingPod {
  namespace: string;
  pod: string;
  uid: string;
  since: Time;
  rules: { ruleSet: string; rule: string }[];
  giveUpAt?: Time;
  decision?: Decision;
}

export interface Decision {
  namespace: string;
  pod: string;
  uid: string;
  outcome: string;
  node?: string;
  time: Time;
  note?: string;
  waitedSeconds?: number;
  nodes?: number;
  ruleSets?: string[];
  estimates?: { resource: string; amount: number }[];
  refusals?: Refusal[];
}

export interface Refusal {
  ruleSet: string;
  rule: string;
  givenUp?: boolean;
  suspended?: boolean;
  observed?: boolean;
  nodes: number;
  examples?: { node: string; readings: Reading[] }[];
}

/** Reading is a value beside what it is compared with. */
export interface Reading extends Bounds {
  metric: string;
  fraction?: boolean;
  value?: number | null;
  projected?: number;
  ageSeconds?: number;
}

export interface Planning {
  leading: boolean;
  since?: Time;
  dryRun?: boolean;
  evictionsDisabled?: boolean;
  turn?: Time;
  stopped?: Reason;
  allowance?: { cluster: number; node: number; workload: number; namespace: number };
  plan?: Plan;
}

export interface Plan {
  time: Time;
  evictions: EvictionRecord[] | null;
  nodes: PlannedNode[] | null;
}

export interface PlannedNode {
  node: string;
  rule: RuleKey;
  metric?: string;
  value: number;
  goal: number;
  after: number;
  held?: Reason;
  passed: { namespace: string; name: string; uid: string; share: number; why: Reason }[] | null;
}

export interface Timeline {
  stepSeconds: number;
  times: number[];
  node?: string;
  loads: Load[];
  loadError?: string;
  counts: { since?: Time; placed: (number | null)[]; refused: (number | null)[] };
  edits: RuleEdit[];
}

export interface Load {
  ruleSet: string;
  metric: string;
  fraction?: boolean;
  lines: ({ rule: string } & Bounds)[];
  max?: (number | null)[];
  p90?: (number | null)[];
  median?: (number | null)[];
  min?: (number | null)[];
  nodes?: (number | null)[];
  values?: (number | null)[];
}

export interface RuleEdit {
  time: Time;
  ruleSet: string;
  what: string;
  by?: string;
  note?: string;
}

export interface Version {
  version: string;
  go: string;
}
