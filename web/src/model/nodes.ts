// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Nodes against their lines, in the order of "kubectl loadline top".

import type { Line, Node, NodeReading, NodeRule, NodeRuleSet, Nodes, NodeState, Reading, RuleSet, Snapshot } from "../api.ts";
import * as readings from "./readings.ts";

/** states are those of nodes, in the order in which they matter, with what they are called. */
export const states: [NodeState, string][] = [
  ["Over", "over line"],
  ["Expected", "over line with expected pods"],
  ["Pending", "past line, not in force yet"],
  ["NoData", "no data"],
  ["Undecided", "undecided"],
  ["OK", "OK"],
  ["Exempt", "exempt"],
  ["Ungoverned", "no rules"],
];

/** MetricColumn is a metric, once for all rule sets in which nodes have the same values of its name. */
export interface MetricColumn {
  title: string;
  /** metrics are its names by rule set. */
  metrics: Map<string, string>;
  fraction: boolean;
  /** lines are all that it is compared with anywhere. */
  lines: Line[];
}

/** NodeRow is a node as it is listed. */
export interface NodeRow {
  node: Node;
  state: NodeState;
  headroom: number | undefined;
  /** age is that of the oldest value when the scheduler answered, in seconds. */
  age: number | undefined;
  /** cells are by column: a value beside the nearest of its lines. */
  cells: (Reading | undefined)[];
}

/** NodeTable is all nodes by what they measure, the most urgent first. */
export interface NodeTable {
  snapshot: Snapshot;
  ruleSets: RuleSet[];
  columns: MetricColumn[];
  rows: NodeRow[];
}

/** tabulate lists nodes, by all rule sets or by the one that is chosen. */
export function tabulate(nodes: Nodes, chosen = ""): NodeTable {
  const table: NodeTable = {
    snapshot: nodes.snapshot,
    ruleSets: nodes.ruleSets.filter((set) => chosen === "" || set.name === chosen),
    columns: [],
    rows: [],
  };
  const about = nodes.nodes.map((node) => (chosen === "" ? node : restricted(node, chosen)));
  table.columns = columnsOf(table.ruleSets, about);
  const columns = table.columns.map((column) => ({ column, sources: sourcesOf(column, table.ruleSets) }));
  table.rows = about.map((node) => ({
    node,
    state: node.state,
    headroom: node.headroom,
    age: oldest(node, nodes.snapshot),
    cells: columns.map(({ column, sources }) => cell(column, sources, node)),
  }));
  table.rows.sort(byUrgency);
  return table;
}

/** restricted is a node as one rule set sees it. */
function restricted(node: Node, chosen: string): Node {
  const ruleSets = node.ruleSets.filter((set) => set.name === chosen);
  const rules = ruleSets.flatMap((set) => set.rules);
  const known = rules.map((rule) => rule.headroom).filter((share) => share !== undefined);
  return {
    name: node.name,
    state: stateOf(node, ruleSets),
    ruleSets,
    ...(known.length > 0 ? { headroom: Math.min(...known) } : {}),
  };
}

function stateOf(node: Node, ruleSets: NodeRuleSet[]): NodeState {
  const set = ruleSets[0];
  if (node.state === "Exempt" || set === undefined) {
    return node.state === "Exempt" ? "Exempt" : "Ungoverned";
  }
  const measured = set.readings.some((reading) => reading.value !== undefined);
  if (set.rules.length > 0 && !measured && set.rules.every((rule) => rule.state === "NotGoverned")) {
    return "Exempt";
  }
  const found = new Set(set.rules.map(sum));
  if (set.rules.length === 0 && set.readings.some((reading) => reading.value === undefined)) {
    found.add("NoData");
  }
  return states.map(([state]) => state).find((state) => found.has(state)) ?? "OK";
}

/** sum is what one rule makes of its node. */
function sum(rule: NodeRule): NodeState {
  switch (rule.state) {
    case "InForce":
      return "Over";
    case "Pending":
      return "Pending";
    case "Unknown":
      return "NoData";
  }
  if (rule.refuses) {
    return "Expected";
  }
  return rule.state === "Undecided" ? "Undecided" : "OK";
}

function columnsOf(ruleSets: RuleSet[], nodes: Node[]): MetricColumn[] {
  const columns: MetricColumn[] = [];
  for (const set of ruleSets) {
    for (const metric of set.metrics) {
      const lines = set.rules.flatMap((rule) => rule.lines ?? []).filter((line) => line.metric === metric.name);
      let title = metric.name;
      let column: MetricColumn | undefined;
      for (const other of columns) {
        if (other.title !== title) {
          continue;
        }
        if (measureTheSame(other, set.name, metric.name, nodes)) {
          column = other;
          break;
        }
        title = `${set.name}/${metric.name}`;
      }
      if (column === undefined) {
        column = { title, metrics: new Map(), fraction: metric.fraction ?? false, lines: [] };
        columns.push(column);
      }
      column.metrics.set(set.name, metric.name);
      column.lines.push(...lines);
    }
  }
  return columns;
}

/**
 * measureTheSame tells whether the metric of a rule set is that of a column, on all nodes
 * of which both are known. The query is not served: what counts is what was measured.
 */
