// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Decision, Refusal } from "../src/api.ts";
import * as decisions from "../src/model/decisions.ts";
import { why } from "../src/model/readings.ts";
import * as rules from "../src/model/rules.ts";
import { at, line } from "./judged.ts";

function decision(refusals: Refusal[], more: Partial<Decision> = {}): Decision {
  return { namespace: "shop", pod: "api-1", uid: "u1", outcome: "Refused", time: at, nodes: 5000, refusals, ...more };
}

const refused: Refusal = {
  ruleSet: "line",
  rule: "high",
  nodes: 31,
  examples: [{ node: "hot", readings: [{ metric: "memory", fraction: true, value: 0.891, projected: 0.924, above: 0.9, clear: 0.85 }] }],
};

test("a waiting pod says which node came the nearest, and why it was refused", () => {
  const pod = { namespace: "shop", pod: "api-1", uid: "u1", since: at, rules: [], decision: decision([{ ...refused, observed: true, nodes: 900 }, refused]) };
  const want = "load lines refused 31 of 5,000, and other plugins of the scheduler the rest; the least over: hot with memory 89.1% of 90%, 92.4% with the pod";
  assert.equal(decisions.summary(pod), want);
  assert.equal(decisions.summary({ ...pod, decision: decision([]) }), "load lines refused none of 5,000: other plugins of the scheduler did");
  const { decision: _, ...forgotten } = pod;
  assert.equal(decisions.summary(forgotten), "its decision is not remembered any more");
});

test("only what was really refused counts", () => {
  const idle = [{ givenUp: true }, { suspended: true }, { observed: true }].map((more) => ({ ...refused, ...more, nodes: 100 }));
  assert.equal(decisions.nodes(decision([...idle, refused], { outcome: "Placed" })), "load lines refused 31 of 5,000");
  assert.equal(decisions.nodes(decision([...idle, { ...refused, nodes: 5000 }])), "load lines refused all of 5,000");
  assert.equal(decisions.ordered(decision([...idle, refused]))[0], refused);
});

test("rules that refused nothing say why", () => {
  const say = (more: Partial<Refusal>) => decisions.statement({ ...refused, ...more }, decision([]));
  assert.equal(say({}), "line/high refused 31 of 5,000 nodes");
  assert.equal(say({ observed: true }), "line/high would have refused 31 of 5,000 nodes, but its rule set only observes");
  assert.equal(say({ suspended: true }), "line/high refused none, since 31 of 5,000 nodes are over it, more than its maxNodes allows");
  assert.match(say({ givenUp: true }), /refused no more nodes/);
  assert.match(say({ observed: true, suspended: true }), /would have refused none/);
});

test("the value that decided is told", () => {
  const reading = { metric: "memory", above: 0.9 };
  assert.equal(why({ ...reading, value: 0.95 }), "over the line");
  assert.equal(why({ ...reading, value: 0.85, projected: 0.92 }), "over with the pod");
  assert.equal(why({ ...reading, value: null }), "not measured");
  assert.equal(why({ ...reading, value: 0.87, clear: 0.85 }), "not clear yet");
  assert.equal(why({ metric: "free", below: 20, value: 10 }), "over the line");
});

test("rules are told as the command line tells them", () => {
  const rule = { ...line("line").rules[0]!, undecided: 1 };
  rule.effects = {
    forSeconds: 30,
    reject: { maxNodes: 0.5, giveUpAfterSeconds: 300 },
    evict: { forSeconds: 120 },
    taint: { taint: "loadline.dev/hot:PreferNoSchedule", maxNodes: 0.5 },
    labels: { "loadline.dev/hot": "memory" },
  };
  assert.equal(rules.line(rule), "memory above 90%, clear 85% for 30s");
  assert.equal(rules.effects(rule), "reject up to 50% for 5m, evict after 2m, taint loadline.dev/hot:PreferNoSchedule, label loadline.dev/hot=memory");
  assert.deepEqual(rules.notes(rule), ["high is undecided on 1 node: between the threshold and clear, and nothing is known of what was before"]);
  assert.match(rules.notes({ ...rule, suspended: true })[0]!, /^high gives way: more than 50% of its 3 nodes/);
});

test("a rule set that holds has the numbers of the scheduler", () => {
  const judged = { snapshot: { generation: 1, time: at, ageSeconds: 0 }, ruleSets: [line("line")] };
  const written = { name: "line", state: "InForce", configMap: "a", key: "b", measured: false } as const;
  assert.equal(rules.measure(written, judged).measured, true);
  assert.equal(rules.measure({ ...written, state: "Superseded" }, judged).measured, false);
  assert.equal(rules.measure({ ...written, state: "Refused", lastGood: true }, judged).rules, judged.ruleSets[0]);
  assert.equal(rules.state({ ...written, state: "Refused", lastGood: true }), "refused, earlier content in force");
});
