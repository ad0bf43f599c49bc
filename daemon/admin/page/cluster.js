// The cluster as this daemon sees it: Registers, Gateways, and each link.
import { byId, element, keyed, part, setClass, setText } from "./dom.js";
import { bytes, bytesPerSecond, count, duration, plural } from "./format.js";
import { follow, growth, secondsBetween } from "./rates.js";

const OPEN_UNTIL = 6; // Gateways, up to which each shows its links at once
const FILTER_FROM = 12;

// How a link is drawn: what holds, what is not wanted now, and what is in trouble.
const LINK_LOOK = { ready: "good", idle: "quiet", connecting: "bad", authenticating: "bad", closing: "quiet", backoff: "bad", stalled: "warn" };
const LINK_WORDS = { backoff: "waits to try again", idle: "not wanted now", stalled: "stalled", closing: "closing" };

const inTrouble = (gateway) =>
  !gateway.usable || !gateway.listed || gateway.refused !== "" || gateway.links.some((link) => ["bad", "warn"].includes(LINK_LOOK[link.state]));

function verdict(gateway) {
  if (gateway.refused) return ["bad", "refuses commands"];
  if (!gateway.tried) return ["quiet", "not tried yet"];
  if (!gateway.usable) return ["bad", "unreachable"];
  if (!gateway.listed) return ["warn", "not listed"];
  return inTrouble(gateway) ? ["warn", "a link is down"] : ["good", "linked"];
}

// What else there is to know of a Gateway, in one line.
function about(gateway) {
  const facts = [];
  if (gateway.dial_address !== gateway.address) facts.push(`dialled as ${gateway.dial_address}`);
  if (gateway.client_id_address && gateway.client_id_address !== gateway.address) facts.push(`client_ids carry ${gateway.client_id_address}`);
  if (gateway.generation) facts.push(`generation ${gateway.generation}`);
  if (gateway.queries_waiting) facts.push(`${plural(gateway.queries_waiting, "query", "queries")} waiting`);
  return facts.join(" · ");
}

// Nothing where nothing goes, so that what goes is seen.
const traffic = (sent, received) => (sent || received ? [`${bytesPerSecond(sent)} out, ${bytesPerSecond(received)} in`] : []);

function makeLink() {
  return element(
    "li",
    {},
    element("span", { className: "kind", "data-part": "kind" }),
    element("span", { className: "wire", "aria-hidden": "true" }),
    element("span", { className: "how", "data-part": "state" }),
    element("span", { className: "soft rate", "data-part": "rate" }),
    element("span", { className: "why", "data-part": "why" }),
  );
}

function fillLink(node, link) {
  const look = LINK_LOOK[link.state] ?? "quiet";
  setClass(node, `link ${look}`);
  setText(part(node, "kind"), link.kind);
  const since = link.state === "stalled" ? ` for ${duration((link.now - link.state_since) / 1000)}` : "";
  setText(part(node, "state"), (LINK_WORDS[link.state] ?? link.state) + since);
  const busy = traffic(link.sent, link.received);
  if (link.bytes_queued) busy.push(`${bytes(link.bytes_queued)} waiting`);
  if (link.queries_in_flight) busy.push(`${count(link.queries_in_flight)} in flight`);
  if (link.connects > 1) busy.push(`connected ${count(link.connects)} times`);
  setText(part(node, "rate"), busy.join(" · "));
  setText(part(node, "why"), link.state === "ready" || link.state === "idle" ? "" : link.last_error);
}

function makeGateway(gateway, open) {
  return element(
    "li",
    {},
    element(
      "details",
      { open: open || inTrouble(gateway) },
      element(
        "summary",
        {},
        element("span", { className: "address", "data-part": "address" }),
        element("span", { "data-part": "verdict" }),
        element("span", { className: "soft rate", "data-part": "rate" }),
      ),
      element("p", { className: "soft about", "data-part": "about" }),
      element("p", { className: "why", "data-part": "why" }),
      element("ul", { className: "links", "data-part": "links" }),
    ),
  );
}

// Links do not change places, so that the one before is the one at the same place.
function withRates(gateway, before, seconds, now) {
  return gateway.links.map((link, i) => ({
    ...link,
    now,
    place: i,
    sent: growth(before?.links[i]?.bytes_sent, link.bytes_sent, seconds),
    received: growth(before?.links[i]?.bytes_received, link.bytes_received, seconds),
  }));
}

const sum = (links, name) => links.reduce((total, link) => total + (link[name] ?? 0), 0);

function fillGateway(node, gateway, before, seconds, now) {
  const [look, words] = verdict(gateway);
  const links = withRates(gateway, before, seconds, now);
  setClass(node, `gateway ${look}`);
  setText(part(node, "address"), gateway.address);
  setText(part(node, "verdict"), words);
  setClass(part(node, "verdict"), `badge ${look}`);
  setText(part(node, "rate"), traffic(sum(links, "sent"), sum(links, "received")).join());
  setText(part(node, "about"), about(gateway));
  setText(part(node, "why"), gateway.refused);
  keyed(part(node, "links"), links, (link) => link.place, makeLink, fillLink);
}

function fillRegister(node, register) {
  const up = register.state === "ready";
  setClass(node, `register ${up ? "good" : "bad"}`);
  setText(part(node, "address"), register.address);
  const lists = plural(register.gateways, "Gateway");
  setText(part(node, "state"), up ? `lists ${lists}` : `${register.state}${register.last_error ? `: ${register.last_error}` : ""}`);
}

const makeRegister = () =>
  element("li", {}, element("span", { className: "address", "data-part": "address" }), element("span", { className: "soft", "data-part": "state" }));

function filtered(gateways) {
  const text = byId("filter-text").value.trim();
  const trouble = byId("filter-trouble").checked;
  return gateways.filter((gateway) => (!text || gateway.address.includes(text)) && (!trouble || inTrouble(gateway)));
}

function sayWhatIsMissing(status, shown) {
  const left = status.gateways_total - status.gateways.length;
  let words = "";
  if (status.gateways_total === 0) words = "No Register lists a Gateway.";
  else if (shown === 0) words = "No Gateway is like that.";
  else if (left > 0) words = `${plural(left, "more Gateway")} that all is well with ${left === 1 ? "is" : "are"} not shown.`;
  setText(byId("gateways-none"), words);
  byId("gateways-none").hidden = words === "";
}

export function showCluster(status, previous) {
  const seconds = secondsBetween(previous, status);
  const before = new Map(follow(previous, status) ? previous.gateways.map((gateway) => [gateway.address, gateway]) : []);
  const links = status.gateways.flatMap((gateway) => gateway.links);
  const ready = links.filter((link) => link.state === "ready").length;
  setText(
    byId("cluster-sum"),
    `${count(status.gateways_usable)} of ${plural(status.gateways_total, "Gateway")} linked · ${plural(ready, "link")} up`,
  );
  byId("filter").hidden = status.gateways_total < FILTER_FROM;
  keyed(byId("registers"), status.registers, (register) => register.address, makeRegister, fillRegister);
  const shown = filtered(status.gateways);
  const open = status.gateways_total <= OPEN_UNTIL;
  keyed(
    byId("gateways"),
    shown,
    (gateway) => gateway.address,
    (gateway) => makeGateway(gateway, open),
    (node, gateway) => fillGateway(node, gateway, before.get(gateway.address), seconds, status.time),
  );
  sayWhatIsMissing(status, shown.length);
}

export function onFilter(redraw) {
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  byId("filter").addEventListener("input", redraw);
}
