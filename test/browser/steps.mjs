// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// What a test may do with the page, and ask of it. Elements are found by what they are
// and are called, as a screen reader finds them, or by their ids.

import { readFile } from "node:fs/promises";

import { file } from "./library.mjs";

/** patience bounds every wait for what the page is told next, in milliseconds, and short those for what is there. */
const patience = 90_000;
const short = 60_000;

/** open opens the page, and waits until it says something. */
export async function open(session, options) {
  await session.open(options);
  session.page.setDefaultTimeout(short);
  await session.page.locator("#headline").waitFor();
  await said(session, { id: "headline", not: "Loading" });
}

/** problems are those since the last question, but for expected ones. */
export function problems(session, { expected = "^$" }) {
  const found = session.problems.filter((problem) => !new RegExp(expected).test(problem));
  session.problems = [];
  return found;
}

/** text is that of an element. */
export const text = ({ page }, { id }) => page.locator(`#${id}`).innerText();

/** said waits until an element says a text, or no more. */
export async function said({ page }, { id, what, not }) {
  await page.waitForFunction(
    ([id, what, not]) => {
      const element = document.getElementById(id);
      const text = element !== null && element.checkVisibility() ? element.textContent : "";
      return what === undefined ? !text.includes(not) : text.includes(what);
    },
    [id, what, not],
    { timeout: patience },
  );
}

/** level is how urgent the banner says it is. */
export const level = ({ page }) => page.locator("#banner").getAttribute("data-level");

/** table is what a table says to whoever looks at it: its titles, and its rows by their keys. */
export const table = ({ page }, { id }) =>
  page.locator(`#${id}`).evaluate((table) => {
    const words = (cell) => {
      const copy = cell.cloneNode(true);
      copy.querySelectorAll("[aria-hidden=true], .visually-hidden, [hidden]").forEach((part) => part.remove());
      return copy.textContent.replace(/\s+/g, " ").trim();
    };
    return {
      titles: [...table.tHead.rows[0].cells].map(words),
      rows: [...table.tBodies[0].rows]
        .filter((row) => row.dataset.key !== undefined)
        .map((row) => ({ key: row.dataset.key, cells: [...row.cells].map(words) })),
    };
  });

/** ruleSets are those that are listed. */
export const ruleSets = ({ page }) =>
  page.locator("#rule-list > .rule-set").evaluateAll((sets) =>
    sets.map((set) => ({
      name: set.querySelector("h3").textContent.trim(),
      state: set.dataset.state,
      error: set.querySelector(".error")?.textContent ?? "",
      text: set.innerText,
    })),
  );

/** filter chooses among the nodes. */
export async function filter({ page }, { name = "", state = "", ruleSet = "" }) {
  await page.getByRole("searchbox", { name: "Node name" }).fill(name);
  await page.getByRole("combobox", { name: "State" }).selectOption(state);
  const ruleSets = page.getByRole("combobox", { name: "Rule set" });
  if (await ruleSets.isVisible()) {
    await ruleSets.selectOption(ruleSet);
  }
}

/** sort sorts a table by a column. */
export const sort = ({ page }, { id, title }) => page.locator(`#${id}`).getByRole("button", { name: title, exact: true }).click();

/** turn turns the pages of a table, and returns what it says then of where it is. */
export async function turn({ page }, { of, to }) {
  const pager = page.getByRole("navigation", { name: `Pages of ${of}` });
  await pager.getByRole("button", { name: to, exact: true }).click();
  return (await pager.locator(".range").innerText()).trim();
}

/** toggle opens a row of a table by its button, or closes it, and returns whether it is open. */
export async function toggle({ page }, { id, key }) {
  const button = row(page, id, key).getByRole("button").first();
  await button.click();
  return (await button.getAttribute("aria-expanded")) === "true";
}

const row = (page, id, key) => page.locator(`#${id} tr[data-key=${JSON.stringify(key)}]`);

/** detail is what a row has opened to. */
export async function detail({ page }, { id, key, settled = "" }) {
  const opened = row(page, id, key).locator("xpath=following-sibling::tr[1][contains(@class, 'detail')]");
  if (settled !== "") {
    await opened.getByText(settled).first().waitFor();
  }
  return opened.innerText();
}

/** focus puts the focus on a row's button. */
export const focus = ({ page }, { id, key }) => row(page, id, key).getByRole("button").first().focus();

/** focused is what has the focus: its role and name. */
export const focused = ({ page }) => page.evaluate(describeFocused);

function describeFocused() {
  const element = document.activeElement;
  if (element === null || element === document.body) {
    return "";
  }
  const label = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
  return `${element.localName} ${label.replace(/\s+/g, " ").trim()}`;
}

/** refreshed waits until the page has asked anew, so many times, and shows it. */
export async function refreshed({ page }, { times = 2 }) {
  for (let i = 0; i < times; i++) {
    await page.waitForResponse((response) => new URL(response.url()).pathname === "/v1/nodes" && response.ok(), { timeout: patience });
  }
  await drawn(page);
}

