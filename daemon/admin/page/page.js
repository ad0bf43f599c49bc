// Asks the daemon once a second while somebody looks, and shows what it says.
import { Refused, readChanges, readStatus, token } from "./api.js";
import { newestChange, showChanges } from "./changes.js";
import { onFilter, showCluster } from "./cluster.js";
import { showConsole, startConsole } from "./console.js";
import { byId, element, setClass, setText } from "./dom.js";
import { duration } from "./format.js";
import { previousSnapshot, showLive, startLive } from "./live.js";
import { showWorkers } from "./workers.js";

const EVERY = 1000; // milliseconds
const AFTER_FAILURE = 2000;

const LOOKS = { serving: "good", degraded: "warn", starting: "quiet", draining: "warn" };

let latest = null;
let timer = 0;
let asking = false;
let paused = false;

function showState(look, words) {
  setText(byId("state"), words);
  setClass(byId("state"), `badge ${look}`);
  document.title = `${words} – gatewayd`;
}

// One line, or a title with a list.
function showNotice(look, title, lines = []) {
  const notice = byId("notice");
  const key = JSON.stringify([look, title, lines]);
  if (notice.dataset.key === key) return;
  notice.dataset.key = key;
  notice.hidden = title === "";
  notice.className = `notice ${look}`;
  const list = lines.length ? [element("ul", {}, ...lines.map((line) => element("li", { textContent: line })))] : [];
  notice.replaceChildren(element("p", { textContent: title }), ...list);
}

function showDaemon({ daemon }) {
  showState(LOOKS[daemon.state] ?? "quiet", daemon.state[0].toUpperCase() + daemon.state.slice(1));
  setText(byId("about"), `${daemon.version} · ${daemon.dialect} · up ${duration(daemon.uptime_seconds)}`);
  if (daemon.reasons.length) showNotice("quiet", "Not ready:", daemon.reasons);
  else if (daemon.degraded.length) showNotice("warn", "Degraded: it serves what it can reach.", daemon.degraded);
  else showNotice("", "");
}

function draw() {
  showCluster(latest, previousSnapshot());
  showWorkers(latest, previousSnapshot());
}

function show(status) {
  latest = status;
  byId("token").hidden = true;
  byId("status").hidden = false;
  byId("forget").hidden = token.get() === "";
  byId("pause").hidden = false;
  showDaemon(status);
  showLive(status);
  draw();
  showConsole(status.page);
}

function askForToken(message) {
  byId("status").hidden = true;
  byId("forget").hidden = true;
  byId("pause").hidden = true;
  showNotice("", "");
  showState("quiet", "Token needed");
  setText(byId("about"), "");
  setText(byId("token-error"), message);
  if (byId("token").hidden) {
    byId("token").hidden = false;
    byId("token-input").focus();
  }
}

// False where there is no use in asking again before somebody does something.
function showFailure(error) {
  if (error.status === 401 || (error.status === 403 && token.get())) {
    const tried = token.get() !== "";
    token.forget();
    askForToken(tried ? error.message : "");
    return false;
  }
  showState("bad", error.status === 0 ? "No answer" : "Refused");
  const last = latest ? " What is below is what it said last." : "";
  showNotice("bad", error.message + last);
  return error.status !== 403;
}

async function tick() {
  if (asking || paused || document.hidden) return;
  asking = true;
  clearTimeout(timer);
  let next = EVERY;
  try {
    const [status, changes] = await Promise.all([readStatus(), readChanges(newestChange())]);
    if (!paused) show(status);
    if (!showChanges(changes)) next = 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    next = showFailure(error) ? AFTER_FAILURE : -1;
  } finally {
    asking = false;
  }
  if (next >= 0) timer = setTimeout(tick, next);
}

function start() {
  startLive();
  startConsole();
  onFilter(() => latest && draw());
  document.addEventListener("visibilitychange", tick);
  byId("pause").addEventListener("click", () => {
    paused = !paused;
    byId("pause").setAttribute("aria-pressed", String(paused));
    if (paused) showState("quiet", "Paused");
    tick();
  });
  byId("forget").addEventListener("click", () => {
    token.forget();
    clearTimeout(timer);
    askForToken("");
  });
  byId("token-form").addEventListener("submit", (event) => {
    event.preventDefault();
    token.set(byId("token-input").value.trim());
    byId("token-input").value = "";
    tick();
  });
  tick();
}

start();
