// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// The nodes: charts by rank, and the table of "kubectl loadline top".

import type { NodeState, Reading } from "../api.ts";
import * as format from "../model/format.ts";
import * as model from "../model/nodes.ts";
import { stateText } from "../model/nodestates.ts";
import { threshold, value as valueText } from "../model/readings.ts";
import type { Get, Known } from "../watch.ts";
import { byId, element, setAttribute, setHidden, setNotice, setText } from "./dom.ts";
import { NodeDetail } from "./nodedetail.ts";
import { RanksView } from "./ranks.ts";
import { type Column, Table, text } from "./table.ts";

/** marks are signs for states, for those who do not tell colours apart. */
const marks: Record<NodeState, string> = {
  Over: "▲",
  Expected: "△",
  Pending: "◔",
  NoData: "?",
  Undecided: "~",
  OK: "✓",
  Exempt: "○",
  Ungoverned: "·",
};

/** NodesView shows all nodes against their lines. */
export class NodesView {
  private readonly name = byId<HTMLInputElement>("node-name");
  private readonly state = byId<HTMLSelectElement>("node-state");
  private readonly ruleSet = byId<HTMLSelectElement>("node-rule-set");
  private readonly ranks = new RanksView((node) => this.open(node));
  private readonly table: Table<model.NodeRow>;
  private known: Known | undefined;
  private nodes: model.NodeTable | undefined;
  /** tabulated is what the table was made of: it is made once for a judgement. */
  private tabulated: { of: unknown; ruleSet: string } | undefined;

  constructor(get: Get) {
    this.table = new Table({
      id: "node-table",
      caption: "Nodes",
      things: "nodes",
      columns: [],
      key: (row) => row.node.name,
      level: (row) => levelOf(row.state),
      open: (row) => new NodeDetail(row.node.name, get, () => this.known as Known),
    });
    byId("node-rows").append(this.table.element);
    this.name.addEventListener("input", () => this.filter());
    this.state.addEventListener("change", () => this.filter());
    this.ruleSet.addEventListener("change", () => this.filter());
    byId("node-filter").addEventListener("submit", (event) => event.preventDefault());
  }

  show(known: Known): void {
    this.known = known;
    if (known.nodes === undefined) {
      setNotice(byId("node-empty"), known.unmeasured ? "Nothing has been measured yet." : "");
      return;
    }
    this.offerRuleSets(known.nodes.ruleSets.map((set) => set.name));
    const chosen = this.ruleSet.value;
    if (this.tabulated?.of !== known.nodes || this.tabulated.ruleSet !== chosen) {
      this.tabulated = { of: known.nodes, ruleSet: chosen };
      this.nodes = model.tabulate(known.nodes, chosen);
      this.offerStates(this.nodes);
      this.ranks.show(this.nodes);
      this.table.setColumns(this.columns(this.nodes));
    }
    this.drawRows();
  }

  private filter(): void {
    this.table.first();
    if (this.known !== undefined) {
      this.show(this.known);
    }
  }

  /** open shows a node that may be filtered out. */
  private open(node: string): void {
    this.name.value = "";
    this.state.value = "";
    this.filter();
    this.table.openRow(node);
  }

  private drawRows(): void {
    const nodes = this.nodes as model.NodeTable;
    const name = this.name.value.trim().toLowerCase();
    const state = this.state.value;
    const rows = nodes.rows.filter((row) => (state === "" || row.state === state) && row.node.name.toLowerCase().includes(name));
    this.table.show(rows);
    let empty = "";
    if (nodes.rows.length === 0) {
      empty = "The scheduler knows of no nodes.";
    } else if (rows.length === 0) {
      empty = "No node has this name and state.";
    } else if (nodes.ruleSets.length === 0) {
      empty = "No rule set is in force, so nodes have no lines. Rules, below, tells why.";
    }
    setNotice(byId("node-empty"), empty);
    const filtered = rows.length !== nodes.rows.length;
    setText(byId("node-count"), filtered ? `${format.count(rows.length)} of ${format.counted(nodes.rows.length, "node")}` : format.counted(rows.length, "node"));
  }

  private offerRuleSets(names: string[]): void {
    const options = [["", "all"], ...names.map((name) => [name, name])] as [string, string][];
    offer(this.ruleSet, options);
    setHidden(byId("node-rule-set-field"), names.length < 2);
  }

  private offerStates(nodes: model.NodeTable): void {
    const counts = model.counts(nodes.rows);
    const options = model.states
      .filter(([state]) => (counts.get(state) ?? 0) > 0 || state === this.state.value)
      .map(([state, name]): [string, string] => [state, `${name} (${format.count(counts.get(state) ?? 0)})`]);
    offer(this.state, [["", "any"], ...options]);
  }

