// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// A table with pages and sorting, whose rows can open. A refresh changes only what is
// different: focus, selection and what is open stay.

import { count } from "../model/format.ts";
import { arrange, element, scroller, setAttribute, setHidden, setText } from "./dom.ts";

/** Column shows one thing of each row. */
export interface Column<Row> {
  title: string;
  /** explains the title for those who hover over it. */
  hint?: string;
  class?: string;
  /** order makes the column one to sort by, and descending tells that it puts the greatest first. */
  order?: (a: Row, b: Row) => number;
  descending?: boolean;
  /** natural tells that rows come in this order. */
  natural?: boolean;
  /** draw shows the row in a cell, which is empty or shows what it was before. */
  draw: (cell: HTMLElement, row: Row) => void;
}

/** Detail is what a row opens to. */
export interface Detail<Row> {
  element: HTMLElement;
  update(row: Row): void;
  close(): void;
}

export interface TableOptions<Row> {
  id: string;
  caption: string;
  /** things are what the rows are, for the pager: nodes. */
  things: string;
  columns: Column<Row>[];
  key: (row: Row) => string;
  /** level marks rows that ask for a person: over, notice. */
  level?: (row: Row) => string | undefined;
  /** open makes rows open. */
  open?: (row: Row) => Detail<Row>;
}

const pageSize = 50;

interface Shown<Row> {
  row: HTMLTableRowElement;
  cells: HTMLElement[];
  button: HTMLButtonElement | undefined;
  detail?: { row: HTMLTableRowElement; of: Detail<Row> };
}

/** Table shows rows, fifty at a time. */
export class Table<Row> {
  readonly element: HTMLElement;
  private readonly options: TableOptions<Row>;
  private columns: Column<Row>[] = [];
  private readonly head = element("tr");
  private readonly body = element("tbody");
  private readonly region: HTMLElement;
  private readonly pager: HTMLElement;
  private readonly range = element("span", { class: "range" });
  private readonly previous = element("button", { type: "button" }, "Previous");
  private readonly next = element("button", { type: "button" }, "Next");
  private rows: Row[] = [];
  private sorted: Row[] = [];
  private shown = new Map<string, Shown<Row>>();
  private page = 0;
  private sortedBy: string | undefined;
  private opened: string | undefined;

  constructor(options: TableOptions<Row>) {
    this.options = options;
    const table = element(
      "table",
      { id: options.id },
      element("caption", { class: "visually-hidden" }, options.caption),
      element("thead", {}, this.head),
      this.body,
    );
    this.region = scroller(options.caption, table);
    this.pager = element("nav", { class: "pager", "aria-label": `Pages of ${options.things}` }, this.previous, this.range, this.next);
    this.previous.addEventListener("click", () => this.turn(-1));
    this.next.addEventListener("click", () => this.turn(1));
    this.element = element("div", { class: "table" }, this.region, this.pager);
    this.setColumns(options.columns);
    this.drawPager(0);
  }

  /** setColumns replaces the columns, if their titles are others. */
  setColumns(columns: Column<Row>[]): void {
    const same = columns.length === this.columns.length && columns.every((column, i) => column.title === this.columns[i]?.title);
    this.columns = columns;
    if (same) {
      return;
    }
    if (!columns.some((column) => column.title === this.sortedBy)) {
      this.sortedBy = undefined;
    }
    this.head.replaceChildren(...columns.map((column) => this.header(column)));
    this.closeAll();
    this.shown.clear();
    this.body.replaceChildren();
  }

  private header(column: Column<Row>): HTMLElement {
    const header = element("th", { scope: "col", class: column.class, title: column.hint });
    if (column.order === undefined) {
      header.append(column.title);
      return header;
    }
    const button = element("button", { type: "button", class: "sort" }, column.title);
    button.addEventListener("click", () => {
      this.sortedBy = this.sortedBy === column.title ? undefined : column.title;
      this.page = 0;
      this.draw();
    });
    header.append(button);
    return header;
  }

  /** show shows rows, in their order unless somebody sorts by a column. */
  show(rows: Row[]): void {
    this.rows = rows;
    this.draw();
  }

  /** first goes to the first page, for rows that are others. */
  first(): void {
    this.page = 0;
  }

  /** openRow opens the row with a key, and turns to its page. */
  openRow(key: string): void {
    const at = this.sorted.findIndex((row) => this.options.key(row) === key);
    if (at < 0) {
      return;
    }
    this.page = Math.floor(at / pageSize);
    this.opened = key;
    this.draw();
    const shown = this.shown.get(key);
    shown?.row.scrollIntoView({ block: "nearest" });
    shown?.button?.focus({ preventScroll: true });
  }

