// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Rule sets, in the words of "kubectl loadline rules".

import type { Rule, Rules, StandingRuleSet } from "../api.ts";
import * as format from "./format.ts";
import * as readings from "./readings.ts";

/** measure gives a rule set that holds the numbers of nodes that its rules come to. */
export function measure(set: StandingRuleSet, rules: Rules | undefined): StandingRuleSet {
  const judged = holds(set) ? rules?.ruleSets.find((other) => other.name === set.name) : undefined;
  return judged === undefined ? set : { ...set, rules: judged, measured: true };
}

/** holds tells whether rules of this text, or of an earlier one, are in force. */
export function holds(set: StandingRuleSet): boolean {
  return set.state === "InForce" || (set.lastGood ?? false);
}

/** observes tells whether a rule set that holds does nothing. */
export function observes(set: StandingRuleSet): boolean {
  return set.rules?.observed ?? set.mode === "Observe";
}

/** state says how a text stands. */
export function state(set: StandingRuleSet): string {
  switch (set.state) {
    case "InForce":
      return "in force";
    case "Refused":
      return set.lastGood ? "refused, earlier content in force" : "refused";
    case "Superseded":
      return `superseded by ${set.supersededBy ?? "a newer object"}`;
    case "Unread":
      if (set.error) {
        return "not read yet, would be refused";
      }
      return set.lastGood ? "not read yet, earlier content in force" : "not read yet";
    case "Gone":
      return "gone";
    default:
      return String(set.state); // of a later version
  }
}

/** mode says what a rule set does with its rules. */
export function mode(set: StandingRuleSet): string {
  const text = set.mode ?? "";
  return observes(set) && text !== "" ? `${text}: its rules say what they would do, and do nothing` : text;
}

/** line is when a rule is broken. */
export function line(rule: Rule): string {
  const text = (rule.lines ?? []).map((line) => `${line.metric} ${readings.line(line, line.fraction)}`).join(" and ");
  return rule.effects.forSeconds ? `${text} for ${format.lasting(rule.effects.forSeconds)}` : text;
}

/** effects are what a rule does. */
export function effects(rule: Rule): string {
  const { reject, evict, taint, labels } = rule.effects;
  const found: string[] = [];
  if (reject !== undefined) {
    let text = "reject";
    if (reject.maxNodes < 1) {
      text += " up to " + share(reject.maxNodes);
    }
    if (reject.giveUpAfterSeconds) {
      text += " for " + format.lasting(reject.giveUpAfterSeconds);
    }
    found.push(reject.missing ? text + " also without data" : text);
  }
  if (evict !== undefined) {
    found.push("evict after " + format.lasting(evict.forSeconds));
  }
  if (taint !== undefined) {
    found.push("taint " + taint.taint);
  }
  found.push(...Object.keys(labels ?? {}).sort().map((key) => `label ${key}=${labels?.[key] ?? ""}`));
  return found.join(", ");
}

/** notes say of a rule what its numbers do not. */
export function notes(rule: Rule): string[] {
  const found: string[] = [];
  if (rule.suspended && rule.effects.reject !== undefined) {
    found.push(
      `${rule.name} gives way: more than ${share(rule.effects.reject.maxNodes)} of its ${format.count(rule.nodes)} nodes are over the line, ` +
        "so that it refuses none, and they only score worst",
    );
  }
  if (rule.untainted && rule.effects.taint !== undefined) {
    found.push(`${rule.name} taints none: more than ${share(rule.effects.taint.maxNodes)} of its ${format.count(rule.nodes)} nodes are over the line`);
  }
  if (rule.undecided > 0) {
    found.push(
      `${rule.name} is undecided on ${format.counted(rule.undecided, "node")}: between the threshold and clear, and nothing is known of what was before`,
    );
  }
  return found;
}

function share(number: number): string {
  return format.plain(100 * number) + "%";
}
