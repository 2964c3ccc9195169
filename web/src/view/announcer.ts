// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// What those are told who listen: what has changed, and numbers once a minute at most.

const pause = 60_000;

/** Announcer says what has changed since it last said something. */
export class Announcer {
  private parts: string[] | undefined;
  private headline = "";
  private level = "";
  private at = -Infinity;
  private text = "";

  /**
   * announce is what is to be said now: the same as before while nothing has changed. Of a
   * headline it is told at once when its level is another, and else after a pause.
   */
  announce(parts: string[], headline: string, level: string, now: number): string {
    const first = this.parts === undefined;
    const changed = parts.filter((part, i) => part !== this.parts?.[i]);
    this.parts = parts;
    if (headline !== this.headline && (level !== this.level || now - this.at >= pause)) {
      changed.push(headline);
      [this.headline, this.level, this.at] = [headline, level, now];
    }
    if (changed.length > 0 && !first) {
      this.text = changed.join(". ");
    }
    return this.text;
  }
}
