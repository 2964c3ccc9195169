// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// What is open in the browser, and all that went wrong there.

/** Session is one page at a time, in a browser that remembers nothing of the one before. */
export class Session {
  constructor(browser) {
    this.browser = browser;
    this.page = undefined;
    this.problems = [];
  }

  /** open opens a page, and watches it. */
  async open({ url, colorScheme = "light", width = 1280, height = 900, reducedMotion = "reduce" }) {
    await this.context?.close();
    this.context = await this.browser.newContext({
      colorScheme,
      reducedMotion,
      viewport: { width, height },
      locale: "en-US",
      timezoneId: "UTC",
      serviceWorkers: "block",
    });
    this.page = await this.context.newPage();
    await this.watch(url);
    await this.page.goto(url);
  }

  async watch(url) {
    const { page } = this;
    const home = new URL(url).origin;
    await page.exposeFunction("testHasViolation", (text) => this.problems.push(`against the Content-Security-Policy: ${text}`));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        window.testHasViolation(`${event.violatedDirective} forbids ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
      });
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) {
        this.problems.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    page.on("pageerror", (error) => this.problems.push(`uncaught: ${error.stack}`));
    page.on("dialog", (dialog) => {
      this.problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("popup", (popup) => this.problems.push(`popup: ${popup.url()}`));
    // Also what never leaves the browser is written down.
    this.context.on("request", (request) => {
      if (new URL(request.url()).origin !== home) {
        this.problems.push(`request to another host: ${request.url()}`);
      }
    });
  }
}
