// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

import type { Node, NodeRule, Nodes, NodeState, RuleSet } from "../src/api.ts";

/** at is when everything in tests was judged. */
export const at = "2026-11-22T08:14:15Z";

/** line is a rule set with one rule, memory above 90%, as it is served. */
export function line(name: string, more: Partial<RuleSet> = {}, suspended = false): RuleSet {
  return {
    name,
    nodes: 3,
    metrics: [{ name: "memory", fraction: true, known: 3, oldestSeconds: 9 }],
    rules: [
      {
        name: "high",
        lines: [{ metric: "memory", fraction: true, above: 0.9, clear: 0.85 }],
        effects: { reject: { maxNodes: 0.5, giveUpAfterSeconds: 300 }, evict: { forSeconds: 120 } },
        nodes: 3,
        inForce: 1,
        pending: 0,
        undecided: 0,
        unknown: 0,
        refusing: 1,
        evictionDue: 0,
        ...(suspended ? { suspended } : {}),
      },
    ],
    ...more,
  };
}

/** node is a node that one rule set is about. */
export function node(name: string, state: NodeState, value: number | undefined, rule: Partial<NodeRule> = {}, set = "line"): Node {
  const headroom = value === undefined ? {} : { headroom: (0.9 - value) / 0.9 };
  const reading = { metric: "memory", ...(value === undefined ? {} : { value, projected: value, ageSeconds: 5 }) };
  return { name, state, ...headroom, ruleSets: [{ name: set, readings: [reading], rules: [{ name: "high", state: "OK", ...headroom, ...rule }] }] };
}

export function judged(nodes: Node[], ruleSets: RuleSet[] = [line("line")]): Nodes {
  return { snapshot: { generation: 7, time: at, ageSeconds: 4 }, ruleSets, nodes };
}
