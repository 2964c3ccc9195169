// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Drives a browser: reads one step per line from the standard input, and answers each
// with one line.

import { createInterface } from "node:readline";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { library } from "./library.mjs";
import { Session } from "./session.mjs";
import * as steps from "./steps.mjs";

const { chromium } = library("playwright-core");

// Without them Chromium asks for its maker's servers, which no test is to need. That no
// other host is asked is made sure of by names that lead nowhere.
const flags = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
  "--no-first-run",
];

const home = await mkdtemp(join(tmpdir(), "loadline-browser-"));
const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: flags,
  env: { ...process.env, HOME: home },
});
const session = new Session(browser);
try {
  for await (const line of createInterface({ input: process.stdin })) {
    const { step, with: options } = JSON.parse(line);
    let answer;
    try {
      answer = { result: (await steps[step](session, options ?? {})) ?? null };
    } catch (error) {
      answer = { error: error.message ?? String(error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
} finally {
  await browser.close();
  await rm(home, { recursive: true, force: true });
}
