// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// What a node's row opens to: its lines, its own history, and who would be moved.

import type { Load, PlannedNode, Timeline } from "../api.ts";
import * as evictions from "../model/evictions.ts";
import * as format from "../model/format.ts";
import type { NodeRow } from "../model/nodes.ts";
import * as model from "../model/nodestates.ts";
import { line as lineText, threshold } from "../model/readings.ts";
import * as watch from "../watch.ts";
import { Chart, drawLine, paint, timeAxis, valueAxis, valueRange } from "./chart.ts";
import { arrange, element, Kept, setFacts, setNotice, setText } from "./dom.ts";
import { PlainTable } from "./plaintable.ts";
import type { Detail } from "./table.ts";

/** minutes is how far back the history of a node goes. */
const minutes = 60;

/** NodeDetail shows all that is known of one node. */
export class NodeDetail implements Detail<NodeRow> {
  readonly element: HTMLElement;
  private readonly facts = element("dl", { class: "facts" });
  private readonly lines = new PlainTable("Lines", ["Rule", "Metric", "Line", "Measured", "Expected", "Age", "State"]);
  private readonly plan = new PlanPart();
  private readonly past: PastPart;
  private readonly earlier = new PlainTable("Earlier evictions from this node", ["When", "Pod", "To", "Rule", "Value", "After", "Effect"]);

  constructor(
    private readonly name: string,
    get: watch.Get,
    private readonly known: () => watch.Known,
  ) {
    this.past = new PastPart(name, get);
    this.element = element("section", { class: "opened", "aria-label": `Node ${name}` }, this.facts, this.lines.element, this.past.element, this.plan.element, this.earlier.element);
  }

  update(row: NodeRow): void {
    const known = this.known();
    const { snapshot, ruleSets } = known.nodes as NonNullable<typeof known.nodes>;
    // The whole node, whatever rule set is chosen.
    const node = known.nodes?.nodes.find((node) => node.name === this.name) ?? row.node;
    setFacts(this.facts, [
      ["State", model.stateText(node, ruleSets, snapshot)],
      ["Headroom", format.headroom(node.headroom)],
      ["Effects", model.effects(node).join(", ") || "none"],
    ]);
    this.lines.show(
      model.nodeLines(node, ruleSets, snapshot).map(({ rule, reading, state }) => [
        rule,
        reading.metric,
        lineText(reading, reading.fraction),
        format.measured(reading.value, reading.fraction),
        format.measured(reading.projected, reading.fraction),
        reading.value === null ? "-" : format.seconds((reading.ageSeconds ?? 0) + snapshot.ageSeconds),
        state,
      ]),
    );
    void this.past.show(watch.now(known));
    this.plan.show(this.name, known);
    const now = watch.now(known);
    const earlier = evictions.latest(known.evictions.value?.records ?? []).filter((record) => record.node === this.name);
    this.earlier.show(
      earlier.slice(0, 10).map((record) => [
        format.moment(evictions.at(record), now),
        evictions.podName(record.pod),
        evictions.destination(record),
        `${record.rule.set}/${record.rule.rule}`,
        evictions.value(record, record.before.value),
        evictions.value(record, record.after),
        evictions.outcome(record),
      ]),
    );
  }

  close(): void {
    this.past.close();
  }
}

/** PlanPart shows what the descheduler would do with the pods of a node, and why not with others. */
class PlanPart {
  readonly element = element("div");
  private readonly words = element("p");
  private readonly moved = new PlainTable("Pods that the plan moves", ["Pod", "To", "Share", "Why"]);
  private readonly passed = new PlainTable("Pods that stay", ["Pod", "Share", "Why", "Reason"]);

  constructor() {
    this.element.append(element("h3", {}, "Evictions"), this.words, this.moved.element, this.passed.element);
  }

  show(name: string, known: watch.Known): void {
    const planning = known.plan.value;
    const planned = planning?.plan?.nodes?.filter((node) => node.node === name) ?? [];
    setText(this.words, planText(planned, known));
    const moved = planning?.plan?.evictions?.filter((record) => record.node === name) ?? [];
    this.moved.show(
      moved.map((record) => [evictions.podName(record.pod), evictions.destination(record), evictions.value(record, record.before.share), record.before.why]),
    );
    const passed = planned.flatMap((node) => node.passed ?? []);
    this.passed.show(
      passed.map((pod) => [evictions.podName(pod), pod.share === 0 ? "-" : format.measured(pod.share, true), pod.why.message, pod.why.code]),
    );
  }
}

function planText(planned: PlannedNode[], known: watch.Known): string {
  const planning = known.plan.value;
  if (planning === undefined) {
    return known.plan.failure === undefined
      ? "Who would be moved is shown where the page is opened by kubectl loadline dashboard, which asks the descheduler."
      : `The descheduler cannot be asked: ${known.plan.failure}`;
  }
  if (planning.stopped !== undefined) {
    return `Nothing is evicted at all: ${planning.stopped.message}`;
  }
  if (planned.length === 0) {
    return planning.evictionsDisabled ? "Evictions are disabled." : "No rule asks for evictions from this node now.";
  }
  const dry = planning.dryRun ? " This is a dry run: nothing is evicted." : "";
  return planned.map((node) => ofPlanned(node)).join(". ") + "." + dry;
}

