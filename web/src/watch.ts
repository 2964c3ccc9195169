// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Asking the scheduler, in step with its measurements.

import type { Evictions, Nodes, Planning, Rules, Snapshot, Standing, Timeline, Version, Waiting } from "./api.ts";
import type { Asked } from "./model/banner.ts";

/** Answer is what came of a request. Status is 0 where there was no answer at all. */
export type Answer<T> = { ok: true; value: T } | { ok: false; status: number; why: string };

/** Get asks for a path. */
export type Get = <T>(path: string) => Promise<Answer<T>>;

const timeout = 30_000;

/** get asks where the page comes from. */
export const get: Get = async <T>(path: string): Promise<Answer<T>> => {
  try {
    const response = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(timeout) });
    if (!response.ok) {
      return { ok: false, status: response.status, why: (await response.text()).trim().slice(0, 500) || `HTTP status ${response.status}` };
    }
    return { ok: true, value: (await response.json()) as T };
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    const why = late ? `no answer within ${timeout / 1000}s` : error instanceof SyntaxError ? "the answer is not JSON" : "no answer";
    return { ok: false, status: 0, why };
  }
};

/** Known is all that is known at a time. What was known before stays while it cannot be asked. */
export interface Known {
  nodes?: Nodes;
  rules?: Rules;
  version?: Version;
  standing: Asked<Standing>;
  evictions: Asked<Evictions>;
  waiting: Asked<Waiting>;
  plan: Asked<Planning>;
  timeline: Asked<Timeline>;
  /** unmeasured tells that the scheduler answers, and has measured nothing yet. */
  unmeasured: boolean;
  /** lost is why the scheduler does not answer. */
  lost?: string;
  /** received is when the snapshot was received, in milliseconds by the clock here. */
  received: number;
  /** ahead is how far the scheduler's clock is ahead of the one here, in milliseconds. */
  ahead: number;
  /** interval is the time between two snapshots, in seconds, once two were seen. */
  interval?: number;
}

/** nothing is what is known at first. */
export function nothing(): Known {
  return { standing: {}, evictions: {}, waiting: {}, plan: {}, timeline: {}, unmeasured: false, received: 0, ahead: 0 };
}

/** now is the time by the scheduler's clock. */
export function now(known: Known): number {
  return Date.now() + known.ahead;
}

/** age is that of the snapshot by now, in seconds. */
export function age(known: Known): number {
  return (known.rules?.snapshot.ageSeconds ?? 0) + (Date.now() - known.received) / 1000;
}

/** interval is the time between two snapshots, in seconds, as far as it is known: steps are no shorter. */
export function interval(known: Known): number {
  return known.interval ?? known.timeline.value?.stepSeconds ?? 15;
}

/** isAnother tells whether nodes were judged anew. Another process begins to number anew. */
export function isAnother(a: Snapshot | undefined, b: Snapshot): boolean {
  return a === undefined || a.generation !== b.generation || a.time !== b.time;
}

/** intervalOf is the time between snapshots, in seconds, as two of one process tell it. */
export function intervalOf(earlier: Snapshot | undefined, later: Snapshot, otherwise: number | undefined): number | undefined {
  const number = later.generation - (earlier?.generation ?? later.generation);
  const apart = (Date.parse(later.time) - Date.parse(earlier?.time ?? later.time)) / 1000;
  const interval = apart / number;
  return number > 0 && interval >= 1 && interval <= 600 ? interval : otherwise;
}

/** delay is when to ask again, in seconds: soon after the next snapshot is due. */
export function delay(known: Known, failures: number): number {
  if (failures > 0) {
    return Math.min(15, 2 ** failures);
  }
  if (known.unmeasured || known.interval === undefined) {
    return 3;
  }
  const due = known.interval - age(known) + 0.5;
  return due < 0 ? 5 : Math.max(1, due);
}

/** isDue tells whether a timeline has another step by now. */
export function isDue(timeline: Timeline | undefined, now: number): boolean {
  return timeline === undefined || 1000 * ((timeline.times.at(-1) ?? 0) + timeline.stepSeconds) <= now;
}

