// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { test } from "node:test";
import * as watch from "../src/watch.ts";
import { at } from "./judged.ts";

const snapshot = { generation: 7, time: at, ageSeconds: 0 };

test("the interval is read off two snapshots of one process", () => {
  const later = { generation: 9, time: "2026-11-22T08:15:15Z", ageSeconds: 1 };
  assert.equal(watch.intervalOf(snapshot, later, 15), 30);
  assert.equal(watch.intervalOf(undefined, later, 15), 15);
  assert.equal(watch.intervalOf(later, snapshot, 15), 15, "another process begins to number anew");
});

test("nodes are judged anew by another generation, and by another process", () => {
  assert.equal(watch.isAnother(undefined, snapshot), true);
  assert.equal(watch.isAnother(snapshot, { ...snapshot, ageSeconds: 9 }), false);
  assert.equal(watch.isAnother(snapshot, { ...snapshot, generation: 8 }), true);
  assert.equal(watch.isAnother(snapshot, { ...snapshot, time: "2026-11-22T09:00:00Z" }), true);
});

test("another step of the timeline is due once it is over", () => {
  const timeline = { stepSeconds: 60, times: [60, 120], loads: [], counts: { placed: [], refused: [] }, edits: [] };
  assert.deepEqual([undefined, timeline].map((one) => watch.isDue(one, 179_999)), [true, false]);
  assert.equal(watch.isDue(timeline, 180_000), true);
});

test("it asks soon after the next snapshot, and more seldom the longer nobody answers", () => {
  const known = watch.nothing();
  known.received = Date.now();
  known.interval = 15;
  known.rules = { snapshot: { ...snapshot, ageSeconds: 5 }, ruleSets: [] };
  const soon = watch.delay(known, 0);
  assert.ok(soon > 9 && soon <= 10.5, `asks after ${soon}s`);
  known.rules.snapshot.ageSeconds = 300;
  assert.equal(watch.delay(known, 0), 5, "when the scheduler does not judge any more");
  assert.deepEqual([1, 2, 3, 4, 9].map((failures) => watch.delay(known, failures)), [2, 4, 8, 15, 15]);
});