function ofPlanned(node: PlannedNode): string {
  const rule = `${node.rule.set}/${node.rule.rule}`;
  if (node.held !== undefined) {
    return `${rule} moves nothing: ${node.held.message}`;
  }
  const value = (number: number) => format.measured(number, node.goal > 0 && node.goal <= 1);
  return `${rule} would bring ${node.metric ?? "it"} from ${value(node.value)} to ${value(node.after)}; the goal is ${value(node.goal)}`;
}

/** PastPart shows what a node has measured. */
class PastPart {
  readonly element = element("div");
  private readonly notice = element("p", { class: "notice", hidden: "" });
  private readonly charts = element("div", { class: "charts" });
  private readonly kept = new Kept<PastChart>();
  private shown: PastChart[] = [];
  private timeline: Timeline | undefined;
  private asking = false;
  private closed = false;

  constructor(
    private readonly name: string,
    private readonly get: watch.Get,
  ) {
    this.element.append(element("h3", {}, `The last ${minutes} minutes`), this.notice, this.charts);
  }

  /** show asks for what is new, if another step is over. */
  async show(now: number): Promise<void> {
    if (this.asking || !watch.isDue(this.timeline, now)) {
      return;
    }
    this.asking = true;
    const answer = await this.get<Timeline>(`/v1/timeline?minutes=${minutes}&node=${encodeURIComponent(this.name)}`);
    this.asking = false;
    if (this.closed) {
      return;
    }
    if (!answer.ok) {
      setNotice(this.notice, `Its history is not known: ${answer.why}`);
      return;
    }
    this.timeline = answer.value;
    const { times, loads, loadError } = answer.value;
    const known = distinct(loads).filter((load) => load.values?.some((value) => value !== null));
    setNotice(this.notice, loadError ?? (known.length === 0 ? "Nothing is known of it yet." : ""));
    const before = new Set(this.shown);
    this.shown = this.kept.each(known, (load) => `${load.ruleSet}/${load.metric}`, (load) => new PastChart(load.fraction ?? false));
    this.shown.forEach((chart, i) => {
      before.delete(chart);
      chart.show(known[i] as Load, times);
    });
    before.forEach((chart) => chart.close());
    arrange(this.charts, this.shown.map((chart) => chart.figure));
  }

  close(): void {
    this.closed = true;
    this.shown.forEach((chart) => chart.close());
  }
}

/** distinct leaves out what another rule set measures the same, and keeps its lines. */
function distinct(loads: Load[]): Load[] {
  const found: Load[] = [];
  for (const load of loads) {
    const same = found.find((other) => other.metric === load.metric && JSON.stringify(other.values) === JSON.stringify(load.values));
    if (same === undefined) {
      found.push({ ...load, lines: [...load.lines] });
    } else {
      same.lines.push(...load.lines);
    }
  }
  return found;
}

class PastChart {
  readonly figure: HTMLElement;
  private readonly title = element("strong");
  private readonly words = element("span");
  private readonly chart: Chart;
  private load: Load | undefined;

  constructor(fraction: boolean) {
    this.chart = new Chart(
      {
        height: 130,
        scales: { x: { time: true }, y: { range: valueRange(fraction, () => this.thresholds()) } },
        axes: [timeAxis(), valueAxis(fraction)],
        series: [{}, { stroke: paint("bar"), fill: paint("bar-soft"), width: 1.5, points: { show: false } }],
        cursor: { y: false, drag: { x: false, y: false } },
        padding: [6, 22, 0, 0],
        hooks: { draw: [(plot) => this.thresholds().forEach((value) => drawLine(plot, value, "line", false))] },
      },
      [[], []],
    );
    this.figure = element("figure", {}, element("figcaption", {}, this.title, " ", this.words), this.chart.box);
  }

  show(load: Load, times: number[]): void {
    this.load = load;
    const values = load.values ?? [];
    const known = values.filter((value) => value !== null);
    const text = (value: number | undefined) => format.measured(value, load.fraction);
    const lines = [...new Set(load.lines.map((line) => lineText(line, load.fraction)))].join("; ");
    const words = `${lines}${lines === "" ? "" : ": "}lowest ${text(Math.min(...known))}, highest ${text(Math.max(...known))}, last ${text(known.at(-1))}`;
    setText(this.title, load.metric);
    setText(this.words, words);
    this.chart.describe(`${load.metric} of the node over the last ${minutes} minutes: ${words}`);
    this.chart.plot.setData([times, values]);
  }

  private thresholds(): number[] {
    return (this.load?.lines ?? []).map(threshold).filter((value) => value !== undefined);
  }

  close(): void {
    this.chart.close();
    this.figure.remove();
  }
}
