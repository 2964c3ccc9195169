// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// One axis of time: load, what was placed and refused, and what happened.

import uPlot from "uplot";
import type { Load, Timeline } from "../api.ts";
import * as format from "../model/format.ts";
import { gather, type Happening, type Lane } from "../model/happenings.ts";
import { line as lineText, threshold } from "../model/readings.ts";
import { type Known, now } from "../watch.ts";
import { Chart, colour, drawLine, laneAxis, paint, timeAxis, valueAxis, valueRange } from "./chart.ts";
import { byId, element, setAttribute, setHidden, setNotice, setText } from "./dom.ts";
import { PlainTable } from "./plaintable.ts";
import { Table, text } from "./table.ts";

const lanes: Lane[] = ["rules", "evictions", "breaker"];

/** cursors moves the cursors of all charts together. */
const cursors = "time";

/** TimeView shows what happened when. */
export class TimeView {
  private readonly range = byId<HTMLSelectElement>("time-range");
  private readonly chosen = byId<HTMLSelectElement>("time-load");
  private readonly moment = byId<HTMLInputElement>("time-moment");
  private readonly numbers = byId<HTMLDetailsElement>("time-numbers");
  private readonly numberTable = new PlainTable("Load and counts by time", ["Time", "Highest", "90th percentile", "Median", "Lowest", "Placed", "Refused"], false);
  private readonly events: Table<Happening>;
  private readonly counts: Chart;
  private readonly lane: Chart;
  private load: Chart | undefined;
  private loadIsFraction: boolean | undefined;
  private timeline: Timeline | undefined;
  private happened: Happening[] = [];
  private span: [number, number] = [0, 1];
  private now = 0;
  private pointed: number | undefined;

  /** look asks for another range. */
  constructor(look: () => void) {
    this.counts = this.countsChart();
    this.lane = this.laneChart();
    byId("time-counts-chart").append(this.counts.box);
    byId("time-events-chart").append(this.lane.box);
    this.events = new Table<Happening>({
      id: "event-table",
      caption: "What happened",
      things: "events",
      key: (event) => event.key,
      level: (event) => (event.bad ? "notice" : undefined),
      columns: [
        { title: "Time", class: "time", draw: text((event) => format.moment(event.at, this.now)) },
        { title: "What", class: "name says", draw: text((event) => event.what) },
        { title: "Detail", class: "wide", draw: text((event) => event.detail) },
      ],
    });
    byId("event-rows").append(this.events.element);
    byId("time-number-rows").append(this.numberTable.element);
    byId("time-form").addEventListener("submit", (event) => event.preventDefault());
    this.range.addEventListener("change", look);
    this.chosen.addEventListener("change", () => this.draw());
    this.numbers.addEventListener("toggle", () => this.drawNumbers());
    this.moment.addEventListener("input", () => this.pointAt(Number(this.moment.value)));
  }

  /** minutes is the range that is chosen. */
  minutes(): number {
    return Number(this.range.value);
  }

  show(known: Known): void {
    const { value, failure } = known.timeline;
    setNotice(byId("time-notice"), failure === undefined ? (value?.loadError ? `Load is not known: ${value.loadError}` : "") : `History could not be asked for: ${failure}`);
    const empty = value === undefined || value.times.length === 0;
    setHidden(byId("time-charts"), empty);
    setHidden(byId("time-empty"), !empty || failure !== undefined);
    if (empty) {
      return;
    }
    this.now = now(known);
    const last = 1000 * (value.times.at(-1) ?? 0);
    const end = Math.max(last, this.now);
    this.happened = gather(value.edits, known.evictions.value, 1000 * (value.times[0] ?? 0), end);
    this.events.show(this.happened);
    setHidden(byId("event-empty"), this.happened.length > 0);
    const changed = value !== this.timeline;
    this.timeline = value;
    this.span = [value.times[0] ?? 0, end / 1000];
    if (changed) {
      this.offerLoads(value.loads);
      this.moment.max = String(value.times.length - 1);
      if (this.pointed === undefined) {
        this.moment.value = this.moment.max;
      }
    }
    this.draw();
  }

  private offerLoads(loads: Load[]): void {
    const names = loads.map(nameOf);
    const before = this.chosen.value;
    if (names.join("\n") !== [...this.chosen.options].map((option) => option.value).join("\n")) {
      this.chosen.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
      this.chosen.value = names.includes(before) ? before : nameOf(loads.find((load) => load.lines.length > 0) ?? loads[0]);
    }
    setHidden(byId("time-load-field"), names.length === 0);
  }

