// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvictionRecord, Evictions, RuleEdit } from "../src/api.ts";
import * as evictions from "../src/model/evictions.ts";
import { gather } from "../src/model/happenings.ts";
import { at } from "./judged.ts";

const now = Date.parse("2026-11-22T08:28:15Z");

function record(more: Partial<EvictionRecord> = {}): EvictionRecord {
  return {
    pod: { namespace: "shop", name: "web-1", uid: "u1" },
    workload: { namespace: "shop", kind: "ReplicaSet", name: "web" },
    node: "hot",
    rule: { set: "line", rule: "high" },
    before: { metric: "memory", value: 0.953, threshold: 0.9, clear: 0.85, measured: "2026-11-22T08:14:03Z", share: 0.051, why: "uses the most" },
    predicted: { sourceAfter: 0.902, destination: "cool", destinationBefore: 0.4, destinationAfter: 0.451 },
    planned: at,
    evicted: "2026-11-22T08:14:16Z",
    deleted: "2026-11-22T08:14:47Z",
    window: "2m15s",
    successor: { name: "web-2", uid: "u2", node: "cool", ready: "2026-11-22T08:15:01Z" },
    after: 0.841,
    effect: "Lowered",
    ...more,
  };
}

/** without leaves out fields, as Go does with those that are empty. */
function without(from: EvictionRecord, ...fields: (keyof EvictionRecord)[]): EvictionRecord {
  return Object.fromEntries(Object.entries(from).filter(([field]) => !fields.includes(field as keyof EvictionRecord))) as unknown as EvictionRecord;
}

const fact = (of: EvictionRecord, name: string, all: EvictionRecord[] = []) => new Map(evictions.facts(of, all, now)).get(name);

test("an eviction is told as explain eviction tells it", () => {
  const done = record();
  assert.equal(fact(done, "Decision"), "evicted from node hot");
  assert.equal(fact(done, "Line"), "memory above 90%, clear 85%");
  assert.equal(fact(done, "Measured"), "95.3% on node hot, 12s before the decision at 08:14:15");
  assert.equal(fact(done, "Share"), "5.1% of the node, of its 95.3%");
  assert.equal(fact(done, "Predicted"), "90.2% on node hot without it; 45.1% on node cool with it, from 40.0%");
  assert.equal(fact(done, "Gone"), "31s after it was evicted at 08:14:16");
  assert.equal(fact(done, "Successor"), "web-2 on node cool, as predicted; ready 45s after the eviction");
  assert.equal(fact(done, "Afterwards"), "84.1% on node hot, from 95.3%");
  assert.equal(fact(done, "Effect"), "the node is better off");
  const other = record({ pod: { namespace: "shop", name: "api-1", uid: "u9" } });
  assert.equal(fact(done, "Together", [done, other]), "with 1 other pod off the node by the same decision: shop/api-1");
});

test("what was not evicted has no outcome", () => {
  const failed = without(record({ failed: "forbidden", effect: "Unknown" }), "evicted", "deleted", "after", "successor");
  assert.equal(evictions.outcome(failed), "NotEvicted");
  assert.equal(fact(failed, "Decision"), "not evicted after all from node hot: forbidden");
  assert.equal(fact(failed, "Effect"), undefined);
  assert.equal(evictions.outcome(record({ dryRun: true, observed: true })), "Observed");
  assert.equal(evictions.outcome(record({ dryRun: true })), "DryRun");
  assert.equal(evictions.outcome(record({ effect: "" })), "Pending");
});

test("what is not known yet is told so", () => {
  const going = without(record({ effect: "Pending" }), "deleted", "after", "successor");
  assert.equal(fact(going, "Gone"), "not yet, as far as is known; evicted at 08:14:16");
  assert.equal(fact(going, "Successor"), "none seen yet");
  assert.equal(fact(going, "Effect"), "not known yet");
  assert.equal(fact(without(record({ effect: "Pending" }), "after"), "Effect"), "not known yet: the metric shows it 2m15s after the pod was gone");
  assert.equal(evictions.destination(going), "(cool)");
});

test("a metric that pods have no share of has plain numbers", () => {
  const heat = record({
    before: { metric: "heat", value: 91.25, threshold: 85, clear: 85, share: 0, why: "first" },
    predicted: { sourceAfter: 0, destination: "cool", destinationBefore: 0, destinationAfter: 0 },
  });
  assert.equal(evictions.line(heat), "heat above 85");
  assert.equal(evictions.value(heat, 91.25), "91.25");
  assert.equal(evictions.predictedAfter(heat), undefined);
  assert.equal(fact(heat, "Predicted"), "room on node cool");
  const low = record({ before: { ...heat.before, value: 10, threshold: 20, clear: 25 }, predicted: heat.predicted });
  assert.equal(evictions.line(low), "heat below 20, clear 25");
});

test("the latest comes first", () => {
  const earlier = record({ planned: "2026-11-22T07:00:00Z" });
  assert.deepEqual(evictions.latest([earlier, record()]).map((one) => one.planned), [at, earlier.planned]);
});

test("edits, evictions and the breaker are on one axis", () => {
  const edits: RuleEdit[] = [
    { time: "2026-11-22T08:00:00Z", ruleSet: "line", what: "Changed", by: "kubectl-edit" },
    { time: "2026-11-22T08:20:00Z", ruleSet: "heat", what: "Refused", note: "above: <b>hot</b>" },
    { time: "2026-11-22T06:00:00Z", ruleSet: "old", what: "Added" },
  ];
  const known: Evictions = {
    known: true,
    records: [record(), record({ pod: { namespace: "shop", name: "db", uid: "u3" }, planned: "2026-11-22T08:10:00Z", evicted: "", failed: "forbidden" })],
    breaker: { opened: "2026-11-22T07:00:00Z", until: "2026-11-22T08:40:00Z", why: { code: "NoEffect", message: "nothing came of them" } },
  };
  const found = gather(edits, known, Date.parse("2026-11-22T07:30:00Z"), now);
  assert.deepEqual(
    found.map(({ lane, what, detail, bad }) => [lane, what, detail, bad]),
    [
      ["rules", "Rule set refused", "heat: above: <b>hot</b>", true],
      ["evictions", "Evicted", "shop/web-1 from hot to cool, by line/high: memory 95.3%, then 84.1%", false],
      ["evictions", "Eviction failed", "shop/db from hot to cool, by line/high: memory 95.3%, then 84.1%: forbidden", true],
      ["rules", "Rule set changed", "line by kubectl-edit", false],
      ["breaker", "Breaker opened", "until 08:40:00: nothing came of them", true],
    ],
  );
});
