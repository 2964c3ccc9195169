// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// How a node stands to its lines, in the words of "kubectl loadline top" and "explain node".

import type { Node, NodeRule, NodeState, Reading, Rule, RuleSet, Snapshot } from "../api.ts";
import * as format from "./format.ts";
import { against } from "./nodes.ts";

/** BrokenRule is a rule that has a part in the state of a node. */
export interface BrokenRule {
  on: NodeRule;
  set: RuleSet;
  rule: Rule;
}

/** broken are the rules that have a part in the state of a node, those that act first. */
export function broken(node: Node, ruleSets: RuleSet[]): BrokenRule[] {
  const found: BrokenRule[] = [];
  for (const of of node.ruleSets) {
    for (const on of of.rules) {
      const set = ruleSets.find((set) => set.name === of.name);
      const rule = set?.rules.find((rule) => rule.name === on.name);
      if (set !== undefined && rule !== undefined && hasPart(node.state, on)) {
        found.push({ on, set, rule });
      }
    }
  }
  return [...found.filter((rule) => !isIdle(rule)), ...found.filter(isIdle)];
}

/** isIdle tells that a rule refuses nobody. */
function isIdle(rule: BrokenRule): boolean {
  return (rule.set.observed ?? false) || (rule.rule.suspended ?? false);
}

function hasPart(state: NodeState, rule: NodeRule): boolean {
  switch (state) {
    case "Over":
      return rule.state === "InForce";
    case "Expected":
      return rule.refuses ?? false;
    case "Pending":
      return rule.state === "Pending";
    case "Undecided":
      return rule.state === "Undecided";
    default:
      return false;
  }
}

/** stateText says what the rules come to on a node, with the rule that matters most. */
export function stateText(node: Node, ruleSets: RuleSet[], snapshot: Snapshot): string {
  switch (node.state) {
    case "Exempt":
      return "exempt";
    case "Ungoverned":
      return "no rules";
    case "OK":
      return "OK";
    case "NoData":
      return "no data: " + unmeasured(node).join(", ");
  }
  const rules = broken(node, ruleSets);
  const first = rules[0];
  if (first === undefined) {
    return node.state; // of a later version
  }
  const more = rules.length > 1 ? ` and ${rules.length - 1} more` : "";
  return `${sinceText(node.state, first, snapshot)}: ${label(first)}${more}`;
}

function label(rule: BrokenRule): string {
  const name = `${rule.set.name}/${rule.rule.name}`;
  if (rule.set.observed) {
    return name + " (only observed)";
  }
  return rule.rule.suspended ? name + " (gives way: maxNodes)" : name;
}

function sinceText(state: NodeState, rule: BrokenRule, snapshot: Snapshot): string {
  const held = heldFor(rule.on, snapshot);
  switch (state) {
    case "Over":
      return `over line for ${held}`;
    case "Pending":
      return `past line for ${held}, not in force yet`;
    case "Expected":
      return "over line with expected pods";
    default:
      return state.toLowerCase();
  }
}

/** heldFor is how long the conditions of a rule have held, by the scheduler's clock. */
export function heldFor(rule: NodeRule, snapshot: Snapshot): string {
  const since = format.milliseconds(rule.since);
  const at = format.milliseconds(snapshot.time);
  return since === undefined || at === undefined ? "?" : format.lasting((at - since) / 1000 + snapshot.ageSeconds);
}

function unmeasured(node: Node): string[] {
  const names = node.ruleSets.flatMap((set) => set.readings).filter((reading) => reading.value === undefined).map((reading) => reading.metric);
  return [...new Set(names)];
}

/** effects are what rules do on a node. */
export function effects(node: Node): string[] {
  const rules = node.ruleSets.flatMap((set) => set.rules);
  const found: string[] = [];
  if (rules.some((rule) => rule.refuses)) {
    found.push("refuses pods");
  }
  if (rules.some((rule) => rule.evictionDue)) {
    found.push("eviction due");
  }
  for (const rule of rules) {
    found.push(...Object.keys(rule.labels ?? {}).sort().map((key) => `${key}=${rule.labels?.[key] ?? ""}`));
    if (rule.taint) {
      found.push(rule.taint);
    }
  }
  return [...new Set(found)];
}

/** NodeLine is a line of a rule as it stands on a node. */
export interface NodeLine {
  rule: string;
  reading: Reading;
  state: string;
}

/** nodeLines are all lines that are about a node. */
export function nodeLines(node: Node, ruleSets: RuleSet[], snapshot: Snapshot): NodeLine[] {
  const found: NodeLine[] = [];
  for (const of of node.ruleSets) {
    const set = ruleSets.find((set) => set.name === of.name);
    for (const on of of.rules) {
      const rule = set?.rules.find((rule) => rule.name === on.name);
      for (const line of rule?.lines ?? []) {
        const measured = of.readings.find((reading) => reading.metric === line.metric) ?? { metric: line.metric };
        found.push({
          rule: `${of.name}/${on.name}`,
          reading: { ...against(measured, line, line.fraction ?? false), ...(line.clear === undefined ? {} : { clear: line.clear }) },
          state: ruleState(set as RuleSet, rule as Rule, on, snapshot),
        });
      }
    }
  }
  return found;
}

/** ruleState says what a rule comes to on a node, and does there. */
function ruleState(set: RuleSet, rule: Rule, on: NodeRule, snapshot: Snapshot): string {
  const held = on.since === undefined ? "" : heldFor(on, snapshot);
  switch (on.state) {
    case "InForce":
      return `over line for ${held}${consequence(set, rule, on)}`;
    case "Pending":
      return `past line for ${held} of the ${format.lasting(rule.effects.forSeconds ?? 0)} that it has to last`;
    case "Unknown":
      return "no data" + consequence(set, rule, on);
    case "Undecided":
      return "undecided: between the threshold and clear, and nothing is known of before";
    case "NotGoverned":
      return "not about this node";
    default:
      return on.refuses ? "over line with expected pods: refuses pods" : on.state;
  }
}

function consequence(set: RuleSet, rule: Rule, on: NodeRule): string {
  if (set.observed) {
    return ": does nothing, since its rule set only observes";
  }
  const texts: string[] = [];
  if (on.refuses) {
    texts.push("refuses pods");
  } else if (rule.suspended) {
    texts.push("refuses none, since more nodes are over it than its maxNodes allows");
  }
  if (on.evictionDue) {
    texts.push("eviction due");
  } else if (rule.effects.evict !== undefined && on.since !== undefined) {
    texts.push("eviction due after " + format.lasting(rule.effects.evict.forSeconds));
  }
  return texts.length === 0 ? "" : ": " + texts.join(", ");
}