  private draw(): void {
    const { timeline } = this;
    if (timeline === undefined) {
      return;
    }
    const { times, counts } = timeline;
    this.drawLoad(this.loadOf(timeline), times);
    this.counts.plot.setData([times, counts.placed, counts.refused]);
    this.lane.plot.setData([times, times.map(() => null)]);
    const sum = (numbers: (number | null)[]) => numbers.reduce<number>((all, number) => all + (number ?? 0), 0);
    this.counts.describe(`Pods by time: ${format.count(sum(counts.placed))} placed, ${format.count(sum(counts.refused))} attempts refused by load lines`);
    setText(byId("time-counts-words"), `${format.count(sum(counts.placed))} placed, ${format.count(sum(counts.refused))} attempts refused`);
    this.lane.describe(`Events by time: ${format.counted(this.happened.length, "event")}, which are in the table below`);
    this.drawNumbers();
    this.readOut();
  }

  private loadOf(timeline: Timeline): Load | undefined {
    return timeline.loads.find((load) => nameOf(load) === this.chosen.value);
  }

  private drawLoad(load: Load | undefined, times: number[]): void {
    setHidden(byId("time-load-figure"), load === undefined);
    if (load === undefined) {
      return;
    }
    const fraction = load.fraction ?? false;
    if (this.load === undefined || this.loadIsFraction !== fraction) {
      this.load?.close();
      this.load = this.loadChart(fraction);
      this.loadIsFraction = fraction;
      byId("time-load-chart").append(this.load.box);
    }
    const downwards = isDownwards(load);
    const extreme = downwards ? load.min : load.max;
    const p90 = downwards ? undefined : load.p90;
    this.load.plot.setData([times, extreme ?? [], p90 ?? times.map(() => null), load.median ?? []]);
    setText(byId("legend-extreme"), downwards ? "lowest" : "highest");
    setHidden(byId("legend-p90-field"), p90 === undefined);
    const lines = load.lines.map((line) => `${line.rule}: ${lineText(line, fraction)}`).join("; ");
    setText(byId("time-load-words"), lines === "" ? "no line" : lines);
    const last = (values: (number | null)[] | undefined) => format.measured(values?.findLast((value) => value !== null), fraction);
    this.load.describe(
      `${nameOf(load)} of all nodes by time. Lines: ${lines || "none"}. Last: highest ${last(load.max)}, 90th percentile ${last(load.p90)}, median ${last(load.median)}, lowest ${last(load.min)}`,
    );
  }

  private loadChart(fraction: boolean): Chart {
    const lines = () => (this.timeline === undefined ? [] : (this.loadOf(this.timeline)?.lines ?? []));
    const thresholds = () => lines().map(threshold).filter((value) => value !== undefined);
    const clears = () => lines().map((line) => line.clear).filter((value) => value !== undefined);
    const series = (name: string, width: number, dash?: number[]): uPlot.Series => ({ stroke: paint(name), width, points: { show: false }, ...(dash ? { dash } : {}) });
    return new Chart(
      {
        ...this.common(),
        height: 210,
        axes: [timeAxis(false), valueAxis(fraction)],
        scales: { x: this.xScale(), y: { range: valueRange(fraction, thresholds) } },
        series: [{}, series("bar", 2), series("second", 1.5, [6, 3]), series("muted", 1.5, [2, 3])],
        hooks: {
          ...this.common().hooks,
          drawClear: [(plot) => this.drawEdits(plot)],
          draw: [
            (plot) => {
              thresholds().forEach((value) => drawLine(plot, value, "line", false));
              clears().forEach((value) => drawLine(plot, value, "line", true));
            },
          ],
        },
      },
      [[], [], [], []],
    );
  }

