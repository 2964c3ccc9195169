// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { test } from "node:test";
import { Announcer } from "../src/view/announcer.ts";

test("only what has changed is announced", () => {
  const announcer = new Announcer();
  const say = (connection: string, headline: string, level: string, now: number) => announcer.announce([connection, "Descheduler: evicts"], headline, level, now);
  assert.equal(say("Connected again", "All 12 nodes are below their lines", "good", 0), "", "the page as it is opened is read as it is");
  assert.equal(say("Connected again", "All 12 nodes are below their lines", "good", 1000), "");
  assert.equal(say("Connected again", "1 of 12 nodes is over a line", "alert", 2000), "1 of 12 nodes is over a line");
  assert.equal(say("Connected again", "2 of 12 nodes are over a line", "alert", 3000), "1 of 12 nodes is over a line", "not each number at once");
  assert.equal(say("Connection lost", "2 of 12 nodes are over a line", "alert", 4000), "Connection lost");
  assert.equal(say("Connected again", "2 of 12 nodes are over a line", "alert", 5000), "Connected again");
  assert.equal(say("Connected again", "2 of 12 nodes are over a line", "alert", 62_000), "2 of 12 nodes are over a line");
  assert.equal(say("Connected again", "2 of 12 nodes are over a line", "alert", 63_000), "2 of 12 nodes are over a line");
});
