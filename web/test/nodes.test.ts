// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { test } from "node:test";
import * as model from "../src/model/nodes.ts";
import { stateText } from "../src/model/nodestates.ts";
import { value } from "../src/model/readings.ts";
import { judged, line, node } from "./judged.ts";

const over = { state: "InForce", since: "2026-11-22T08:11:14Z", refuses: true } as const;

test("nodes are sorted as top sorts them", () => {
  const table = model.tabulate(
    judged([
      node("ungoverned", "Ungoverned", undefined),
      node("0-unknown", "NoData", undefined, { state: "Unknown" }),
      node("b", "OK", 0.5),
      node("a", "OK", 0.5),
      node("near", "OK", 0.89),
      // Not clear yet, so that its headroom is the distance to clear.
      { ...node("over", "Over", 0.86, over), headroom: 0.2 },
    ]),
  );
  assert.deepEqual(table.rows.map((row) => row.node.name), ["over", "near", "a", "b", "0-unknown", "ungoverned"]);
});

test("a cell has the nearest of the lines that are about the node", () => {
  const low = line("low");
  low.rules = [{ ...low.rules[0]!, name: "warm", lines: [{ metric: "memory", fraction: true, above: 0.7 }] }];
  const both = node("a", "OK", 0.6);
  both.ruleSets.push({ name: "low", readings: [{ metric: "memory", value: 0.6 }], rules: [{ name: "warm", state: "OK" }] });
  const elsewhere = node("b", "OK", 0.5);
  elsewhere.ruleSets.push({ name: "low", readings: [{ metric: "memory", value: 0.5 }], rules: [{ name: "warm", state: "NotGoverned" }] });
  const table = model.tabulate(judged([both, elsewhere], [line("line"), low]));
  assert.deepEqual(table.columns.map((column) => column.title), ["memory"]);
  assert.deepEqual(table.rows.map((row) => value(row.cells[0]!)), ["60.0% of 70%", "50.0% of 90%"]);
});

test("metrics of one name that measure something else have a column each", () => {
  const different = node("a", "OK", 0.6);
  different.ruleSets.push({ name: "other", readings: [{ metric: "memory", value: 0.2 }], rules: [] });
  const table = model.tabulate(judged([different], [line("line"), line("other")]));
  assert.deepEqual(table.columns.map((column) => column.title), ["memory", "other/memory"]);
});

test("states are told with the rule that acts first", () => {
  const observed = line("watch", { observed: true });
  const twice = node("a", "Over", 0.95, over, "watch");
  twice.ruleSets.push(node("a", "Over", 0.95, over).ruleSets[0]!);
  const nodes = judged([twice], [observed, line("line")]);
  const text = (state: model.NodeRow["state"], rule: object, value?: number) => {
    const one = judged([node("a", state, value, rule)]);
    return stateText(one.nodes[0]!, one.ruleSets, one.snapshot);
  };
  assert.equal(stateText(twice, nodes.ruleSets, nodes.snapshot), "over line for 3m5s: line/high and 1 more");
  assert.equal(text("Pending", { state: "Pending", since: "2026-11-22T08:13:49Z" }, 0.95), "past line for 30s, not in force yet: line/high");
  assert.equal(text("Expected", { refuses: true }, 0.89), "over line with expected pods: line/high");
  assert.equal(text("NoData", { state: "Unknown" }), "no data: memory");
  assert.equal(text("Ungoverned", {}), "no rules");
  const suspended = judged([node("a", "Over", 0.95, over)], [line("line", {}, true)]);
  assert.equal(stateText(suspended.nodes[0]!, suspended.ruleSets, suspended.snapshot), "over line for 3m5s: line/high (gives way: maxNodes)");
});

test("a chosen rule set counts alone", () => {
  const both = node("a", "Over", 0.95, over);
  both.ruleSets.push({ name: "other", readings: [{ metric: "memory", value: 0.95 }], rules: [{ name: "high", state: "Pending", headroom: 0.3 }] });
  const elsewhere = node("b", "OK", 0.5);
  const exempt = node("c", "Exempt", undefined, { state: "NotGoverned" }, "other");
  const nodes = judged([both, elsewhere, exempt], [line("line"), line("other")]);
  const states = model.tabulate(nodes, "other").rows.map((row) => [row.node.name, row.state, row.headroom]);
  assert.deepEqual(states, [
    ["a", "Pending", 0.3],
    ["b", "Ungoverned", undefined],
    ["c", "Exempt", undefined],
  ]);
});

test("sorting by a metric puts what is not known last", () => {
  const rows = model.tabulate(judged([node("a", "OK", 0.5), node("b", "NoData", undefined), node("c", "OK", 0.7)])).rows;
  assert.deepEqual(rows.sort(model.byCell(0)).map((row) => row.node.name), ["c", "a", "b"]);
});

test("the age is that of the oldest value by now", () => {
  const two = node("a", "OK", 0.5);
  two.ruleSets[0]!.readings.push({ metric: "cpu", value: 0.1, ageSeconds: 11 }, { metric: "disk", ageSeconds: 99 });
  assert.equal(model.tabulate(judged([two])).rows[0]!.age, 15);
});

test("five thousand nodes are tabulated", () => {
  const many = judged(Array.from({ length: 5000 }, (_, i) => node(`node-${i}`, "OK", (i % 89) / 100)));
  const table = model.tabulate(many);
  assert.equal(table.rows.length, 5000);
  assert.equal(table.rows[0]!.cells[0]!.value, 0.88);
});
