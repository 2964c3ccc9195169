// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// The words of the banner.

import type { Evictions, Node, NodeState, Nodes, Planning, RuleSet, Standing } from "../api.ts";
import * as format from "./format.ts";
import { counts } from "./nodes.ts";
import { broken } from "./nodestates.ts";
import * as rules from "./rules.ts";

/** Level says how much something asks for a person. */
export type Level = "good" | "notice" | "alert" | "unknown";

/** Saying is a line of the banner. */
export interface Saying {
  text: string;
  level: Level;
}

/** Headline is the overall state. */
export interface Headline extends Saying {
  details: string;
}

/** headline says how the nodes stand. */
export function headline(nodes: Nodes): Headline {
  const found = counts(nodes.nodes);
  const number = (state: NodeState) => found.get(state) ?? 0;
  const all = nodes.nodes.length;
  const governed = all - number("Exempt") - number("Ungoverned");
  const [over, missing] = [number("Over"), number("NoData")];
  const details = detailsOf(nodes, number);
  const say = (level: Level, text: string): Headline => ({ level, text, details });
  if (nodes.ruleSets.length === 0) {
    return { level: "notice", text: "No rule set is in force", details: "Pods are placed as by any other scheduler" };
  }
  if (all === 0) {
    return say("unknown", "No nodes are known");
  }
  if (governed === 0) {
    return say("notice", `No rule set is about any of ${format.counted(all, "node")}`);
  }
  if (over > 0) {
    const level = nodes.nodes.some((node) => node.state === "Over" && !onlyObserved(node, nodes.ruleSets)) ? "alert" : "notice";
    return say(level, `${format.count(over)} of ${format.counted(all, "node")} ${over === 1 ? "is" : "are"} over a line`);
  }
  if (missing === governed) {
    return say("alert", governed === 1 ? "The only node has no data" : `None of ${format.counted(governed, "node")} has data`);
  }
  if (number("OK") === governed) {
    return say("good", allBelow(governed, all));
  }
  return say("notice", `None of ${format.counted(all, "node")} is over a line`);
}

function allBelow(governed: number, all: number): string {
  if (all === 1) {
    return "The only node is below its lines";
  }
  if (governed === all) {
    return `All ${format.count(all)} nodes are below their lines`;
  }
  return governed === 1 ? "The only node that has lines is below them" : `All ${format.count(governed)} nodes that have lines are below them`;
}

function detailsOf(nodes: Nodes, number: (state: NodeState) => number): string {
  const texts: string[] = [];
  const add = (count: number, one: string, many: string) => {
    if (count > 0) {
      texts.push(`${format.count(count)} ${count === 1 ? one : many}`);
    }
  };
  const observed = nodes.nodes.filter((node) => node.state === "Over" && onlyObserved(node, nodes.ruleSets)).length;
  if (observed > 0) {
    texts.push(observed === number("Over") ? "only by rules that observe or give way" : `${format.count(observed)} of them only by rules that observe or give way`);
  }
  add(number("Expected"), "would be with expected pods", "would be with expected pods");
  add(number("Pending"), "is past a line, though not for long enough yet", "are past a line, though not for long enough yet");
  add(number("NoData"), "has no data", "have no data");
  add(number("Undecided"), "is undecided", "are undecided");
  add(number("Exempt"), "is exempt", "are exempt");
  add(number("Ungoverned"), "has no rules", "have no rules");
  return texts.join("; ");
}

/** onlyObserved tells that no rule that is in force on the node does anything about it. */
function onlyObserved(node: Node, ruleSets: RuleSet[]): boolean {
  return broken(node, ruleSets).every(({ set, rule }) => set.observed || rule.suspended);
}

