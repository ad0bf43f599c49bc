// The status page in a browser: a daemon on a cluster of two Gateways, one of them behind a cable that is cut.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { checkAccessibility, hasNoSidewaysScroll, launch, nothingWentWrong, open, shoot, tabThrough } from "./browser.mjs";
import { Cable, Daemon, eventually } from "./daemon.mjs";
import { Caller, message, texts } from "./grpc.mjs";

let browser, cluster, daemon, cable, caller, page, client, gateways, clientId;

const text = (selector) => page.locator(selector).innerText();
const gateway = (address) => page.locator("#gateways > li", { hasText: address });

// A WebSocket client in a page of its own, which keeps what it gets.
async function connectClient(url) {
  const other = await (await browser.newContext()).newPage();
  await other.goto(`${await cluster.admin()}/healthz`); // a page of this machine may connect to this machine
  await other.evaluate(
    (to) =>
      new Promise((resolve, reject) => {
        globalThis.got = [];
        globalThis.socket = new WebSocket(to);
        socket.onopen = resolve;
        socket.onerror = reject;
        socket.onmessage = ({ data }) => got.push(data);
      }),
    url,
  );
  return other;
}

before(async () => {
  [browser, cluster] = [await launch(), Daemon.embedded(2)];
  const status = await eventually("both Gateways are listed", async () => {
    const answer = await cluster.status();
    return answer.gateways.length === 2 && answer;
  });
  gateways = status.gateways.map(({ address }) => address);
  cable = new Cable(gateways[1]);
  const cabled = await cable.listen();
  daemon = new Daemon(["--admin_console", `--register=${status.registers[0].address}`, `--address_map=${gateways[1]}=${cabled}`]);
  caller = new Caller(await daemon.grpc());
  client = await connectClient(await cluster.websocket());
  [clientId] = await eventually("the client is there", async () => {
    const ids = texts(await caller.call("GetAllClientIdList").catch(() => Buffer.alloc(0)), 1);
    return ids.length === 1 && ids;
  });
  await caller.call("BindUid", message([1, clientId], [2, "ann"]));
  await caller.call("JoinGroup", message([1, clientId], [2, "lobby"]));
  page = await open(browser, await daemon.admin());
});

after(async () => {
  caller?.close();
  await browser?.close();
  await daemon?.stop();
  await cluster?.stop();
  await cable?.cut();
});

test("shows both Gateways with their links, and that all is well", async () => {
  await page.locator("#state", { hasText: "Serving" }).waitFor();
  assert.equal(await page.title(), "Serving – gatewayd");
  for (const address of gateways) {
    await gateway(address).locator(".badge", { hasText: "linked" }).waitFor();
    assert.deepEqual(await gateway(address).locator(".kind").allInnerTexts(), ["command", "query", "query"]);
    await gateway(address).locator(".link.good", { hasText: "command" }).waitFor();
  }
  assert.match(await gateway(gateways[1]).innerText(), /dialled as 127\.0\.0\.1:/);
  assert.match(await text("#registers"), /lists 2 Gateways/);
  assert.match(await text("#cluster-sum"), /2 of 2 Gateways linked · \d links up/);
  assert.match(await text("#changes"), /Gateway joined/);
});

test("a worker that is attached shows up, with its window and lag, and its leaving is told", async () => {
  await page.locator("#workers-none").waitFor();
  const worker = caller.attach("night shift", 50);
  const row = page.locator("#workers > li", { hasText: "night shift" });
  await row.waitFor();
  await page.locator("#changes > li", { hasText: "Worker attached" }).waitFor();
  await gateway(gateways[0]).locator(".link.good .kind", { hasText: "event" }).waitFor();
  await client.evaluate(() => socket.send("to be acknowledged never"));
  await row.locator('[data-part="window"]', { hasText: "1 of 50" }).waitFor();
  await eventually("its lag grows", async () => !(await row.locator('[data-part="lag"]').innerText()).startsWith("0"));
  await shoot(page, "worker");
  await checkAccessibility(page, "with a worker");
  worker.close();
  await page.locator("#workers-none").waitFor();
  const lost = page.locator("#changes > li.bad", { hasText: "Worker lost" });
  assert.match(await lost.first().innerText(), /its stream broke/);
  assert.match(await page.locator("#announce").textContent(), /Worker lost/);
});

test("calls move the plots", async () => {
  const working = setInterval(() => caller.call("GetAllClientCount").catch(() => {}), 20);
  const calls = page.locator(".plot", { hasText: "Calls and commands" });
  await eventually("calls are counted", async () => /^[1-9]/.test(await calls.locator(".value").innerText()));
  const latency = page.locator(".plot", { hasText: "Latency, 99th percentile" });
  await eventually("calls are timed", async () => /[µm]?s$/.test(await latency.locator(".value").innerText()));
  clearInterval(working);
  assert.match(await calls.locator("svg").getAttribute("aria-label"), /the last two minutes: now .*highest/);
  await eventually("the line is drawn", async () => /M.*L/.test(await calls.locator(".line0").getAttribute("d")));
});

