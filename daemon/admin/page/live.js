// The plots: what is read out of the snapshots of the last two minutes.
import { byId } from "./dom.js";
import { bytes, bytesPerSecond, count, NOTHING, perSecond, seconds } from "./format.js";
import { Plot } from "./plot.js";
import { follow, growth, percentile, Row, secondsBetween, Snapshots } from "./rates.js";

const SECONDS = 120;
const LATENCY_OVER = 6; // snapshots: percentiles of one second alone would jump

const snapshots = new Snapshots(LATENCY_OVER);
const row = () => new Row(SECONDS);
const rows = {
  calls: row(), failed: row(), p99: row(), p50: row(), delivered: row(), acknowledged: row(), lag: row(), out: row(), in: row(),
  memory: row(), cpu: row(),
};
const plots = {};

export function startLive() {
  const list = byId("plots");
  plots.calls = new Plot(list, { name: "Calls and commands", format: perSecond, rows: [rows.calls, rows.failed], floor: 5 });
  plots.latency = new Plot(list, { name: "Latency, 99th percentile", format: seconds, rows: [rows.p99, rows.p50], floor: 0.001 });
  plots.events = new Plot(list, { name: "Events delivered", format: perSecond, rows: [rows.delivered, rows.acknowledged], floor: 5 });
  plots.lag = new Plot(list, { name: "Lag of workers", format: seconds, rows: [rows.lag], floor: 0.1 });
  plots.traffic = new Plot(list, { name: "Sent to Gateways", format: bytesPerSecond, rows: [rows.out, rows.in], floor: 1000 });
  plots.memory = new Plot(list, { name: "Memory", format: bytes, rows: [rows.memory], floor: 32e6 });
}

// Where nothing is known of the time in between, the lines are broken.
function addNothing() {
  for (const one of Object.values(rows)) if (one.last !== null) one.add(null);
}

function addRates(before, now) {
  const s = secondsBetween(before, now);
  const grew = (name) => growth(before.totals[name], now.totals[name], s);
  rows.calls.add(grew("calls") + grew("worker_commands"));
  rows.failed.add(grew("calls_failed") + grew("worker_commands_failed"));
  rows.delivered.add(grew("events_delivered"));
  rows.acknowledged.add(grew("events_acknowledged"));
  rows.out.add(grew("bytes_sent"));
  rows.in.add(grew("bytes_received"));
  rows.cpu.add(growth(before.daemon.cpu_seconds, now.daemon.cpu_seconds, s));
  const { bounds_seconds: bounds, calls } = now.latency;
  const since = snapshots.oldest.latency.calls;
  rows.p99.add(percentile(bounds, since, calls, 0.99));
  rows.p50.add(percentile(bounds, since, calls, 0.5));
}

function draw(status) {
  const queued = status.workers.reduce((sum, worker) => sum + worker.events_queued, 0) + status.events.held;
  const cpu = rows.cpu.last === null ? NOTHING : `${Math.round(rows.cpu.last * 100)}%`;
  plots.calls.draw(`${perSecond(rows.failed.last)} failed`);
  plots.latency.draw(rows.p50.last === null ? "no calls of late" : `median ${seconds(rows.p50.last)}`);
  plots.events.draw(`${perSecond(rows.acknowledged.last)} acknowledged`);
  plots.lag.draw(`${count(queued)} waiting`);
  plots.traffic.draw(`${bytesPerSecond(rows.in.last)} received`);
  plots.memory.draw(`${cpu} of a core`);
}

export function showLive(status) {
  const before = snapshots.last;
  snapshots.add(status);
  if (follow(before, status)) addRates(before, status);
  else if (before) addNothing();
  rows.lag.add(status.events.lag_seconds);
  rows.memory.add(status.daemon.resident_bytes);
  draw(status);
}

export const previousSnapshot = () => snapshots.previous;