function measureTheSame(column: MetricColumn, set: string, metric: string, nodes: Node[]): boolean {
  return nodes.every((node) => {
    const one = readingOf(node, set, metric)?.value;
    return one === undefined || [...column.metrics].every(([otherSet, otherMetric]) => {
      const other = readingOf(node, otherSet, otherMetric)?.value;
      return other === undefined || other === one;
    });
  });
}

function readingOf(node: Node, set: string, metric: string): NodeReading | undefined {
  return node.ruleSets.find((of) => of.name === set)?.readings.find((reading) => reading.metric === metric);
}

/** Source is a rule set that a column shows a metric of, with its lines by rule. */
interface Source {
  metric: string;
  lines: { rule: string; line: Line }[];
}

/** sourcesOf are those of a column, by rule set. They are looked up for every node. */
function sourcesOf(column: MetricColumn, ruleSets: RuleSet[]): Map<string, Source> {
  const sources = new Map<string, Source>();
  for (const [name, metric] of column.metrics) {
    const rules = ruleSets.find((set) => set.name === name)?.rules ?? [];
    const lines = rules.flatMap((rule) => (rule.lines ?? []).map((line) => ({ rule: rule.name, line })));
    sources.set(name, { metric, lines: lines.filter(({ line }) => line.metric === metric) });
  }
  return sources;
}

/** cell is a value, and the nearest line that it is compared with. */
function cell(column: MetricColumn, sources: Map<string, Source>, node: Node): Reading | undefined {
  let nearest: NodeReading | undefined;
  let nearestLine: Line | undefined;
  let least = Infinity;
  for (const of of node.ruleSets) {
    const source = sources.get(of.name);
    const reading = source === undefined ? undefined : of.readings.find((reading) => reading.metric === source.metric);
    const value = reading?.value ?? reading?.projected;
    if (source === undefined || reading === undefined || value === undefined) {
      continue;
    }
    nearest ??= reading;
    for (const { rule, line } of source.lines) {
      const apart = readings.distance(line, value);
      if (apart < least && isAbout(of, rule)) {
        nearest = reading;
        nearestLine = line;
        least = apart;
      }
    }
  }
  return nearest === undefined ? undefined : against(nearest, nearestLine, column.fraction);
}

/** isAbout tells whether a rule is about a node. */
function isAbout(of: NodeRuleSet, rule: string): boolean {
  return of.rules.some((on) => on.name === rule && on.state !== "NotGoverned");
}

/** against is a value beside a line. */
export function against(reading: NodeReading, line: Line | undefined, fraction: boolean): Reading {
  const found: Reading = { metric: reading.metric, fraction, value: reading.value ?? null, ageSeconds: reading.ageSeconds ?? 0 };
  if (reading.projected !== undefined) {
    found.projected = reading.projected;
  }
  if (line?.above !== undefined) {
    found.above = line.above;
  } else if (line?.below !== undefined) {
    found.below = line.below;
  } else if (line?.equals !== undefined) {
    found.equals = line.equals;
  }
  return found;
}

function oldest(node: Node, snapshot: Snapshot): number | undefined {
  let age = -1;
  for (const set of node.ruleSets) {
    for (const reading of set.readings) {
      if (reading.value !== undefined) {
        age = Math.max(age, reading.ageSeconds ?? 0);
      }
    }
  }
  return age < 0 ? undefined : age + snapshot.ageSeconds;
}

/**
 * urgency orders nodes before their headroom does: over a line, all others of which
 * something is known, those of which nothing is, and those that no line is for.
 */
function urgency(row: NodeRow): number {
  if (row.state === "Exempt" || row.state === "Ungoverned") {
    return 3;
  }
  if (row.state === "Over") {
    return 0;
  }
  return row.headroom === undefined ? 2 : 1;
}

/** byUrgency is the order of "kubectl loadline top". */
export function byUrgency(a: NodeRow, b: NodeRow): number {
  const headroom = a.headroom === undefined || b.headroom === undefined ? 0 : a.headroom - b.headroom;
  return urgency(a) - urgency(b) || headroom || byName(a, b);
}

export function byName(a: NodeRow, b: NodeRow): number {
  return a.node.name < b.node.name ? -1 : a.node.name > b.node.name ? 1 : 0;
}

/** byCell puts the greatest values of a metric first, and nodes without one last. */
export function byCell(column: number): (a: NodeRow, b: NodeRow) => number {
  const value = (row: NodeRow) => row.cells[column]?.value ?? -Infinity;
  return (a, b) => {
    const [one, other] = [value(a), value(b)];
    return one === other ? byName(a, b) : one > other ? -1 : 1;
  };
}

/** byAge puts those first whose data is the oldest, and those without any last. */
export function byAge(a: NodeRow, b: NodeRow): number {
  return (b.age ?? -1) - (a.age ?? -1) || byName(a, b);
}

/** counts are the numbers of nodes by state. */
export function counts(nodes: Pick<Node, "state">[]): Map<NodeState, number> {
  const found = new Map<NodeState, number>();
  for (const node of nodes) {
    found.set(node.state, (found.get(node.state) ?? 0) + 1);
  }
  return found;
}
