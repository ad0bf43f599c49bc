// The status page where tokens are set, and where the console is off.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { checkAccessibility, launch, nothingWentWrong, open, shoot } from "./browser.mjs";
import { Daemon } from "./daemon.mjs";

const ADMIN = "a-token-that-may-do-all";
const READER = "a-token-that-may-only-read";
const WATCHER = "a-token-that-may-see-and-read";

let browser, daemon, plain, folder;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "gatewayd-page-"));
  const file = path.join(folder, "tokens");
  fs.writeFileSync(file, `ops ${ADMIN}\nreports ${READER} read\nwatcher ${WATCHER} read,admin\n`, { mode: 0o600 });
  browser = await launch();
  daemon = Daemon.embedded(1, "--admin_console", `--tokens_file=${file}`);
  plain = Daemon.embedded(1);
  await Promise.all([daemon.grpc(), plain.grpc()]);
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  await plain?.stop();
  fs.rmSync(folder, { recursive: true });
});

async function giveToken(page, token) {
  await page.locator("#token-input").fill(token);
  await page.locator("#token-form button").click();
}

test("asks for a token, keeps it in this tab alone, and forgets it", async () => {
  const page = await open(browser, await daemon.admin());
  await page.locator("#token").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "token-input");
  await checkAccessibility(page, "the form for a token");
  await shoot(page, "token");
  await giveToken(page, "a-token-that-nobody-knows");
  await page.locator("#token-error", { hasText: "not valid" }).waitFor();
  await giveToken(page, READER);
  await page.locator("#token-error", { hasText: 'Token "reports" lacks the right "admin"' }).waitFor();
  await giveToken(page, ADMIN);
  await page.locator("#gateways .badge", { hasText: "linked" }).waitFor();
  assert.ok(await page.locator("#send").isVisible());
  assert.equal(await page.evaluate(() => localStorage.length + document.cookie.length), 0);
  await page.reload();
  await page.locator("#gateways .badge", { hasText: "linked" }).waitFor();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.locator("#token").waitFor();
  await page.locator("#forget").click();
  await page.locator("#token").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  nothingWentWrong(page, /status of 40[13]/);
});

test("shows of the console what the token may", async () => {
  const page = await open(browser, await daemon.admin());
  await giveToken(page, WATCHER);
  await page.locator("#look-up").waitFor();
  assert.ok(!(await page.locator("#send").isVisible()));
  await page.locator("#look-up select").selectOption("group");
  await page.locator("#look-up input").fill("lobby");
  await page.locator("#look-up button").click();
  await page.locator("#result.good", { hasText: "Group lobby: 0 clients" }).waitFor();
  assert.match(daemon.output, /console: look up group by token "watcher": OK/);
  const answer = await fetch(`${await daemon.admin()}/api/console`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${WATCHER}` },
    body: JSON.stringify({ action: "send", target: "uid", id: "1", text: "no" }),
  });
  assert.equal(answer.status, 403);
  assert.match((await answer.json()).message, /lacks the right "send"/);
  for (const token of [ADMIN, READER, WATCHER]) assert.ok(!daemon.output.includes(token), "no token in the log");
});

test("says that the console is off, and needs no token where none are set", async () => {
  const page = await open(browser, await plain.admin());
  await page.locator("#console-off", { hasText: "--admin_console" }).waitFor();
  assert.ok(!(await page.locator("#console").isVisible()));
  await checkAccessibility(page, "without the console");
  nothingWentWrong(page);
});