test("a link that is cut shows why, and its coming back too", async () => {
  await cable.cut();
  const cut = gateway(gateways[1]);
  await cut.locator(".badge", { hasText: "unreachable" }).waitFor();
  await cut.locator(".link.bad .why", { hasText: /refused|closed|reset/ }).first().waitFor();
  await page.locator("#state", { hasText: "Degraded" }).waitFor();
  await page.locator("#notice", { hasText: gateways[1] }).waitFor();
  const lost = page.locator("#changes > li.bad", { hasText: "Link lost" }).filter({ hasText: gateways[1] });
  assert.match(await lost.first().innerText(), /closed|reset|refused/);
  await shoot(page, "degraded");
  await checkAccessibility(page, "degraded");
  await cable.mend();
  await cut.locator(".badge", { hasText: "linked" }).waitFor();
  await page.locator("#state", { hasText: "Serving" }).waitFor();
  await page.locator("#notice").waitFor({ state: "hidden" });
});

async function lookUp(target, id) {
  await page.locator("#look-up select").selectOption(target);
  await page.locator("#look-up input").fill(id);
  await page.locator("#look-up button").click();
}

test("the console looks up a uid, a client and a group", async () => {
  await lookUp("uid", "ann");
  await page.locator("#result.good", { hasText: "Uid ann: online" }).waitFor();
  assert.match(await text("#result"), new RegExp(clientId));
  await lookUp("client", clientId);
  await page.locator("#result.good", { hasText: `Client ${clientId}: online` }).waitFor();
  assert.match(await text("#result"), /ann[^]*lobby/);
  await lookUp("group", "lobby");
  await page.locator("#result.good", { hasText: "Group lobby: 1 client" }).waitFor();
  await lookUp("uid", "nobody");
  await page.locator("#result.good", { hasText: "Uid nobody: not online" }).waitFor();
  await lookUp("client", "no client_id");
  await page.locator("#result.bad", { hasText: "INVALID_ARGUMENT" }).waitFor();
});

test("the console sends a message to a WebSocket client, and what looks like HTML stays text", async () => {
  const html = '<img src=x onerror="alert(1)"> hello';
  await page.locator("#send select").selectOption("uid");
  await page.locator("#send input").fill("ann");
  await page.locator("#send textarea").fill(html);
  await page.locator("#send button").click();
  await page.locator("#result.good", { hasText: "Sent to uid ann: 2 Gateways took it." }).waitFor();
  await eventually("it arrives", () => client.evaluate((sent) => got.includes(sent), html));
  await lookUp("group", html);
  await page.locator("#result", { hasText: html }).waitFor();
  assert.equal(await page.locator("#result img").count(), 0);
  await lookUp("uid", "ann");
  await page.locator("#result.good", { hasText: "Uid ann: online" }).waitFor();
  await shoot(page, "light");
  await checkAccessibility(page, "with the console's answer");
  assert.match(daemon.output, /console: send to uid: OK/);
  assert.doesNotMatch(daemon.output, /onerror/, "no message in the log");
});

test("every control is reached by Tab and shows its focus", async () => {
  await page.reload();
  await gateway(gateways[1]).locator(".link.good").first().waitFor();
  const stops = await tabThrough(page);
  const wanted = [/^a .*Skip/, /^button pause/, /^summary/, /^div changes-box/, /^select look-up/, /^input look-up/, /^button look-up/, /^textarea send/, /^button send/];
  for (const stop of wanted) assert.ok(stops.some((name) => stop.test(name)), `${stop} in ${stops.join(", ")}`);
});

test("a dark screen, a phone, and a pause", async () => {
  await lookUp("client", clientId);
  await page.locator("#result.good", { hasText: clientId }).waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  await checkAccessibility(page, "dark");
  await shoot(page, "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 844 });
  await hasNoSidewaysScroll(page);
  await checkAccessibility(page, "phone");
  await shoot(page, "phone");
  await page.setViewportSize({ width: 320, height: 640 });
  await hasNoSidewaysScroll(page);
  await page.locator("#pause").click();
  await page.locator("#state", { hasText: "Paused" }).waitFor();
  await page.locator("#pause").click();
  await page.locator("#state", { hasText: "Serving" }).waitFor();
});

test("a daemon that is gone is said to be", async () => {
  nothingWentWrong(page, /the server responded with a status of 400/);
  await daemon.stop();
  await page.locator("#state", { hasText: "No answer" }).waitFor();
  await page.locator("#notice.bad", { hasText: "The daemon does not answer." }).waitFor();
});
