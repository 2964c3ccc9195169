// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// What values are compared with, in words.

import type { Bounds, Reading } from "../api.ts";
import * as format from "./format.ts";

/** line is what a metric is compared with: above 90%, clear 85%. */
export function line(bounds: Bounds, fraction: boolean | undefined): string {
  let text = "";
  if (bounds.above !== undefined) {
    text = "above " + format.threshold(bounds.above, fraction);
  } else if (bounds.below !== undefined) {
    text = "below " + format.threshold(bounds.below, fraction);
  } else if (bounds.equals !== undefined) {
    text = "equals " + format.threshold(bounds.equals, fraction);
  }
  if (bounds.clear !== undefined) {
    text += ", clear " + format.threshold(bounds.clear, fraction);
  }
  return text;
}

/** threshold is the number of a line. Undefined for one of a later version. */
export function threshold(bounds: Bounds): number | undefined {
  return bounds.above ?? bounds.below ?? bounds.equals;
}

/** isOver tells whether a value is past a line. */
export function isOver(bounds: Bounds, value: number): boolean {
  if (bounds.above !== undefined) {
    return value > bounds.above;
  }
  if (bounds.below !== undefined) {
    return value < bounds.below;
  }
  return bounds.equals !== undefined && value === bounds.equals;
}

/** distance is how far a value is from a line, as a share of the threshold: below zero it is over it. */
export function distance(bounds: Bounds, value: number): number {
  const at = threshold(bounds) ?? 0;
  let apart = Math.abs(value - at);
  if (bounds.above !== undefined) {
    apart = at - value;
  } else if (bounds.below !== undefined) {
    apart = value - at;
  }
  return at === 0 ? apart : apart / Math.abs(at);
}

/** value is what was measured beside its line: 95.3% of 90%. */
export function value(reading: Reading): string {
  const text = format.measured(reading.value, reading.fraction);
  if (reading.above !== undefined) {
    return `${text} of ${format.threshold(reading.above, reading.fraction)}`;
  }
  if (reading.below !== undefined) {
    return `${text} (min ${format.threshold(reading.below, reading.fraction)})`;
  }
  if (reading.equals !== undefined) {
    return `${text} (not ${format.threshold(reading.equals, reading.fraction)})`;
  }
  return text;
}

/** why says which of the values decided. */
export function why(reading: Reading): string {
  const known = reading.value !== undefined && reading.value !== null;
  if (known && isOver(reading, reading.value as number)) {
    return "over the line";
  }
  if (reading.projected !== undefined && isOver(reading, reading.projected)) {
    return "over with the pod";
  }
  if (!known) {
    return "not measured";
  }
  return reading.clear === undefined ? "" : "not clear yet";
}