/** ruleSets counts the rule sets by how they stand. */
export function ruleSets(standing: Standing): Saying {
  const all = standing.ruleSets;
  const inForce = all.filter(rules.holds);
  const observing = inForce.filter(rules.observes).length;
  const enforcing = inForce.length - observing;
  const number = (state: string) => all.filter((set) => set.state === state).length;
  const texts: string[] = [];
  const add = (count: number, text: string) => {
    if (count > 0) {
      texts.push(`${format.count(count)} ${text}`);
    }
  };
  add(enforcing, "enforcing");
  add(observing, "observing");
  add(number("Refused"), "refused");
  add(number("Superseded"), "superseded");
  add(number("Unread"), "not read yet");
  add(number("Gone"), "gone");
  if (texts.length === 0) {
    return { text: "none", level: "notice" };
  }
  return { text: texts.join(", "), level: number("Refused") > 0 ? "alert" : number("Unread") > 0 ? "notice" : "good" };
}

/** Asked is what a source of the page has answered: undefined before it has, or why not. */
export interface Asked<T> {
  value?: T;
  failure?: string;
}

/** stuckAfter is how long the descheduler may look at nothing, in seconds: it should at each measurement. */
function stuckAfter(interval: number): number {
  return Math.max(5 * 60, 3 * interval);
}

/** descheduler says in which mode the descheduler is, by its plan, or else by what it has written down. */
export function descheduler(plan: Asked<Planning>, evictions: Asked<Evictions>, now: number, interval: number): Saying {
  const planning = plan.value;
  const stopped = stoppedBy(evictions.value, now);
  if (planning === undefined) {
    const failure = plan.failure === undefined ? "" : `cannot be asked: ${plan.failure}`;
    if (stopped !== "") {
      return { text: failure === "" ? stopped : `${stopped}; ${failure}`, level: "alert" };
    }
    if (failure !== "") {
      return { text: failure, level: "notice" };
    }
    if (evictions.value === undefined) {
      return { text: "not known", level: "unknown" };
    }
    return evictions.value.known
      ? { text: "not asked; neither paused nor stopped by the breaker", level: "unknown" }
      : { text: "none has evicted anything here", level: "unknown" };
  }
  if (!planning.leading) {
    return { text: "no replica leads", level: "alert" };
  }
  if (planning.evictionsDisabled) {
    return { text: "evictions are disabled: it only labels and taints", level: "notice" };
  }
  const turn = format.milliseconds(planning.turn);
  if (turn !== undefined && now - turn > 1000 * stuckAfter(interval)) {
    return { text: `stuck: it last looked ${format.lasting((now - turn) / 1000)} ago`, level: "alert" };
  }
  const mode = planning.dryRun ? "dry run: plans, and evicts nothing" : "evicts";
  const why = planning.stopped?.message ?? stopped;
  if (why !== "") {
    return { text: `stopped: ${why}${planning.dryRun ? " (in a dry run)" : ""}`, level: "alert" };
  }
  return { text: mode, level: planning.dryRun ? "notice" : "good" };
}

function stoppedBy(evictions: Evictions | undefined, now: number): string {
  if (evictions?.paused !== undefined) {
    return evictions.paused.message || "evictions are paused";
  }
  const until = format.milliseconds(evictions?.breaker?.until);
  if (evictions?.breaker !== undefined && until !== undefined && until > now) {
    return `the breaker is open until ${format.moment(until, now)}: ${evictions.breaker.why.message}`;
  }
  return "";
}

/** data says how old what is shown is, by how old the snapshot is and was its oldest value. */
export function data(age: number, ruleSets: RuleSet[], interval: number): Saying {
  const oldest = Math.max(-1, ...ruleSets.flatMap((set) => set.metrics).filter((metric) => metric.known > 0).map((metric) => metric.oldestSeconds ?? 0));
  const text = `judged ${format.seconds(age)} ago` + (oldest < 0 ? "" : `, oldest value ${format.seconds(oldest + age)}`);
  const stale = age > Math.max(3 * interval, 45);
  return stale ? { text: `stale: ${text}`, level: "alert" } : { text, level: "good" };
}
