// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// What all charts have in common: colours of the page, axes, and a size that follows it.

import uPlot from "uplot";
import * as format from "../model/format.ts";
import { element, setAttribute } from "./dom.ts";

/** colour is one of the page's, as it is now: light or dark. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** paint gives uPlot a colour when it draws. */
export const paint = (name: string) => () => colour(name);

const font = "12px system-ui, sans-serif";

/** axisWidth is that of all vertical axes, so that charts stand below each other. */
const axisWidth = 64;

/** valueAxis is a vertical axis of values. */
export function valueAxis(fraction: boolean): uPlot.Axis {
  return {
    ...axis(),
    size: axisWidth,
    space: 28,
    values: (_, splits) => splits.map((split) => (fraction ? `${format.plain(100 * split)}%` : format.plain(split))),
  };
}

/** laneAxis is a vertical axis with names in the place of numbers, the first at the top. */
export function laneAxis(names: string[]): uPlot.Axis {
  return {
    ...axis(),
    size: axisWidth,
    grid: { show: false },
    splits: () => names.map((_, i) => names.length - i - 0.5),
    values: () => names,
  };
}

/** rankAxis is a horizontal axis of whole numbers. */
export function rankAxis(): uPlot.Axis {
  return { ...axis(), size: 30, grid: { show: false }, values: (_, splits) => splits.map((split) => (Number.isInteger(split) && split > 0 ? format.count(split) : "")) };
}

/** timeAxis is a horizontal axis of times of day. */
export function timeAxis(labels = true): uPlot.Axis {
  const values = (_: uPlot, splits: number[]) => splits.map((split) => (labels ? format.minute(1000 * split) : ""));
  return { ...axis(), size: labels ? 30 : 8, space: 64, values };
}

function axis(): uPlot.Axis {
  return {
    font,
    stroke: paint("muted"),
    grid: { stroke: paint("grid"), width: 1 },
    ticks: { show: false },
  };
}

/** valueRange is a range of values with all lines in it, from zero unless something is below. */
export function valueRange(fraction: boolean, lines: () => number[]): uPlot.Range.Function {
  return (_, least, most) => {
    const known = [least, most, ...lines()].filter((number) => number !== null && Number.isFinite(number));
    const top = Math.max(...known, fraction ? 0.2 : 0);
    const bottom = Math.min(0, ...known);
    const room = (top - bottom || 1) * 0.08;
    return [bottom < 0 ? bottom - room : 0, fraction && top <= 1 ? Math.min(1, top + room) : top + room];
  };
}

/** drawLine draws a horizontal line across a chart. */
export function drawLine(plot: uPlot, value: number, name: string, dashed: boolean): void {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(value, "y", true)) + 0.5;
  if (y < bbox.top || y > bbox.top + bbox.height) {
    return;
  }
  ctx.save();
  ctx.strokeStyle = colour(name);
  ctx.lineWidth = devicePixelRatio * 1.5;
  ctx.setLineDash(dashed ? [2 * devicePixelRatio, 4 * devicePixelRatio] : [7 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/** Chart is a uPlot in a box of the page, as wide as that is. */
export class Chart {
  /** box is what stands in the page: an image to those who cannot see it, with its words. */
  readonly box: HTMLElement;
  readonly plot: uPlot;
  private readonly observer: ResizeObserver;
  private readonly stop = new AbortController();

  constructor(options: Omit<uPlot.Options, "width">, data: uPlot.AlignedData, id?: string) {
    this.box = element("div", { class: "chart", role: "img", "aria-label": "", id });
    this.box.style.height = `${options.height}px`;
    this.plot = new uPlot({ legend: { show: false }, ...options, width: 320 }, data, this.box);
    this.observer = new ResizeObserver(() => this.fit(options.height));
    this.observer.observe(this.box);
    const redraw = () => this.plot.redraw(false, true);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw, { signal: this.stop.signal });
  }

  private fit(height: number): void {
    const width = Math.floor(this.box.clientWidth);
    if (width > 0 && width !== this.plot.width) {
      this.plot.setSize({ width, height });
    }
  }

  /** describe says in words what the chart shows. */
  describe(text: string): void {
    setAttribute(this.box, "aria-label", text);
  }

  /** close lets go of what belongs to the chart. */
  close(): void {
    this.stop.abort();
    this.observer.disconnect();
    this.plot.destroy();
    this.box.remove();
  }
}