  private turn(by: number): void {
    const pages = Math.ceil(this.rows.length / pageSize);
    const page = Math.min(Math.max(0, this.page + by), Math.max(0, pages - 1));
    if (page === this.page) {
      return;
    }
    this.page = page;
    this.opened = undefined;
    this.draw();
    if (this.region.getBoundingClientRect().top < 0) {
      this.region.scrollIntoView({ block: "start" });
    }
  }

  private draw(): void {
    const column = this.columns.find((column) => column.title === this.sortedBy);
    this.sorted = column?.order === undefined ? this.rows : [...this.rows].sort(column.order);
    this.page = Math.min(this.page, Math.max(0, Math.ceil(this.sorted.length / pageSize) - 1));
    this.drawHead(column);
    const begin = this.page * pageSize;
    const visible = this.withPinned(this.sorted.slice(begin, begin + pageSize), begin);
    const kept = new Map<string, Shown<Row>>();
    const elements: Element[] = [];
    for (const row of visible) {
      const key = this.options.key(row);
      const shown = this.shown.get(key) ?? this.make(key);
      kept.set(key, shown);
      this.update(shown, row, key);
      elements.push(shown.row);
      if (shown.detail !== undefined) {
        elements.push(shown.detail.row);
      }
    }
    for (const [key, shown] of this.shown) {
      if (!kept.has(key)) {
        shown.detail?.of.close();
      }
    }
    this.shown = kept;
    arrange(this.body, elements);
    this.drawPager(begin);
  }

  /**
   * withPinned keeps the row that is open, and the one with the focus, on the page when a
   * refresh moves them to another.
   */
  private withPinned(visible: Row[], begin: number): Row[] {
    const focused = [...this.shown].find(([, shown]) => shown.row.contains(document.activeElement))?.[0];
    for (const key of new Set([this.opened, focused])) {
      if (key === undefined || !this.shown.has(key) || visible.some((row) => this.options.key(row) === key)) {
        continue;
      }
      const at = this.sorted.findIndex((row) => this.options.key(row) === key);
      const row = this.sorted[at];
      if (row !== undefined) {
        visible = at < begin ? [row, ...visible] : [...visible, row];
      }
    }
    return visible;
  }

  private drawHead(chosen: Column<Row> | undefined): void {
    const sorted = chosen ?? this.columns.find((column) => column.natural);
    this.columns.forEach((column, i) => {
      const direction = column === sorted ? (column.descending ? "descending" : "ascending") : undefined;
      setAttribute(this.head.children[i] as Element, "aria-sort", direction);
    });
  }

  private make(key: string): Shown<Row> {
    const button = this.options.open === undefined ? undefined : element("button", { type: "button", class: "opener" });
    button?.addEventListener("click", () => {
      this.opened = this.opened === key ? undefined : key;
      this.draw();
    });
    const cells = this.columns.map((column, i) =>
      i === 0 ? element("th", { scope: "row", class: column.class }) : element("td", { class: column.class }),
    );
    if (button !== undefined) {
      cells[0]?.append(button);
    }
    return { row: element("tr", { "data-key": key }, ...cells), cells, button };
  }

  private update(shown: Shown<Row>, row: Row, key: string): void {
    this.columns.forEach((column, i) => column.draw(i === 0 && shown.button ? shown.button : (shown.cells[i] as HTMLElement), row));
    setAttribute(shown.row, "data-level", this.options.level?.(row));
    if (shown.button === undefined || this.options.open === undefined) {
      return;
    }
    const open = this.opened === key;
    setAttribute(shown.button, "aria-expanded", String(open));
    if (!open && shown.detail !== undefined) {
      shown.detail.of.close();
      delete shown.detail;
    } else if (open && shown.detail === undefined) {
      const of = this.options.open(row);
      const cell = element("td", { colspan: String(this.columns.length) }, of.element);
      shown.detail = { row: element("tr", { class: "detail" }, cell), of };
    }
    shown.detail?.of.update(row);
  }

  private closeAll(): void {
    for (const shown of this.shown.values()) {
      shown.detail?.of.close();
    }
  }

  private drawPager(begin: number): void {
    const total = this.sorted.length;
    setHidden(this.region, total === 0);
    setHidden(this.pager, total <= pageSize);
    setText(this.range, `${count(begin + 1)}–${count(Math.min(begin + pageSize, total))} of ${count(total)} ${this.options.things}`);
    // Not "disabled": a button that is loses the focus.
    setAttribute(this.previous, "aria-disabled", begin === 0 ? "true" : undefined);
    setAttribute(this.next, "aria-disabled", begin + pageSize >= total ? "true" : undefined);
  }
}

/** text makes a column of texts. */
export function text<Row>(of: (row: Row) => string): (cell: HTMLElement, row: Row) => void {
  return (cell, row) => setText(cell, of(row));
}
