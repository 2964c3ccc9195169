// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Evictions, Planning, Standing, StandingRuleSet } from "../src/api.ts";
import * as banner from "../src/model/banner.ts";
import { at, judged, line, node } from "./judged.ts";

const over = { state: "InForce", since: at, refuses: true } as const;
const now = Date.parse(at);

test("headline", () => {
  const say = (...given: Parameters<typeof judged>) => {
    const { text, level, details } = banner.headline(judged(...given));
    return [level, text, details];
  };
  assert.deepEqual(say([node("a", "OK", 0.5), node("b", "OK", 0.4)]), ["good", "All 2 nodes are below their lines", ""]);
  assert.deepEqual(say([node("a", "OK", 0.5), node("b", "OK", 0.4), node("c", "Exempt", undefined)])[1], "All 2 nodes that have lines are below them");
  assert.deepEqual(say([node("a", "OK", 0.5)]), ["good", "The only node is below its lines", ""]);
  assert.deepEqual(say([node("a", "Over", 0.95, over), node("b", "OK", 0.4), node("c", "Exempt", undefined)]), [
    "alert",
    "1 of 3 nodes is over a line",
    "1 is exempt",
  ]);
  assert.deepEqual(say([node("a", "Over", 0.95, over), node("b", "OK", 0.4)], [line("line", { observed: true })]), [
    "notice",
    "1 of 2 nodes is over a line",
    "only by rules that observe or give way",
  ]);
  assert.deepEqual(say([node("a", "Over", 0.95, over)], [line("line", {}, true)])[0], "notice");
  assert.deepEqual(say([node("a", "NoData", undefined, { state: "Unknown" }), node("b", "NoData", undefined, { state: "Unknown" })]), [
    "alert",
    "None of 2 nodes has data",
    "2 have no data",
  ]);
  assert.deepEqual(say([node("a", "Pending", 0.95, { state: "Pending" }), node("b", "OK", 0.4)]), [
    "notice",
    "None of 2 nodes is over a line",
    "1 is past a line, though not for long enough yet",
  ]);
  assert.deepEqual(say([], []), ["notice", "No rule set is in force", "Pods are placed as by any other scheduler"]);
  assert.deepEqual(say([]), ["unknown", "No nodes are known", ""]);
  assert.deepEqual(say([node("a", "Ungoverned", undefined)])[1], "No rule set is about any of 1 node");
  const many = Array.from({ length: 5000 }, (_, i) => node(`n${i}`, i < 3 ? "Over" : "OK", 0.5, i < 3 ? over : {}));
  assert.deepEqual(say(many)[1], "3 of 5,000 nodes are over a line");
});

test("rule sets are counted by how they stand", () => {
  const set = (more: Partial<StandingRuleSet>): StandingRuleSet => ({ state: "InForce", mode: "Enforce", configMap: "a", key: "b", measured: false, ...more });
  const say = (...ruleSets: StandingRuleSet[]) => banner.ruleSets({ ruleSets } satisfies Standing);
  assert.deepEqual(say(), { text: "none", level: "notice" });
  assert.deepEqual(say(set({}), set({ mode: "Observe" })), { text: "1 enforcing, 1 observing", level: "good" });
  assert.deepEqual(say(set({ state: "Refused", lastGood: true }), set({ state: "Superseded" })), { text: "1 enforcing, 1 refused, 1 superseded", level: "alert" });
  assert.deepEqual(say(set({ state: "Unread" })), { text: "1 not read yet", level: "notice" });
});

test("descheduler", () => {
  const say = (plan: banner.Asked<Planning>, evictions: banner.Asked<Evictions>) => banner.descheduler(plan, evictions, now, 15);
  const ledger = (more: Partial<Evictions> = {}): banner.Asked<Evictions> => ({ value: { records: [], known: true, ...more } });
  const plan = (more: Partial<Planning>): banner.Asked<Planning> => ({ value: { leading: true, ...more } });
  const breaker = { opened: at, until: "2026-11-22T08:44:15Z", why: { code: "NoEffect", message: "nothing came of 3 evictions" } };
  assert.deepEqual(say(plan({}), ledger()), { text: "evicts", level: "good" });
  assert.deepEqual(say(plan({ dryRun: true }), ledger()), { text: "dry run: plans, and evicts nothing", level: "notice" });
  assert.deepEqual(say(plan({ evictionsDisabled: true }), ledger()).text, "evictions are disabled: it only labels and taints");
  assert.deepEqual(say(plan({ stopped: { code: "Paused", message: "paused by alice" } }), ledger()), { text: "stopped: paused by alice", level: "alert" });
  assert.deepEqual(say(plan({ turn: "2026-11-22T08:00:15Z" }), ledger()), { text: "stuck: it last looked 14m ago", level: "alert" });
  const slow = banner.descheduler(plan({ turn: "2026-11-22T08:06:15Z" }), ledger(), now, 300);
  assert.deepEqual(slow.text, "evicts", "where nodes are measured each five minutes");
  assert.deepEqual(say(plan({ turn: at }), ledger()).text, "evicts");
  assert.deepEqual(say(plan({ leading: false }), ledger()), { text: "no replica leads", level: "alert" });
  assert.deepEqual(say({}, ledger({ breaker })), { text: "the breaker is open until 08:44:15: nothing came of 3 evictions", level: "alert" });
  assert.deepEqual(say({}, ledger({ breaker: { ...breaker, until: at } })).level, "unknown", "a breaker that has closed again");
  assert.deepEqual(say({}, ledger({ known: false })).text, "none has evicted anything here");
  assert.deepEqual(say({ failure: "no pod answers" }, ledger()), { text: "cannot be asked: no pod answers", level: "notice" });
  assert.deepEqual(say({}, {}).text, "not known");
});

test("data turns stale", () => {
  const sets = [line("line")];
  assert.deepEqual(banner.data(4, sets, 15), { text: "judged 4s ago, oldest value 13s", level: "good" });
  assert.deepEqual(banner.data(46, sets, 15), { text: "stale: judged 46s ago, oldest value 55s", level: "alert" });
  assert.deepEqual(banner.data(46, sets, 60).level, "good");
  assert.deepEqual(banner.data(4, [], 15).text, "judged 4s ago");
});