  private countsChart(): Chart {
    const bars = (width: number) => uPlot.paths.bars?.({ size: [width, 24], align: -1 });
    const series = (name: string, width: number): uPlot.Series => {
      const paths = bars(width);
      return { stroke: paint(name), fill: paint(name), width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
    };
    return new Chart(
      {
        ...this.common(),
        height: 110,
        axes: [timeAxis(false), valueAxis(false)],
        scales: { x: this.xScale(), y: { range: (_, __, most) => [0, Math.max(4, (most ?? 0) * 1.1)] } },
        series: [{}, series("bar", 0.9), series("bad", 0.45)],
        hooks: { ...this.common().hooks, drawClear: [(plot) => this.drawEdits(plot)] },
      },
      [[], [], []],
    );
  }

  private laneChart(): Chart {
    return new Chart(
      {
        ...this.common(),
        height: 116,
        axes: [timeAxis(), laneAxis(lanes)],
        scales: { x: this.xScale(), y: { range: () => [0, lanes.length] } },
        series: [{}, { show: false }],
        hooks: { ...this.common().hooks, draw: [(plot) => this.happened.forEach((event) => drawEvent(plot, event))] },
      },
      [[], []],
    );
  }

  private xScale(): uPlot.Scale {
    return { time: true, range: () => this.span };
  }

  private common() {
    return {
      padding: [8, 8, 0, 0] as uPlot.Padding,
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key: cursors } },
      hooks: {
        setCursor: [
          (plot: uPlot) => {
            const index = plot.cursor.idx ?? undefined;
            if (index !== this.pointed) {
              this.pointed = index;
              this.readOut();
            }
          },
        ],
      },
    };
  }

  /** drawEdits marks when rules were edited, across the charts. */
  private drawEdits(plot: uPlot): void {
    for (const { lane, at } of this.happened) {
      if (lane !== "rules") {
        continue;
      }
      const x = Math.round(plot.valToPos(at / 1000, "x", true)) + 0.5;
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.strokeStyle = colour("edit");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.restore();
    }
  }

  /** pointAt puts the cursors of all charts to a step. */
  private pointAt(index: number): void {
    const time = this.timeline?.times[index];
    if (time === undefined) {
      return;
    }
    for (const chart of [this.load, this.counts, this.lane]) {
      chart?.plot.setCursor({ left: chart.plot.valToPos(time, "x"), top: 10 }, false);
    }
    this.pointed = index;
    this.readOut();
  }

  /** readOut says in words what was at the cursor, or last. */
  private readOut(): void {
    const { timeline } = this;
    if (timeline === undefined) {
      return;
    }
    const index = this.pointed ?? timeline.times.length - 1;
    const words = this.wordsAt(timeline, index);
    setText(byId("time-readout"), words);
    if (document.activeElement !== this.moment) {
      this.moment.value = String(index);
    }
    setAttribute(this.moment, "aria-valuetext", words);
  }

  private wordsAt(timeline: Timeline, index: number): string {
    const time = timeline.times[index];
    if (time === undefined) {
      return "";
    }
    const texts: string[] = [];
    const load = this.loadOf(timeline);
    if (load !== undefined) {
      const value = (values: (number | null)[] | undefined) => format.measured(values?.[index], load.fraction);
      texts.push(
        isDownwards(load)
          ? `${load.metric} lowest ${value(load.min)}, median ${value(load.median)}`
          : `${load.metric} highest ${value(load.max)}, 90th percentile ${value(load.p90)}, median ${value(load.median)}`,
      );
    }
    const number = (count: number | null | undefined) => (typeof count === "number" ? format.count(count) : "-");
    texts.push(`${number(timeline.counts.placed[index])} placed, ${number(timeline.counts.refused[index])} refused`);
    const step = 1000 * timeline.stepSeconds;
    const events = this.happened.filter(({ at }) => at > 1000 * time - step && at <= 1000 * time);
    if (events.length > 0) {
      texts.push(events.length === 1 ? `${events[0]?.what}: ${events[0]?.detail}` : format.counted(events.length, "event"));
    }
    return `${format.clock(1000 * time)}: ${texts.join("; ")}`;
  }

  /** drawNumbers shows the charts as a table, if somebody asks for it. */
  private drawNumbers(): void {
    const { timeline } = this;
    if (timeline === undefined || !this.numbers.open) {
      return;
    }
    const load = this.loadOf(timeline);
    const { placed, refused } = timeline.counts;
    const rows = timeline.times.map((time, i) => [
      format.clock(1000 * time),
      ...[load?.max, load?.p90, load?.median, load?.min].map((values) => format.measured(values?.[i], load?.fraction)),
      ...[placed, refused].map((values) => (typeof values[i] === "number" ? format.count(values[i]) : "-")),
    ]);
    this.numberTable.show(rows.reverse());
  }
}

function nameOf(load: Load | undefined): string {
  return load === undefined ? "" : `${load.ruleSet}/${load.metric}`;
}

/** isDownwards tells that what is low is what matters. */
function isDownwards(load: Load): boolean {
  return load.lines.length > 0 && load.lines.every((line) => line.below !== undefined);
}

/** drawEvent draws a diamond for an edit, a triangle for an eviction, hollow if nobody went, a cross for what failed, a bar for the breaker. */
function drawEvent(plot: uPlot, event: Happening): void {
  const { ctx, bbox } = plot;
  const size = 5 * devicePixelRatio;
  const position = (at: number) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(at / 1000, "x", true)));
  const x = position(event.at);
  const y = plot.valToPos(lanes.length - lanes.indexOf(event.lane) - 0.5, "y", true);
  ctx.save();
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.strokeStyle = ctx.fillStyle = colour(event.bad ? "bad" : event.lane === "rules" ? "edit" : "bar");
  ctx.beginPath();
  if (event.lane === "breaker") {
    const end = position(event.until ?? event.at);
    ctx.fillRect(x, y - size / 2, Math.max(size, end - x), size);
  } else if (event.bad && event.lane === "evictions") {
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y + size);
    ctx.moveTo(x + size, y - size);
    ctx.lineTo(x - size, y + size);
    ctx.stroke();
  } else {
    const points = event.lane === "rules" ? [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]] : [[-1, -0.8], [1, -0.8], [0, 1]];
    points.forEach(([dx = 0, dy = 0]) => ctx.lineTo(x + size * dx, y + size * dy));
    ctx.closePath();
    if (event.what.startsWith("Would")) {
      ctx.stroke();
    } else {
      ctx.fill();
    }
  }
  ctx.restore();
}
