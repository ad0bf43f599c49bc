// What changed, newest first. What is trouble is also said to a screen reader.
import { byId, element, setText } from "./dom.js";
import { date, iso, plural, time } from "./format.js";

const SHOWN = 100;

const WORDS = {
  ready: "Ready",
  draining: "Draining",
  register_up: "Register answers",
  register_lost: "Register lost",
  gateway_joined: "Gateway joined",
  gateway_left: "Gateway left",
  gateway_unlisted: "No Register lists this Gateway any more",
  gateway_unreachable: "Gateway cannot be reached",
  gateway_news: "Trouble with a Gateway",
  link_up: "Linked",
  link_lost: "Link lost",
  event_link_up: "Event link up",
  event_link_gone: "Event link gone",
  worker_attached: "Worker attached",
  worker_draining: "Worker is told to go",
  worker_left: "Worker left",
  worker_lost: "Worker lost",
  memory_full: "Event memory full",
  memory_free: "Event memory has room again",
};

// What the title says already.
const SAID = { link_up: /^linked, /, link_lost: /link lost: /, event_link_gone: /^link lost: /, register_up: /^connected, / };

const whyOf = (change) => (SAID[change.kind] ? change.text.replace(SAID[change.kind], "") : change.text);

const state = { instance: "", newest: 0, forgotten: 0 };

export const newestChange = () => state.newest;

function entry(change) {
  const words = WORDS[change.kind] ?? change.kind;
  return element(
    "li",
    { className: change.trouble ? "change bad" : "change" },
    element("time", { textContent: time(change.time), dateTime: iso(change.time), title: date(change.time) }),
    element(
      "div",
      {},
      element("p", {}, element("strong", { textContent: words }), change.subject ? element("span", { className: "address", textContent: change.subject }) : null),
      change.text ? element("p", { className: "soft", textContent: whyOf(change) }) : null,
    ),
  );
}

// False where the daemon was started anew, so that all must be asked for again.
export function showChanges(answer) {
  if (answer.instance !== state.instance) {
    const known = state.instance !== "";
    Object.assign(state, { instance: answer.instance, newest: 0, forgotten: 0 });
    byId("changes").replaceChildren();
    if (known) return false;
  }
  const first = state.newest === 0;
  state.newest = answer.newest;
  state.forgotten += answer.forgotten;
  const list = byId("changes");
  for (const change of answer.changes) list.prepend(entry(change));
  while (list.children.length > SHOWN) list.lastElementChild.remove();
  const troubles = answer.changes.filter((change) => change.trouble);
  if (!first && troubles.length > 0) {
    const said = troubles.slice(-3).map((change) => `${WORDS[change.kind] ?? change.kind}: ${change.subject}. ${whyOf(change)}`);
    setText(byId("announce"), said.join(" "));
  }
  setText(byId("changes-sum"), state.newest > list.children.length ? `the last ${list.children.length} of ${plural(state.newest, "change")}` : "");
  return true;
}