/** Watch asks again and again while somebody looks. It never asks twice at a time. */
export class Watch {
  readonly known = nothing();
  private failures = 0;
  private busy = false;
  private again = false;
  /** planned tells that there is a plan to ask for: only "kubectl loadline dashboard" has it. */
  private planned = true;
  private timer: number | undefined;
  /** minutes is the range of the timeline that is known. */
  private minutes = 0;

  constructor(
    private readonly get: Get,
    private readonly range: () => number,
    private readonly show: (known: Known) => void,
  ) {}

  start(): void {
    document.addEventListener("visibilitychange", () => this.look());
    this.look();
  }

  /** look asks now, or once more after what is being asked. */
  look(): void {
    window.clearTimeout(this.timer);
    if (document.hidden) {
      return;
    }
    if (this.busy) {
      this.again = true;
      return;
    }
    void this.turn();
  }

  private async turn(): Promise<void> {
    this.busy = true;
    try {
      await this.ask();
      this.show(this.known);
    } finally {
      this.busy = false;
      this.schedule();
    }
  }

  private schedule(): void {
    if (this.again) {
      this.again = false;
      this.look();
    } else if (!document.hidden) {
      this.timer = window.setTimeout(() => this.look(), 1000 * delay(this.known, this.failures));
    }
  }

  private async ask(): Promise<void> {
    const rules = await this.get<Rules>("/v1/rules");
    if (!rules.ok && rules.status !== 503) {
      return this.lose(rules.why);
    }
    this.known.unmeasured = !rules.ok;
    const [nodes] = await Promise.all([rules.ok ? this.askNodes(rules.value) : undefined, this.askRest(), this.askTimeline(rules.ok)]);
    if (nodes !== undefined && !nodes.ok) {
      return this.lose(nodes.why);
    }
    delete this.known.lost;
    this.failures = 0;
  }

  private lose(why: string): void {
    this.known.lost = why;
    this.failures++;
  }

  /** askNodes asks for them if they were judged anew. */
  private async askNodes(rules: Rules): Promise<Answer<Nodes> | undefined> {
    const received = Date.now();
    const answer = isAnother(this.known.nodes?.snapshot, rules.snapshot) ? await this.get<Nodes>("/v1/nodes") : undefined;
    if (answer !== undefined && !answer.ok) {
      return answer;
    }
    const { known } = this;
    const interval = intervalOf(known.rules?.snapshot, rules.snapshot, known.interval);
    if (interval !== undefined) {
      known.interval = interval;
    }
    known.rules = rules;
    known.received = received;
    known.ahead = Date.parse(rules.snapshot.time) + 1000 * rules.snapshot.ageSeconds - received;
    if (answer !== undefined) {
      known.nodes = answer.value;
    }
    return answer;
  }

  private async askRest(): Promise<void> {
    const { known } = this;
    const [standing, evictions, waiting, plan, version] = await Promise.all([
      this.get<Standing>("/v1/standing"),
      this.get<Evictions>("/v1/evictions"),
      this.get<Waiting>("/v1/waiting"),
      this.planned ? this.get<Planning>("/v1/plan") : undefined,
      this.get<Version>("/v1/version"),
    ]);
    known.standing = merged(known.standing, standing);
    known.evictions = merged(known.evictions, evictions);
    known.waiting = merged(known.waiting, waiting);
    if (plan !== undefined) {
      this.planned = plan.ok || plan.status !== 404;
      known.plan = this.planned ? merged(known.plan, plan) : {};
    }
    if (version.ok) {
      known.version = version.value;
    }
  }

  /** askTimeline asks for it once another step is over, or for another range. */
  private async askTimeline(measured: boolean): Promise<void> {
    const { known } = this;
    const minutes = this.range();
    if (!measured || (minutes === this.minutes && known.timeline.failure === undefined && !isDue(known.timeline.value, now(known)))) {
      return;
    }
    known.timeline = merged(known.timeline, await this.get<Timeline>(`/v1/timeline?minutes=${minutes}`));
    this.minutes = minutes;
  }
}

/** merged is an answer, or what was known before with why there is no newer one. */
function merged<T>(before: Asked<T>, answer: Answer<T>): Asked<T> {
  return answer.ok ? { value: answer.value } : { ...before, failure: answer.why };
}
