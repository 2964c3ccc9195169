// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Evictions, in the words of "kubectl loadline explain eviction".

import type { EvictionRecord, Reading } from "../api.ts";
import * as format from "./format.ts";
import * as readings from "./readings.ts";

/** key tells an eviction from all others. */
export function key(record: EvictionRecord): string {
  return `${record.pod.uid} ${record.planned} ${record.rule.set}/${record.rule.rule}`;
}

export function podName(pod: { namespace: string; name: string }): string {
  return `${pod.namespace}/${pod.name}`;
}

/** at is when an eviction happened, or was decided where it has not. */
export function at(record: EvictionRecord): number {
  return format.milliseconds(record.evicted) ?? format.milliseconds(record.planned) ?? 0;
}

/** latest are records with the latest first. The ledger has it last. */
export function latest(records: EvictionRecord[]): EvictionRecord[] {
  const planned = (record: EvictionRecord) => format.milliseconds(record.planned) ?? 0;
  return [...records].reverse().sort((a, b) => planned(b) - planned(a));
}

/** outcome is what came of an eviction, in one word. */
export function outcome(record: EvictionRecord): string {
  if (record.failed) {
    return "NotEvicted";
  }
  if (record.observed) {
    return "Observed";
  }
  if (record.dryRun) {
    return "DryRun";
  }
  return record.effect || "Pending";
}

/** fraction tells whether the metric runs from 0 to 1, as those of a resource do. */
function fraction(record: EvictionRecord): boolean {
  return record.before.share !== 0 || record.predicted.sourceAfter !== 0 || record.predicted.destinationAfter !== 0;
}

/**
 * reading is what was measured against the line. On which side of it the node was follows
 * from clear, and without a band from the value.
 */
function reading(record: EvictionRecord): Reading {
  const { metric, value, threshold, clear } = record.before;
  const found: Reading = { metric, fraction: fraction(record), value };
  if (clear !== threshold) {
    found.clear = clear;
  }
  if (clear < threshold || (clear === threshold && value > threshold)) {
    found.above = threshold;
  } else if (clear > threshold || value < threshold) {
    found.below = threshold;
  } else {
    found.equals = threshold;
  }
  return found;
}

/** line is what the node was over. */
export function line(record: EvictionRecord): string {
  return `${record.before.metric} ${readings.line(reading(record), fraction(record))}`;
}

/** value is a number in the unit of the record's metric. */
export function value(record: EvictionRecord, number: number | undefined): string {
  return format.measured(number, fraction(record));
}

/** predictedAfter is what the node was to measure. Undefined where pods have no known share. */
export function predictedAfter(record: EvictionRecord): number | undefined {
  return fraction(record) ? record.predicted.sourceAfter : undefined;
}

/** destination is where the successor went, or in parentheses where it was expected. */
export function destination(record: EvictionRecord): string {
  if (record.successor?.node) {
    return record.successor.node;
  }
  return record.predicted.destination ? `(${record.predicted.destination})` : "-";
}

/** decision says what was done, or why it was not. */
export function decision(record: EvictionRecord): string {
  const from = `from node ${record.node}`;
  if (record.failed) {
    return `not evicted after all ${from}: ${record.failed}`;
  }
  if (record.observed) {
    return `would have been evicted ${from}; nothing was, since the rule set only observes`;
  }
  if (record.dryRun) {
    return `would have been evicted ${from}; nothing was, in a dry run`;
  }
  if (format.milliseconds(record.evicted) === undefined) {
    return `to be evicted ${from}; it is not written down yet that it was`;
  }
  return `evicted ${from}`;
}

/** facts are all that is known of an eviction, each with what it is. */
export function facts(record: EvictionRecord, all: EvictionRecord[], now: number): [string, string][] {
  const found: [string, string][] = [
    ["Workload", `${record.workload.name} (${record.workload.kind})`],
    ["Decision", decision(record)],
    ["Rule", `${record.rule.set}/${record.rule.rule}`],
    ["Line", line(record)],
    ["Measured", measured(record, now)],
  ];
  const add = (name: string, text: string) => {
    if (text !== "") {
      found.push([name, text]);
    }
  };
  add("Saturated", record.saturated ? "the node measured less than its pods wanted, so that no effect had to show" : "");
  add("Share", share(record));
  add("Why", record.before.why);
  add("Others", others(record));
  add("Together", together(record, all));
  add("Predicted", predicted(record));
  if (!record.failed && !record.dryRun && format.milliseconds(record.evicted) !== undefined) {
    add("Gone", gone(record, now));
    add("Successor", successor(record));
    add("Afterwards", record.after === undefined ? "" : `${value(record, record.after)} on node ${record.node}, from ${value(record, record.before.value)}`);
    add("Effect", effect(record));
  }
  return found;
}