  private columns(nodes: model.NodeTable): Column<model.NodeRow>[] {
    return [
      { title: "Node", class: "name", order: model.byName, draw: text((row) => row.node.name) },
      {
        title: "Headroom",
        class: "number",
        hint: "The distance to the nearest line, as a share of its threshold, with what is expected of pods that are not measured yet",
        order: model.byUrgency,
        natural: true,
        draw: text((row) => format.headroom(row.headroom)),
      },
      { title: "State", class: "state says", draw: (cell, row) => drawState(cell, row, this.nodes as model.NodeTable) },
      ...nodes.columns.map(
        (column, i): Column<model.NodeRow> => ({ title: column.title, class: "metric", order: model.byCell(i), descending: true, draw: metricCell(nodes, i) }),
      ),
      {
        title: "Age",
        class: "number",
        hint: "The age of the oldest value",
        order: model.byAge,
        descending: true,
        draw: text((row) => (row.age === undefined ? "-" : format.seconds(row.age))),
      },
    ];
  }
}

/** levelOf says which states ask for a person. */
function levelOf(state: NodeState): string | undefined {
  if (state === "Over") {
    return "alert";
  }
  return ["Expected", "Pending", "NoData", "Undecided"].includes(state) ? "notice" : undefined;
}

function drawState(cell: HTMLElement, row: model.NodeRow, nodes: model.NodeTable): void {
  if (cell.firstElementChild === null) {
    cell.append(element("span", { class: "mark", "aria-hidden": "true" }), " ", element("span"));
  }
  setText(cell.children[0] as Element, marks[row.state] ?? "·");
  setText(cell.children[1] as Element, stateText(row.node, nodes.ruleSets, nodes.snapshot));
}

/** offer fills a selection, and keeps what is chosen. */
function offer(select: HTMLSelectElement, options: [string, string][]): void {
  const chosen = select.value;
  const same = select.options.length === options.length && options.every(([value], i) => select.options[i]?.value === value);
  if (!same) {
    select.replaceChildren(...options.map(([value, name]) => element("option", { value }, name)));
    select.value = options.some(([value]) => value === chosen) ? chosen : "";
    return;
  }
  options.forEach(([, name], i) => setText(select.options[i] as Element, name));
}

/** metricCell draws a value, what is expected, and the line, along a bar of the same scale in all rows. */
function metricCell(nodes: model.NodeTable, column: number): (cell: HTMLElement, row: model.NodeRow) => void {
  const of = nodes.columns[column] as model.MetricColumn;
  let most = of.fraction ? 1 : 0;
  for (const { cells } of nodes.rows) {
    const reading = cells[column];
    most = Math.max(most, reading?.value ?? 0, reading?.projected ?? 0, reading === undefined ? 0 : (threshold(reading) ?? 0));
  }
  return (cell, row) => drawMetric(cell, row.cells[column], most);
}

function drawMetric(cell: HTMLElement, reading: Reading | undefined, most: number): void {
  if (cell.firstElementChild === null) {
    const bar = element("span", { class: "bar", "aria-hidden": "true" }, element("i", { class: "expected" }), element("i", { class: "value" }), element("i", { class: "line" }));
    cell.append(bar, element("span", { class: "reading" }));
  }
  const [bar, words] = [cell.children[0] as HTMLElement, cell.children[1] as HTMLElement];
  setText(words, reading === undefined ? "-" : cellText(reading));
  setHidden(bar, reading === undefined);
  if (reading === undefined) {
    return;
  }
  const share = (value: number | null | undefined) => `${(100 * Math.min(1, Math.max(0, (value ?? 0) / (most || 1)))).toFixed(1)}%`;
  const [expected, value, line] = [...bar.children] as [HTMLElement, HTMLElement, HTMLElement];
  expected.style.width = share(reading.projected);
  value.style.width = share(reading.value);
  const at = threshold(reading);
  setHidden(line, at === undefined);
  line.style.left = share(at);
  setAttribute(cell, "data-over", isPast(reading) ? "true" : undefined);
}

function isPast(reading: Reading): boolean {
  const value = reading.value ?? reading.projected ?? 0;
  const { above, below, equals } = reading;
  return (above !== undefined && value > above) || (below !== undefined && value < below) || (equals !== undefined && value === equals);
}

/** cellText is a value beside its line, with what is expected where that differs. */
function cellText(reading: Reading): string {
  const measured = format.measured(reading.value, reading.fraction);
  const expected = format.measured(reading.projected, reading.fraction);
  const nothing = reading.projected === undefined || (reading.value === null && reading.projected === 0);
  return nothing || expected === measured ? valueText(reading) : `${valueText(reading)}, ${expected} expected`;
}
