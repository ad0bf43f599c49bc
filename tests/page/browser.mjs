// Debian's Chromium without a screen, and what each test does with a page.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const SHOTS = path.join(path.dirname(fileURLToPath(import.meta.url)), "screenshots");

export function launch() {
  // As root there is no sandbox; the pages are our own.
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
}

// A page on which nothing may go wrong unseen: errors, and what the policy forbids, are collected. `expected` are
// those that the test provokes.
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.wrong = [];
  page.on("pageerror", (error) => page.wrong.push(String(error)));
  page.on("console", (line) => {
    if (line.type() === "error") page.wrong.push(line.text());
  });
  page.setDefaultTimeout(15_000);
  await page.goto(url);
  return page;
}

export function nothingWentWrong(page, ...expected) {
  assert.deepEqual(page.wrong.filter((text) => !expected.some((pattern) => pattern.test(text))), []);
}

export async function shoot(page, name) {
  fs.mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
}

// What axe finds wrong with the page as it is now. Put in by the debugger, which the page's policy does not bind.
export async function checkAccessibility(page, name) {
  await page.evaluate(fs.readFileSync(AXE, "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n  ")}`);
  assert.deepEqual(found, [], name);
}

// Goes through a page that was just loaded by Tab: each stop as "tag id|name", each with an outline that is seen.
export async function tabThrough(page) {
  const stops = [];
  for (let i = 0; i < 100; i += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return null;
      const style = getComputedStyle(at);
      const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
      const name = at.id || at.name || at.textContent.trim().slice(0, 40);
      return { name: `${at.tagName.toLowerCase()} ${at.form ? `${at.form.getAttribute("id")} ` : ""}${name}`, seen };
    });
    if (stop === null || (stops.length > 0 && stop.name === stops[0].name)) break;
    stops.push(stop);
  }
  assert.deepEqual(stops.filter((stop) => !stop.seen), [], "each stop shows that it has the focus");
  return stops.map((stop) => stop.name);
}

export async function hasNoSidewaysScroll(page) {
  const { wide, width } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, width: window.innerWidth }));
  assert.ok(wide <= width, `${wide} px on ${width}`);
}
