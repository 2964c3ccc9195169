// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// What happened: edits of rules, evictions and the breaker, on one axis of time.

import type { Evictions, RuleEdit } from "../api.ts";
import * as evictions from "./evictions.ts";
import * as format from "./format.ts";

/** Lane is where an event is drawn. */
export type Lane = "rules" | "evictions" | "breaker";

/** Happening is something that happened. */
export interface Happening {
  key: string;
  lane: Lane;
  /** at is in milliseconds. */
  at: number;
  /** until is the end of what lasts. */
  until?: number;
  /** what is it in a word or two, and detail the rest. */
  what: string;
  detail: string;
  /** bad tells that somebody should look at it. */
  bad: boolean;
}

/** gather lists what happened between two instants, the latest first. */
export function gather(edits: RuleEdit[], record: Evictions | undefined, from: number, to: number): Happening[] {
  const all = [...edits.map(ofEdit), ...ofEvictions(record)];
  return all.filter((one) => (one.until ?? one.at) >= from && one.at <= to).sort((a, b) => b.at - a.at || (a.key < b.key ? -1 : 1));
}

function ofEdit(edit: RuleEdit): Happening {
  const by = edit.by ? ` by ${edit.by}` : "";
  const note = edit.note ? `: ${edit.note}` : "";
  return {
    key: `edit ${edit.time} ${edit.ruleSet} ${edit.what}`,
    lane: "rules",
    at: format.milliseconds(edit.time) ?? 0,
    what: `Rule set ${edit.what.toLowerCase()}`,
    detail: edit.ruleSet + by + note,
    bad: edit.what === "Refused",
  };
}

function ofEvictions(record: Evictions | undefined): Happening[] {
  const found = (record?.records ?? []).map((record): Happening => {
    const { before, after } = { before: evictions.value(record, record.before.value), after: evictions.value(record, record.after) };
    const values = record.after === undefined ? before : `${before}, then ${after}`;
    const detail =
      `${evictions.podName(record.pod)} from ${record.node} to ${evictions.destination(record)}, ` +
      `by ${record.rule.set}/${record.rule.rule}: ${record.before.metric} ${values}`;
    return {
      key: `eviction ${evictions.key(record)}`,
      lane: "evictions",
      at: evictions.at(record),
      what: whatOf(evictions.outcome(record), format.milliseconds(record.evicted) !== undefined),
      detail: record.failed ? `${detail}: ${record.failed}` : detail,
      bad: Boolean(record.failed),
    };
  });
  const breaker = record?.breaker;
  const opened = format.milliseconds(breaker?.opened);
  if (breaker !== undefined && opened !== undefined) {
    const until = format.milliseconds(breaker.until);
    found.push({
      key: `breaker ${breaker.opened}`,
      lane: "breaker",
      at: opened,
      ...(until === undefined ? {} : { until }),
      what: "Breaker opened",
      detail: (until === undefined ? "" : `until ${format.clock(until)}: `) + breaker.why.message,
      bad: true,
    });
  }
  return found;
}

function whatOf(outcome: string, evicted: boolean): string {
  switch (outcome) {
    case "NotEvicted":
      return "Eviction failed";
    case "DryRun":
      return "Would evict (dry run)";
    case "Observed":
      return "Would evict (only observed)";
    default:
      return evicted ? "Evicted" : "Evicting";
  }
}