function measured(record: EvictionRecord, now: number): string {
  const planned = format.milliseconds(record.planned);
  const before = between(record.before.measured, record.planned);
  const ago = before === undefined ? "" : `, ${before} before the decision`;
  const when = planned === undefined ? "" : ` at ${format.moment(planned, now)}`;
  return `${value(record, record.before.value)} on node ${record.node}${ago}${when}`;
}

function share(record: EvictionRecord): string {
  if (!fraction(record)) {
    return "";
  }
  if (record.before.share === 0) {
    return "not known";
  }
  return `${value(record, record.before.share)} of the node, of its ${value(record, record.before.value)}`;
}

function others(record: EvictionRecord): string {
  const texts = (record.others ?? []).map((other) => {
    const share = other.share > 0 ? ` with ${value(record, other.share)}` : "";
    return `${podName(other)}${share}: ${other.why}`;
  });
  return texts.length === 0 ? "" : "stayed: " + texts.join("; ");
}

function together(record: EvictionRecord, all: EvictionRecord[]): string {
  const same = (other: EvictionRecord) =>
    other.planned === record.planned && other.node === record.node && other.rule.set === record.rule.set && other.rule.rule === record.rule.rule;
  const names = all.filter((other) => other !== record && same(other)).map((other) => podName(other.pod));
  return names.length === 0 ? "" : `with ${format.counted(names.length, "other pod")} off the node by the same decision: ${format.listed(names)}`;
}

function predicted(record: EvictionRecord): string {
  const { sourceAfter, destination, destinationBefore, destinationAfter } = record.predicted;
  if (!fraction(record)) {
    return destination ? `room on node ${destination}` : "";
  }
  const texts = [`${value(record, sourceAfter)} on node ${record.node} without it`];
  if (destination) {
    texts.push(`${value(record, destinationAfter)} on node ${destination} with it, from ${value(record, destinationBefore)}`);
  }
  return texts.join("; ");
}

function gone(record: EvictionRecord, now: number): string {
  const evicted = format.moment(format.milliseconds(record.evicted) ?? 0, now);
  const took = between(record.evicted, record.deleted);
  return took === undefined ? `not yet, as far as is known; evicted at ${evicted}` : `${took} after it was evicted at ${evicted}`;
}

function successor(record: EvictionRecord): string {
  const { name, node, ready, notNeeded } = record.successor ?? {};
  if (notNeeded) {
    return name ? `${name} was, and is gone; none is needed any more` : "none, and none is needed: the workload was scaled down or deleted";
  }
  if (!name) {
    return "none seen yet";
  }
  if (!node) {
    return `${name}, which waits for a node`;
  }
  let text = `${name} on node ${node}`;
  if (record.predicted.destination) {
    text += record.predicted.destination === node ? ", as predicted" : `, not on ${record.predicted.destination} as predicted`;
  }
  const took = between(record.evicted, ready);
  return took === undefined ? text + "; not ready yet" : `${text}; ready ${took} after the eviction`;
}

function effect(record: EvictionRecord): string {
  switch (record.effect) {
    case "Lowered":
      return "the node is better off";
    case "None":
      return "none: the node measured no better";
    case "Unknown":
      return record.after === undefined
        ? "cannot be told: the node was not measured any more, or is gone"
        : "cannot be told: the node need not measure less for it";
  }
  if (format.milliseconds(record.deleted) === undefined) {
    return "not known yet";
  }
  return `not known yet: the metric shows it ${format.seconds(format.duration(record.window))} after the pod was gone`;
}

/** between is the time from one instant to another. Undefined where one of them is not known. */
function between(from: string | undefined, to: string | undefined): string | undefined {
  const [begin, end] = [format.milliseconds(from), format.milliseconds(to)];
  return begin === undefined || end === undefined ? undefined : format.seconds(Math.max(0, end - begin) / 1000);
}
