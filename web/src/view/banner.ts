// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// The banner: how it stands, in words.

import * as banner from "../model/banner.ts";
import * as format from "../model/format.ts";
import * as watch from "../watch.ts";
import { Announcer } from "./announcer.ts";
import { byId, setAttribute, setNotice, setText } from "./dom.ts";

/** BannerView shows the overall state, and tells those who listen when it changes. */
export class BannerView {
  private readonly header = byId("banner");
  private readonly announcer = new Announcer();
  private level: banner.Level = "unknown";
  /** said are the parts of an announcement that do not change by themselves. */
  private said: string[] = [];

  show(known: watch.Known): void {
    const headline = headlineOf(known);
    this.level = headline.level;
    setText(byId("headline"), headline.text);
    setText(byId("headline-details"), headline.details);
    const lost = lostText(known);
    setNotice(byId("connection"), lost);
    const mode = banner.descheduler(known.plan, known.evictions, watch.now(known), watch.interval(known));
    const ruleSets = known.standing.value === undefined ? unknown(known.standing.failure) : banner.ruleSets(known.standing.value);
    fact("fact-descheduler", mode);
    fact("fact-rules", ruleSets);
    fact("fact-version", { text: known.version?.version ?? "not known", level: "good" });
    this.said = [lost === "" ? "Connected again" : "Connection lost", `Rule sets: ${ruleSets.text}`, `Descheduler: ${mode.text}`];
    document.title = `${lost === "" ? headline.text : "Connection lost"} – Loadline`;
    this.tick(known);
  }

  /** tick shows the age of the data, which changes by itself. */
  tick(known: watch.Known): void {
    const data: banner.Saying =
      known.rules === undefined
        ? { text: "none yet", level: "unknown" }
        : banner.data(watch.age(known), known.rules.ruleSets, watch.interval(known));
    const stale = known.lost === undefined && data.level === "alert";
    fact("fact-data", data);
    setNotice(byId("stale"), stale ? staleText(known) : "");
    const current = !stale && known.lost === undefined;
    setAttribute(this.header, "data-level", current ? this.level : "unknown");
    const parts = [...this.said, stale ? "Data is stale" : "Data is fresh again"];
    setText(byId("announcer"), this.announcer.announce(parts, byId("headline").textContent ?? "", this.level, Date.now()));
  }
}

function headlineOf(known: watch.Known): banner.Headline {
  if (known.nodes !== undefined) {
    return banner.headline(known.nodes);
  }
  if (known.unmeasured) {
    const details = "The first measurement takes up to an interval, 15s unless configured otherwise. If it stays so: kubectl loadline preflight";
    return { text: "Nothing has been measured yet", details, level: "unknown" };
  }
  return { text: known.lost === undefined ? "Loading" : "The scheduler does not answer", details: "", level: "unknown" };
}

function staleText(known: watch.Known): string {
  const at = format.milliseconds(known.rules?.snapshot.time);
  return `No node was judged since ${at === undefined ? "then" : format.moment(at, watch.now(known))}: what is shown is of that time. The scheduler's log says why.`;
}

function lostText(known: watch.Known): string {
  if (known.lost === undefined) {
    return "";
  }
  const since = known.received === 0 ? "" : `, showing what was known at ${format.clock(known.received)}`;
  return `Connection lost${since}: ${known.lost}. Trying again.`;
}

function unknown(failure: string | undefined): banner.Saying {
  return { text: failure === undefined ? "not known" : `not known: ${failure}`, level: failure === undefined ? "unknown" : "notice" };
}

function fact(id: string, { text, level }: banner.Saying): void {
  const element = byId(id);
  setText(element, text);
  setAttribute(element, "data-level", level);
}
