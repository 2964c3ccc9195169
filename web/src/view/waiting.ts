// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Pods that load lines keep waiting, and why.

import type { Decision, Refusal, WaitingPod } from "../api.ts";
import * as model from "../model/decisions.ts";
import * as format from "../model/format.ts";
import { line, why } from "../model/readings.ts";
import { type Known, now } from "../watch.ts";
import { arrange, byId, element, Kept, setFacts, setHidden, setNotice, setText } from "./dom.ts";
import { PlainTable } from "./plaintable.ts";
import { type Detail, Table, text } from "./table.ts";

/** WaitingView shows the pods that have waited the longest. */
export class WaitingView {
  private now = 0;
  private readonly table: Table<WaitingPod>;

  constructor() {
    this.table = new Table<WaitingPod>({
      id: "waiting-table",
      caption: "Waiting pods",
      things: "pods",
      key: (pod) => pod.uid,
      open: () => new DecisionDetail(),
      columns: [
        { title: "Pod", class: "name", draw: text((pod) => `${pod.namespace}/${pod.pod}`) },
        { title: "Waits", class: "number", draw: text((pod) => this.since(pod.since)) },
        { title: "Rules", class: "name", draw: text((pod) => pod.rules.map(({ ruleSet, rule }) => `${ruleSet}/${rule}`).join(", ") || "-") },
        { title: "Why", class: "wide", draw: text(model.summary) },
        { title: "Lines give up", class: "name", draw: text((pod) => this.giveUp(pod.giveUpAt)) },
      ],
    });
    byId("waiting-rows").append(this.table.element);
  }

  show(known: Known): void {
    const { value, failure } = known.waiting;
    setNotice(byId("waiting-notice"), failure === undefined ? "" : `Waiting pods could not be asked for: ${failure}`);
    if (value === undefined) {
      return;
    }
    this.now = now(known);
    setHidden(byId("waiting-empty"), value.total > 0);
    setText(byId("waiting-count"), format.counted(value.total, "pod"));
    const more = value.total > value.pods.length;
    setNotice(byId("waiting-total"), more ? `These are the ${format.count(value.pods.length)} of ${format.count(value.total)} that have waited the longest.` : "");
    this.table.show(value.pods);
  }

  private since(time: string): string {
    const at = format.milliseconds(time);
    return at === undefined ? "-" : format.lasting((this.now - at) / 1000);
  }

  private giveUp(time: string | undefined): string {
    const at = format.milliseconds(time);
    if (at === undefined) {
      return "never";
    }
    return at <= this.now ? "now" : `in ${format.lasting((at - this.now) / 1000)}`;
  }
}

/** DecisionDetail shows a decision as "kubectl loadline explain pod" does. */
class DecisionDetail implements Detail<WaitingPod> {
  readonly element = element("section", { class: "opened", "aria-label": "Decision" });
  private readonly words = element("p");
  private readonly facts = element("dl", { class: "facts" });
  private readonly list = element("div");
  private readonly refusals = new Kept<RefusalPart>();

  constructor() {
    this.element.append(this.words, this.facts, this.list);
  }

  update(pod: WaitingPod): void {
    const { decision } = pod;
    setNotice(this.words, decision === undefined ? "The scheduler remembers its last decision on each of the last 1000 pods, and this one is not among them." : "");
    setHidden(this.facts, decision === undefined);
    if (decision === undefined) {
      this.list.replaceChildren();
      return;
    }
    setFacts(this.facts, factsOf(decision));
    const refusals = model.ordered(decision);
    const shown = this.refusals.each(refusals, (refusal) => `${refusal.ruleSet}/${refusal.rule}`, () => new RefusalPart());
    shown.forEach((part, i) => part.show(refusals[i] as Refusal, decision));
    arrange(this.list, shown.map((part) => part.element));
  }

  close(): void {}
}

function factsOf(decision: Decision): [string, string][] {
  const found: [string, string][] = [
    ["Nodes", model.nodes(decision)],
    ["Estimate", model.estimates(decision)],
    ["Rule sets", (decision.ruleSets ?? []).join(", ")],
    ["Measured", format.moment(format.milliseconds(decision.time) ?? 0, Date.now())],
    ["Note", decision.note ?? ""],
  ];
  return found.filter(([, text]) => text !== "");
}

class RefusalPart {
  readonly element = element("div");
  private readonly statement = element("p", { class: "statement" });
  private readonly table = new PlainTable("Nodes that are the least over the line", ["Node", "Metric", "Line", "Measured", "With pod", "Age", "Why"], false);
  private readonly shown = element("p", { class: "note" });

  constructor() {
    this.element.append(this.statement, this.table.element, this.shown);
  }

  show(refusal: Refusal, decision: Decision): void {
    setText(this.statement, model.statement(refusal, decision));
    const examples = refusal.examples ?? [];
    this.table.show(
      examples.flatMap(({ node, readings }) =>
        readings.map((reading) => [
          node,
          reading.metric,
          line(reading, reading.fraction),
          format.measured(reading.value, reading.fraction),
          format.measured(reading.projected, reading.fraction),
          typeof reading.value === "number" ? format.seconds(reading.ageSeconds ?? 0) : "-",
          why(reading),
        ]),
      ),
    );
    const least = model.refuses(refusal) ? ", those that are least over it" : "";
    setNotice(this.shown, examples.length > 0 && examples.length < refusal.nodes ? `Shown: ${examples.length} of ${format.count(refusal.nodes)}${least}` : "");
  }
}
