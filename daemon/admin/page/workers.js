// The attached workers: how full their windows are, and how far they are behind.
import { byId, element, keyed, part, setClass, setText } from "./dom.js";
import { bytes, count, date, duration, perSecond, plural, seconds as inSeconds } from "./format.js";
import { follow, growth, secondsBetween } from "./rates.js";

const LATE_SECONDS = 5; // behind by so much is worth a look

const STATES = { active: ["good", "takes events"], commands: ["quiet", "commands only"], leaving: ["warn", "leaving"] };

function fact(name, words) {
  return element("div", {}, element("dt", { textContent: words }), element("dd", { "data-part": name }));
}

function makeWorker() {
  return element(
    "li",
    { className: "worker" },
    element(
      "div",
      { className: "who" },
      element("h3", { "data-part": "name" }),
      element("span", { "data-part": "state" }),
      element("span", { className: "soft", "data-part": "since" }),
    ),
    element("div", { className: "meter", "aria-hidden": "true" }, element("span", { "data-part": "bar" })),
    element(
      "dl",
      { className: "facts" },
      fact("window", "Window"),
      fact("lag", "Lag"),
      fact("queued", "Waiting"),
      fact("rate", "Acknowledges"),
      fact("commands", "Commands"),
      fact("clients", "Clients"),
    ),
  );
}

function fillWorker(node, worker, before, seconds, now) {
  const [look, words] = STATES[worker.state] ?? ["quiet", worker.state];
  setText(part(node, "name"), worker.name ? `${worker.name} (worker ${worker.id})` : `worker ${worker.id}`);
  setText(part(node, "state"), words);
  setClass(part(node, "state"), `badge ${look}`);
  const held = worker.bytes_in_flight ? `${bytes(worker.bytes_in_flight)} of ${bytes(worker.window_bytes)} in flight · ` : "";
  setText(part(node, "since"), `${held}attached for ${duration((now - worker.attached_at) / 1000)}`);
  part(node, "since").title = date(worker.attached_at);
  const events = worker.window_events ? worker.events_in_flight / worker.window_events : 0;
  const size = worker.window_bytes ? worker.bytes_in_flight / worker.window_bytes : 0;
  const full = Math.min(1, Math.max(events, size));
  part(node, "bar").style.setProperty("inline-size", `${(full * 100).toFixed(1)}%`);
  setClass(part(node, "bar"), full > 0.9 ? "warn" : "good");
  const late = worker.lag_seconds >= LATE_SECONDS;
  setText(part(node, "window"), `${count(worker.events_in_flight)} of ${count(worker.window_events)}`);
  setText(part(node, "lag"), inSeconds(worker.lag_seconds));
  setClass(part(node, "lag"), late ? "late" : "");
  setText(part(node, "queued"), count(worker.events_queued));
  const again = worker.redelivered ? `, ${count(worker.redelivered)} delivered again` : "";
  setText(part(node, "rate"), perSecond(growth(before?.acknowledged, worker.acknowledged, seconds)) + again);
  const failed = worker.commands_failed ? `, ${count(worker.commands_failed)} failed` : "";
  setText(part(node, "commands"), perSecond(growth(before?.commands, worker.commands, seconds)) + failed);
  setText(part(node, "clients"), count(worker.clients));
}

function summary(status) {
  const facts = [plural(status.workers_total, "worker")];
  const { events } = status;
  if (events.held) facts.push(`${plural(events.held, "event")} held for the next one`);
  facts.push(`${bytes(events.memory_used)} of ${bytes(events.memory_limit)} event memory`);
  if (events.reading_stopped) facts.push("event links are not read");
  return facts.join(" · ");
}

export function showWorkers(status, previous) {
  const seconds = secondsBetween(previous, status);
  const before = new Map(follow(previous, status) ? previous.workers.map((worker) => [worker.id, worker]) : []);
  setText(byId("workers-sum"), summary(status));
  byId("workers-none").hidden = status.workers_total > 0;
  keyed(
    byId("workers"),
    status.workers,
    (worker) => worker.id,
    makeWorker,
    (node, worker) => fillWorker(node, worker, before.get(worker.id), seconds, status.time),
  );
}
