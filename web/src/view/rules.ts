// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Rule sets: how each stands, why others are not in force, and what they come to.

import type { StandingRuleSet } from "../api.ts";
import * as format from "../model/format.ts";
import * as model from "../model/rules.ts";
import { type Known, now } from "../watch.ts";
import { arrange, byId, element, Kept, setAttribute, setFacts, setHidden, setNotice, setText } from "./dom.ts";
import { PlainTable } from "./plaintable.ts";

/** RulesView shows every rule set that is written anywhere. */
export class RulesView {
  private readonly articles = new Kept<Article>();

  show(known: Known): void {
    const { value, failure } = known.standing;
    const why = failure ?? value?.error;
    const notices = [...(why === undefined ? [] : [`How rule sets stand could not be asked for: ${why}`]), ...(value?.warnings ?? [])];
    setNotice(byId("rules-notice"), notices.join("\n"));
    if (value === undefined) {
      return;
    }
    const sets = value.ruleSets.map((set) => model.measure(set, known.rules));
    setHidden(byId("rules-empty"), value.ruleSets.length > 0);
    const key = (set: StandingRuleSet) => `${set.configMap}/${set.key}`;
    const shown = this.articles.each(sets, key, () => new Article());
    shown.forEach((article, i) => article.show(sets[i] as StandingRuleSet, now(known)));
    arrange(byId("rule-list"), shown.map((article) => article.element));
  }
}

class Article {
  readonly element = element("article", { class: "rule-set" });
  private readonly name = element("h3");
  private readonly state = element("span", { class: "badge" });
  private readonly error = element("p", { class: "error" });
  private readonly facts = element("dl", { class: "facts" });
  private readonly notes = element("ul", { class: "notes" });
  private rules: PlainTable | undefined;

  constructor() {
    this.element.append(element("header", {}, this.name, this.state), this.error, this.facts);
  }

  show(set: StandingRuleSet, now: number): void {
    const name = set.name || "(no name)";
    setText(this.name, name);
    setText(this.state, model.state(set));
    setAttribute(this.element, "data-state", set.state);
    setAttribute(this.element, "data-level", set.state === "Refused" ? "alert" : set.state === "InForce" ? "good" : "notice");
    setNotice(this.error, set.error ?? "");
    setFacts(this.facts, facts(set, now));
    this.showRules(set, name);
  }

  private showRules(set: StandingRuleSet, name: string): void {
    const rules = set.rules?.rules ?? [];
    if (this.rules === undefined) {
      const titles = ["Rule", "Line", "Effects", "Over", "Pending", "Unknown", "Refused", "Eviction due"];
      this.rules = new PlainTable(`Rules of ${name}`, titles, false);
      this.element.append(this.rules.element, this.notes);
    }
    const number = (count: number) => (set.measured ? format.count(count) : "-");
    this.rules.show(
      rules.map((rule) => [
        rule.name,
        model.line(rule),
        model.effects(rule) || "none",
        number(rule.inForce),
        number(rule.pending),
        number(rule.unknown),
        number(rule.refusing),
        number(rule.evictionDue),
      ]),
    );
    const notes = set.measured ? rules.flatMap(model.notes) : [];
    setHidden(this.notes, notes.length === 0);
    while (this.notes.children.length > notes.length) {
      this.notes.lastElementChild?.remove();
    }
    notes.forEach((note, i) => setText(this.notes.children[i] ?? this.notes.appendChild(element("li")), note));
  }
}

function facts(set: StandingRuleSet, now: number): [string, string][] {
  const found: [string, string][] = [];
  const add = (name: string, text: string) => {
    if (text !== "") {
      found.push([name, text]);
    }
  };
  const since = (time: string | undefined) => {
    const at = format.milliseconds(time);
    return at === undefined ? "" : `${format.lasting((now - at) / 1000)} ago`;
  };
  add("Mode", model.mode(set));
  add("Source", `key ${set.key} of ConfigMap ${set.configMap}`);
  add("Made", since(set.created));
  if (set.edited !== undefined) {
    add("Edited", `${since(set.edited.time)} by ${set.edited.manager} (${set.edited.operation})`);
  }
  if (set.measured && set.rules !== undefined) {
    const { nodes, exempt = 0, preferences = 0, metrics } = set.rules;
    add("Nodes", format.count(nodes) + (exempt > 0 ? `, with ${format.count(exempt)} exempt, since nobody can measure them` : ""));
    add("Ranks nodes", preferences > 0 ? `by ${format.counted(preferences, "preference")}` : "");
    add(
      "Metrics",
      metrics.map((metric) => metric.name + (metric.missing ? ` (missing on ${format.counted(metric.missing, "node")})` : "")).join(", "),
    );
  }
  return found;
}