/** drawn waits until what the page was told is in view. */
const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** walk goes with the Tab key through a page that was just opened, and returns what it met. */
export async function walk({ page }) {
  // Whatever can be clicked or filled in must be met.
  const reachable = await page.evaluate(() => {
    const controls = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")];
    const visible = controls.filter((control) => control.checkVisibility({ visibilityProperty: true }) && !control.disabled && control.tabIndex >= 0);
    visible.forEach((control, i) => (control.dataset.testWalk = String(i)));
    return visible.length;
  });
  const met = [];
  const unseen = [];
  const order = [];
  for (let i = 0; i < reachable + 20; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) {
        return undefined;
      }
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return {
        index: element.dataset.testWalk,
        outlined: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none",
        inView: box.bottom > 0 && box.top < innerHeight && box.width > 0,
      };
    });
    if (at === undefined) {
      break; // the end of the page
    }
    const name = await page.evaluate(describeFocused);
    if (met.includes(at.index)) {
      break;
    }
    met.push(at.index);
    order.push(name);
    if (!at.outlined || !at.inView) {
      unseen.push(name);
    }
  }
  const missed = await page.evaluate(
    (met) =>
      [...document.querySelectorAll("[data-test-walk]")]
        .filter((control) => !met.includes(control.dataset.testWalk))
        .map((control) => `${control.localName}${control.id && "#" + control.id} ${control.textContent.slice(0, 40)}`),
    met,
  );
  return { order, missed, unseen };
}

/** focusOn puts the focus on an element. */
export const focusOn = ({ page }, { id }) => page.locator(`#${id}`).focus();

/** press presses keys one after the other. */
export async function press({ page }, { keys }) {
  for (const key of keys) {
    await page.keyboard.press(key);
  }
}

/** type types a text where the focus is. */
export const type = ({ page }, { what }) => page.keyboard.type(what);

/** position tells how far the page is scrolled, and where an element is in the view, in pixels. */
export const position = ({ page }, { id }) =>
  page.evaluate((id) => ({ scrolled: scrollY, top: document.getElementById(id).getBoundingClientRect().top }), id);

/** tree is what there is for a screen reader: roles and names. */
export const tree = ({ page }) => page.locator("body").ariaSnapshot();

/** violations are those of the Web Content Accessibility Guidelines, levels A and AA. */
export async function violations({ page }) {
  if ((await page.evaluate(() => typeof window.axe)) === "undefined") {
    await page.evaluate(await readFile(file("axe-core/axe.min.js"), "utf8"));
  }
  return page.evaluate(async () => {
    const found = await window.axe.run(document, {
      preload: false, // which would ask for the styles anew
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    });
    return found.violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary.replace(/\s+/g, " ")}`),
    );
  });
}

/** overflowing are the elements that make the page scroll sideways. */
export const overflowing = ({ page }) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth <= width) {
      return [];
    }
    const wide = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > width + 1);
    return [`the page is ${document.scrollingElement.scrollWidth} wide, and there is room for ${width}`].concat(
      wide.slice(0, 20).map((element) => `${element.localName}${element.id && "#" + element.id}.${element.className}`),
    );
  });

/** count counts elements. */
export const count = ({ page }, { selector }) => page.locator(selector).count();

/** took measures in milliseconds how long the page works to show a change of what it is told. */
export async function took({ page }) {
  const began = await page.evaluate(() => {
    window.testTasks = [];
    new PerformanceObserver((list) => window.testTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
    return performance.now();
  });
  await refreshed({ page }, { times: 1 });
  return page.evaluate(
    (began) => {
      const nodes = performance.getEntriesByType("resource").filter((entry) => new URL(entry.name).pathname === "/v1/nodes" && entry.startTime >= began);
      return {
        nodesMilliseconds: nodes.map((entry) => entry.duration),
        nodesBytes: nodes.map((entry) => entry.encodedBodySize),
        longTasks: window.testTasks,
        heapMegabytes: performance.memory === undefined ? 0 : performance.memory.usedJSHeapSize / 2 ** 20,
      };
    },
    began,
  );
}

/** range chooses how far back the time axis goes. */
export async function range({ page }, { minutes }) {
  const answered = page.waitForResponse((response) => response.url().endsWith(`/v1/timeline?minutes=${minutes}`));
  await page.getByRole("combobox", { name: "Range" }).selectOption(String(minutes));
  await answered;
  await drawn(page);
}

/** screenshot writes a picture of what is in view, or of the page down to a height in pixels. */
export async function screenshot({ page }, { path, height }) {
  await page.evaluate(() => window.scrollTo(0, 0));
  const { width } = page.viewportSize();
  const clip = height === undefined ? undefined : { x: 0, y: 0, width, height };
  await page.screenshot({ path, fullPage: height !== undefined, clip, animations: "disabled", caret: "hide" });
}
