// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Elements are made and changed here. What comes from a cluster only ever becomes text.

/** Attributes of an element. "class" and others as in HTML; undefined for none. */
export type Attributes = Record<string, string | undefined>;

/** element makes an element with attributes and content. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    setAttribute(made, name, value);
  }
  made.append(...content);
  return made;
}

/** byId is an element of the page as it is served. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (found === null) {
    throw new Error(`the page has no element #${id}`);
  }
  return found as E;
}

/** setText changes a text, if it is another one: a selection within it stays. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** setAttribute changes an attribute, if it is another one. Undefined takes it away. */
export function setAttribute(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

/** setHidden shows or hides an element. */
export function setHidden(element: HTMLElement, hidden: boolean): void {
  if (element.hidden !== hidden) {
    element.hidden = hidden;
  }
}

/**
 * arrange puts children into an order, and moves as few as it can: an element that is
 * moved loses the focus. Children that are not among them are taken out.
 */
export function arrange(parent: Element, children: Element[]): void {
  const wanted = new Set(children);
  for (const child of [...parent.children]) {
    if (!wanted.has(child)) {
      child.remove();
    }
  }
  const focused = document.activeElement;
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) {
      next = next.nextElementSibling;
    } else {
      parent.insertBefore(child, next);
    }
  }
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}

/** Kept makes things once for each key, and forgets those that are not asked for. */
export class Kept<T> {
  private readonly made = new Map<string, T>();

  /** each has one thing for each item, made or from before, in their order. */
  each<Item>(items: Item[], key: (item: Item) => string, make: (item: Item) => T): T[] {
    const keys = new Set(items.map(key));
    for (const old of this.made.keys()) {
      if (!keys.has(old)) {
        this.made.delete(old);
      }
    }
    return items.map((item) => {
      const of = key(item);
      let found = this.made.get(of);
      if (found === undefined) {
        found = make(item);
        this.made.set(of, found);
      }
      return found;
    });
  }
}

/** scroller is a box for a table that may be too wide. Only then it takes the focus, for the arrow keys. */
export function scroller(label: string, table: HTMLElement): HTMLElement {
  const box = element("div", { class: "scrolls", role: "group", "aria-label": label }, table);
  const observer = new ResizeObserver(() => {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    setAttribute(box, "tabindex", scrolls ? "0" : undefined);
  });
  observer.observe(box);
  observer.observe(table);
  return box;
}

/** setFacts writes names and texts into a list of descriptions. */
export function setFacts(list: HTMLElement, facts: [string, string][]): void {
  const same = list.children.length === facts.length && facts.every(([name], i) => list.children[i]?.firstElementChild?.textContent === name);
  if (!same) {
    list.replaceChildren(...facts.map(([name]) => element("div", {}, element("dt", {}, name), element("dd"))));
  }
  facts.forEach(([, text], i) => setText(list.children[i]?.lastElementChild as Element, text));
}

/** setNotice shows why something is not there or not fresh, or hides it. */
export function setNotice(notice: HTMLElement, text: string): void {
  setText(notice, text);
  setHidden(notice, text === "");
}
