// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Evictions: before, predicted and after.

import type { EvictionRecord } from "../api.ts";
import * as model from "../model/evictions.ts";
import * as format from "../model/format.ts";
import { type Known, now } from "../watch.ts";
import { byId, element, setFacts, setNotice, setText } from "./dom.ts";
import { type Detail, Table, text } from "./table.ts";

/** EvictionsView shows what the descheduler has written down, the latest first. */
export class EvictionsView {
  private now = 0;
  private records: EvictionRecord[] = [];
  private readonly table: Table<EvictionRecord>;

  constructor() {
    this.table = new Table<EvictionRecord>({
      id: "eviction-table",
      caption: "Evictions",
      things: "evictions",
      key: model.key,
      level: (record) => (record.failed || record.effect === "None" ? "notice" : undefined),
      open: () => new EvictionDetail(() => ({ all: this.records, now: this.now })),
      columns: [
        { title: "Pod", class: "name", draw: text((record) => model.podName(record.pod)) },
        { title: "When", class: "name", draw: text((record) => this.when(record)) },
        { title: "From", class: "name", draw: text((record) => record.node) },
        { title: "To", class: "name", hint: "In parentheses: where it was expected", draw: text(model.destination) },
        { title: "Rule", class: "name", draw: text((record) => `${record.rule.set}/${record.rule.rule}`) },
        { title: "Before", class: "number", hint: "What the node measured", draw: text((record) => model.value(record, record.before.value)) },
        { title: "Predicted", class: "number", hint: "What the node was to measure without the pod", draw: text((record) => model.value(record, model.predictedAfter(record))) },
        { title: "After", class: "number", hint: "What the node measured once it could show the effect", draw: text((record) => model.value(record, record.after)) },
        { title: "Effect", class: "wide says", draw: text(effect) },
      ],
    });
    byId("eviction-rows").append(this.table.element);
  }

  show(known: Known): void {
    const { value, failure } = known.evictions;
    const why = failure ?? value?.error;
    setNotice(byId("evictions-notice"), why === undefined ? "" : `Evictions could not be asked for: ${why}`);
    if (value === undefined) {
      return;
    }
    this.now = now(known);
    this.records = model.latest(value.records);
    setText(byId("evictions-count"), String(format.count(this.records.length)));
    let empty = "";
    if (!value.known) {
      empty = "No descheduler has written down anything here: there is no ConfigMap loadline-evictions.";
    } else if (this.records.length === 0) {
      empty = "Nothing has been evicted, as far as is remembered: the latest 500 are.";
    }
    setNotice(byId("evictions-empty"), empty);
    this.table.show(this.records);
  }

  private when(record: EvictionRecord): string {
    const planned = format.milliseconds(record.planned) ?? 0;
    return `${format.lasting((this.now - planned) / 1000)} ago`;
  }
}

/** effect is what came of it, and what had gone wrong. */
function effect(record: EvictionRecord): string {
  return record.failed ? `NotEvicted: ${record.failed}` : model.outcome(record);
}

/** EvictionDetail shows all that is known of an eviction. */
class EvictionDetail implements Detail<EvictionRecord> {
  readonly element = element("section", { class: "opened", "aria-label": "Eviction" });
  private readonly facts = element("dl", { class: "facts" });

  constructor(private readonly known: () => { all: EvictionRecord[]; now: number }) {
    this.element.append(this.facts);
  }

  update(record: EvictionRecord): void {
    const { all, now } = this.known();
    setFacts(this.facts, model.facts(record, all, now));
  }

  close(): void {}
}
