// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Why a pod waits, in the words of "kubectl loadline explain pod".

import type { Decision, Reading, Refusal, WaitingPod } from "../api.ts";
import * as format from "./format.ts";
import * as readings from "./readings.ts";

/** refuses tells whether a rule really refused nodes. */
export function refuses(refusal: Refusal): boolean {
  return !refusal.givenUp && !refusal.suspended && !refusal.observed;
}

/** ordered are the refusals with those that refused the most first, and then those that refused none. */
export function ordered(decision: Decision): Refusal[] {
  return [...(decision.refusals ?? [])].sort((a, b) => Number(refuses(b)) - Number(refuses(a)) || b.nodes - a.nodes);
}

/** statement says what a rule did. */
export function statement(refusal: Refusal, decision: Decision): string {
  const rule = `${refusal.ruleSet}/${refusal.rule}`;
  const number = `${format.count(refusal.nodes)} of ${format.counted(decision.nodes ?? 0, "node")}`;
  if (refusal.observed && refusal.suspended) {
    return `${rule} would have refused none, since ${number} are over it, more than its maxNodes allows; its rule set only observes`;
  }
  if (refusal.observed) {
    return `${rule} would have refused ${number}, but its rule set only observes`;
  }
  if (refusal.suspended) {
    return `${rule} refused none, since ${number} are over it, more than its maxNodes allows`;
  }
  if (refusal.givenUp) {
    return `${rule} refused no more nodes, since the pod had waited for longer than the rule's giveUpAfter; ${number} are over its line`;
  }
  return `${rule} refused ${number}`;
}

/** nodes says how much of it were load lines. */
export function nodes(decision: Decision): string {
  const all = decision.nodes ?? 0;
  const refused = (decision.refusals ?? []).filter(refuses).reduce((sum, refusal) => sum + refusal.nodes, 0);
  if (all === 0) {
    return "";
  }
  if (decision.outcome !== "Refused") {
    return `load lines refused ${refused === 0 ? "none" : format.count(refused)} of ${format.count(all)}`;
  }
  if (refused === 0) {
    return `load lines refused none of ${format.count(all)}: other plugins of the scheduler did`;
  }
  if (refused < all) {
    return `load lines refused ${format.count(refused)} of ${format.count(all)}, and other plugins of the scheduler the rest`;
  }
  return `load lines refused all of ${format.count(all)}`;
}

/** estimates are what the pod was expected to use. */
export function estimates(decision: Decision): string {
  const texts = (decision.estimates ?? []).map((estimate) => `${estimate.resource} ${format.amount(estimate.resource, estimate.amount)}`);
  return [...new Set(texts)].join(", ");
}

/** summary says in one line why a pod waits: by the node that came the nearest to taking it. */
export function summary(pod: WaitingPod): string {
  const { decision } = pod;
  if (decision === undefined) {
    return "its decision is not remembered any more";
  }
  const first = ordered(decision)[0];
  if (first === undefined) {
    return decision.note ?? nodes(decision);
  }
  const example = first.examples?.[0];
  const reading = example?.readings.find((reading) => readings.why(reading) !== "") ?? example?.readings[0];
  if (example === undefined || reading === undefined) {
    return nodes(decision);
  }
  return `${nodes(decision)}; the least over: ${example.node} with ${against(reading)}`;
}

function against(reading: Reading): string {
  const withPod = reading.projected === undefined ? "" : `, ${format.measured(reading.projected, reading.fraction)} with the pod`;
  return `${reading.metric} ${readings.value(reading)}${withPod}`;
}
