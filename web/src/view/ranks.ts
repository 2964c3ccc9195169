// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// All nodes by rank against their lines, a chart for each metric: how many are over, and
// how steep it falls.

import uPlot from "uplot";
import type { Reading } from "../api.ts";
import * as format from "../model/format.ts";
import type { MetricColumn, NodeTable } from "../model/nodes.ts";
import { isOver, line as lineText, threshold, value as valueText } from "../model/readings.ts";
import { Chart, drawLine, paint, rankAxis, valueAxis, valueRange } from "./chart.ts";
import { arrange, byId, element, Kept, setText } from "./dom.ts";

/** manyNodes is from where on there is a curve in the place of bars. */
const manyNodes = 150;

/** Ranked is a node in the order of a metric. */
interface Ranked {
  name: string;
  reading: Reading;
  value: number;
}

/** rank orders the nodes that have a value of a metric: the nearest to its lines first. */
export function rank(table: NodeTable, column: number): Ranked[] {
  const found: Ranked[] = [];
  for (const row of table.rows) {
    const reading = row.cells[column];
    if (typeof reading?.value === "number") {
      found.push({ name: row.node.name, reading, value: reading.value });
    }
  }
  const lines = table.columns[column]?.lines ?? [];
  const direction = lines.length > 0 && lines.every((line) => line.below !== undefined) ? 1 : -1;
  return found.sort((a, b) => direction * (a.value - b.value));
}

/** summary says in words what a chart of ranks shows. */
export function summary(column: MetricColumn, ranked: Ranked[]): string {
  if (ranked.length === 0) {
    return "no values";
  }
  const over = ranked.filter(({ reading, value }) => isOver(reading, value)).length;
  const lines = [...new Set(column.lines.map((line) => lineText({ ...line, clear: undefined }, column.fraction)))];
  const text = (at: number) => format.measured(ranked[at]?.value, column.fraction);
  const [first, last] = [text(0), text(ranked.length - 1)];
  const [highest, lowest] = (ranked[0]?.value ?? 0) >= (ranked.at(-1)?.value ?? 0) ? [first, last] : [last, first];
  return (
    `${format.count(over)} of ${format.count(ranked.length)} ${lines.join(" or ")}; ` +
    `highest ${highest}, median ${text(Math.floor(ranked.length / 2))}, lowest ${lowest}`
  );
}

/** RanksView shows a chart for each metric that has lines. */
export class RanksView {
  private readonly container = byId("node-ranks");
  private readonly charts = new Kept<RankChart>();

  /** open opens a node that somebody points at. */
  constructor(private readonly open: (node: string) => void) {}

  show(table: NodeTable): void {
    const shown = table.columns
      .map((column, i) => ({ column, ranked: column.lines.length === 0 ? [] : rank(table, i) }))
      .filter(({ ranked }) => ranked.length > 0);
    const before = new Set(this.shown);
    const key = (one: (typeof shown)[number]) => `${one.ranked.length > manyNodes ? "many" : "few"} ${one.column.title}`;
    this.shown = this.charts.each(shown, key, (one) => new RankChart(one.ranked.length > manyNodes, one.column.fraction, this.open));
    this.shown.forEach((chart, i) => {
      before.delete(chart);
      chart.show((shown[i] as (typeof shown)[number]).column, (shown[i] as (typeof shown)[number]).ranked);
    });
    arrange(this.container, this.shown.map((chart) => chart.figure));
    before.forEach((chart) => chart.close());
  }

  private shown: RankChart[] = [];
}

class RankChart {
  readonly figure: HTMLElement;
  private readonly title = element("strong");
  private readonly words = element("span");
  private readonly pointed = element("span", { class: "pointed" });
  private readonly chart: Chart;
  private column: MetricColumn | undefined;
  private ranked: Ranked[] = [];

  constructor(many: boolean, fraction: boolean, open: (node: string) => void) {
    // One node of many would be too thin to see.
    const bars = uPlot.paths.bars?.({ size: many ? [1, Infinity, 5] : [0.8, 40] });
    const over: uPlot.Series = { fill: paint("bad"), width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) };
    const all: uPlot.Series = many ? { stroke: paint("bar"), fill: paint("bar-soft"), width: 1.5, points: { show: false } } : { ...over, fill: paint("bar") };
    this.chart = new Chart(
      {
        height: 150,
        scales: { x: { time: false, range: (_, least, most) => [least - 0.5, most + 0.5] }, y: { range: valueRange(fraction, () => this.thresholds()) } },
        axes: [rankAxis(), valueAxis(fraction)],
        series: [{}, all, over],
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        padding: [6, 22, 0, 0],
        hooks: {
          draw: [(plot) => this.thresholds().forEach((value) => drawLine(plot, value, "line", false))],
          setCursor: [(plot) => this.point(plot.cursor.idx)],
        },
      },
      [[], [], []],
    );
    this.chart.box.addEventListener("click", () => {
      const found = this.ranked[this.chart.plot.cursor.idx ?? -1];
      if (found !== undefined) {
        open(found.name);
      }
    });
    this.figure = element("figure", { class: "rank" }, element("figcaption", {}, this.title, " ", this.words), this.chart.box, this.pointed);
  }

  show(column: MetricColumn, ranked: Ranked[]): void {
    this.column = column;
    this.ranked = ranked;
    const words = summary(column, ranked);
    setText(this.title, column.title);
    setText(this.words, words);
    this.chart.describe(`${column.title} of all nodes by rank: ${words}`);
    const over = ranked.map(({ reading, value }) => (isOver(reading, value) ? value : null));
    this.chart.plot.setData([ranked.map((_, i) => i + 1), ranked.map(({ value }) => value), over]);
    this.point(this.chart.plot.cursor.idx);
  }

  private point(index: number | null | undefined): void {
    const found = typeof index === "number" ? this.ranked[index] : undefined;
    const text = found === undefined || index === null || index === undefined ? "" : `${format.count(index + 1)}. ${found.name}: ${valueText(found.reading)}`;
    setText(this.pointed, text);
  }

  private thresholds(): number[] {
    return [...new Set((this.column?.lines ?? []).map(threshold))].filter((value) => value !== undefined);
  }

  close(): void {
    this.chart.close();
    this.figure.remove();
  }
}
