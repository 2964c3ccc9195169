// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { test } from "node:test";
import * as format from "../src/model/format.ts";

/** each tests a function on a table of what it gets and what is wanted. */
function each<T>(name: string, of: (value: T) => string, cases: [T, string][]): void {
  test(name, () => {
    for (const [value, want] of cases) {
      assert.equal(of(value), want, `${name} of ${String(value)}`);
    }
  });
}

each("plain", format.plain, [
  [0, "0"],
  [100, "100"],
  [91.25, "91.25"],
  [0.1 + 0.2, "0.3"],
  [64.70031, "64.7003"],
  [1234567.5, "1234568"],
  [0.00001234, "1.234e-05"],
  [-12.5, "-12.5"],
]);

each("measured of a fraction", (number: number | undefined) => format.measured(number, true), [
  [0.953, "95.3%"],
  [0.9125, "91.2%"], // halves go to the even digit, as in Go
  [0.9175, "91.8%"],
  [1, "100.0%"],
  [undefined, "-"],
]);

each("headroom", format.headroom, [
  [undefined, "-"],
  [0.294, "29%"],
  [-0.025, "-3%"],
  [0.025, "3%"],
  [-0.001, "-1%"],
  [0.001, "0%"],
  [-0, "0%"],
  [-1e9, "<-999999%"],
  [1e9, ">999999%"],
]);

each("seconds", format.seconds, [
  [0.4, "0s"],
  [15, "15s"],
  [185, "3m5s"],
  [3600, "1h0m0s"],
  [-2, "0s"],
]);

each("lasting", format.lasting, [
  [119, "119s"],
  [120, "2m"],
  [185, "3m5s"],
  [10 * 60 + 5, "10m"],
  [3 * 3600, "3h"],
  [7 * 3600 + 61, "7h1m"],
  [30 * 3600, "30h"],
  [3 * 86400 + 18 * 3600, "3d18h"],
  [20 * 86400, "20d"],
  [3 * 365 * 86400, "3y"],
]);

each("count", format.count, [
  [12, "12"],
  [5000, "5,000"],
  [1234567, "1,234,567"],
]);

each("amount", ([resource, number]: [string, number]) => format.amount(resource, number), [
  [["cpu", 0.25], "250m"],
  [["memory", 1.5 * 1024 ** 3], "1.5Gi"],
  [["memory", 512 * 1024 ** 2], "512Mi"],
  [["nvidia.com/gpu", 2], "2"],
]);

test("duration reads what Go writes", () => {
  assert.equal(format.duration("15s"), 15);
  assert.equal(format.duration("2m15s"), 135);
  assert.equal(format.duration("1h0m0.5s"), 3600.5);
  assert.equal(format.duration("500ms"), 0.5);
});

test("milliseconds knows Go's zero time", () => {
  assert.equal(format.milliseconds("0001-01-01T00:00:00Z"), undefined);
  assert.equal(format.milliseconds(undefined), undefined);
  assert.equal(format.milliseconds("1970-01-01T00:00:01Z"), 1000);
});

test("moment has a date where it is not today", () => {
  const now = Date.parse("2026-11-22T08:14:15Z");
  assert.equal(format.moment(now, now), "08:14:15");
  assert.equal(format.moment(now - 86400_000, now), "2026-11-21 08:14:15");
});
