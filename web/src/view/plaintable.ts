// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// A small table of texts.

import { element, scroller, setText } from "./dom.ts";

/** PlainTable has rows of texts, the first of each its heading. */
export class PlainTable {
  readonly element: HTMLElement;
  private readonly body = element("tbody");

  constructor(caption: string, titles: string[], visibleCaption = true) {
    const head = element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title)));
    const table = element("table", {}, element("caption", { class: visibleCaption ? undefined : "visually-hidden" }, caption), element("thead", {}, head), this.body);
    this.element = scroller(caption, table);
  }

  show(rows: string[][]): void {
    while (this.body.children.length > rows.length) {
      this.body.lastElementChild?.remove();
    }
    rows.forEach((texts, i) => {
      const row = this.body.children[i] ?? this.body.appendChild(element("tr", {}, ...texts.map((_, k) => (k === 0 ? element("th", { scope: "row" }) : element("td")))));
      texts.forEach((text, k) => setText(row.children[k] as Element, text));
    });
    this.element.hidden = rows.length === 0;
  }
}
