// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Numbers and times as the command line writes them, so that both say the same of the
// same thing.

/** plain is a number without an exponent, unless it is a very small one. */
export function plain(number: number): string {
  const size = Math.abs(number);
  if (size >= 1e6) {
    return fixed(number, 0);
  }
  if (size !== 0 && size < 1e-4) {
    const [mantissa = "", exponent = ""] = number.toExponential(5).split("e");
    return `${trimmed(mantissa)}e-${exponent.slice(1).padStart(2, "0")}`;
  }
  return trimmed(number.toPrecision(6));
}

/** trimmed leaves out zeros that say nothing. */
function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** fixed rounds halves to the even digit, as Go does. */
function fixed(number: number, digits: number): string {
  const tenfold = 10 ** digits;
  // Only such numbers lie exactly in the middle: 0.25, though not 0.15.
  const half = Number.isInteger(number * 2 ** (digits + 1)) && !Number.isInteger(number * 2 ** digits);
  if (half) {
    const below = Math.floor(number * tenfold);
    return ((below % 2 === 0 ? below : below + 1) / tenfold).toFixed(digits);
  }
  return number.toFixed(digits);
}

/** count has thousands apart: 5,000. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** counted is a number of things. */
export function counted(number: number, thing: string, things = thing + "s"): string {
  return `${count(number)} ${number === 1 ? thing : things}`;
}

/** threshold is a value that a person has written. */
export function threshold(number: number, fraction: boolean | undefined): string {
  return fraction ? plain(100 * number) + "%" : plain(number);
}

/** measured is a value that was measured, or a dash. */
export function measured(number: number | null | undefined, fraction: boolean | undefined): string {
  if (number === undefined || number === null) {
    return "-";
  }
  return fraction ? fixed(100 * number, 1) + "%" : plain(number);
}

/**
 * headroom is a share in whole percent. What is over a line by less than one is shown as
 * that.
 */
export function headroom(share: number | undefined): string {
  if (share === undefined) {
    return "-";
  }
  let percent = Math.sign(share) * Math.round(Math.abs(100 * share));
  if (percent === 0) {
    percent = share < 0 ? -1 : 0;
  }
  if (Math.abs(percent) >= 1e6) {
    return percent < 0 ? "<-999999%" : ">999999%"; // of a line near zero
  }
  return `${percent}%`;
}

/** seconds is a time in whole seconds: 3m5s. */
export function seconds(number: number): string {
  const whole = Math.max(0, Math.round(number));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = `${whole % 60}s`;
  if (hours > 0) {
    return `${hours}h${minutes}m${rest}`;
  }
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** lasting is a time as kubectl writes ages: two units at most. */
export function lasting(number: number): string {
  const all = Math.max(0, Math.floor(number));
  const minutes = Math.floor(all / 60);
  const hours = Math.floor(all / 3600);
  const days = Math.floor(hours / 24);
  if (all < 120) {
    return `${all}s`;
  }
  if (minutes < 10) {
    return two(minutes, "m", all % 60, "s");
  }
  if (minutes < 180) {
    return `${minutes}m`;
  }
  if (hours < 8) {
    return two(hours, "h", minutes % 60, "m");
  }
  if (hours < 48) {
    return `${hours}h`;
  }
  if (hours < 24 * 8) {
    return two(days, "d", hours % 24, "h");
  }
  if (days < 365 * 2) {
    return `${days}d`;
  }
  const years = Math.floor(days / 365);
  return days < 365 * 8 ? two(years, "y", days % 365, "d") : `${years}y`;
}

function two(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
}

/** clock is a time of day, by the clock of whoever looks: 12:03:41. */
export function clock(milliseconds: number): string {
  const at = new Date(milliseconds);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** minute is a time of day without its seconds. */
export function minute(milliseconds: number): string {
  return clock(milliseconds).slice(0, 5);
}

/** moment is a time of day, with the date where it is not that of now. */
export function moment(milliseconds: number, now: number): string {
  const at = new Date(milliseconds);
  if (at.toDateString() === new Date(now).toDateString()) {
    return clock(milliseconds);
  }
  const date = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  return `${date} ${clock(milliseconds)}`;
}

/** milliseconds is an instant that Go has written. Undefined for none, as for Go's zero time. */
export function milliseconds(time: string | undefined): number | undefined {
  const parsed = time === undefined ? NaN : Date.parse(time);
  return Number.isNaN(parsed) || parsed <= Date.parse("0001-01-02T00:00:00Z") ? undefined : parsed;
}

/** duration is the seconds of a duration that Go has written: 1h2m3.5s. */
export function duration(text: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, µs: 1e-6, ns: 1e-9 };
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(h|ms|m|s|µs|ns)/g)) {
    sum += Number(number) * (units[unit ?? ""] ?? 0);
  }
  return sum;
}

/** amount is how much of a resource, in the units that people give requests in. */
export function amount(resource: string, number: number): string {
  if (resource === "cpu") {
    return Math.round(1000 * number) + "m";
  }
  if (["memory", "storage", "ephemeral-storage"].includes(resource) || resource.startsWith("hugepages-")) {
    return bytes(number);
  }
  return plain(number);
}

function bytes(number: number): string {
  const units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
  let unit = 0;
  while (number >= 1024 && unit < units.length - 1) {
    number /= 1024;
    unit++;
  }
  return fixed(number, 1).replace(/\.0$/, "") + units[unit];
}

/** listed names the first few of many. */
export function listed(names: string[]): string {
  const shown = 5;
  if (names.length <= shown + 1) {
    return names.join(", ");
  }
  return `${names.slice(0, shown).join(", ")} and ${names.length - shown} more`;
}
