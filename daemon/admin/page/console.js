// The console: look up a client, a uid or a group; send a message.
import { order } from "./api.js";
import { byId, element, setText } from "./dom.js";
import { count, plural } from "./format.js";

const OFF = "The console is off. It is switched on with --admin_console.";
const NO_RIGHT = "This token may neither read nor send.";

function facts(rows) {
  const list = element("dl", { className: "facts" });
  for (const [name, value] of rows) {
    const shown = Array.isArray(value) ? element("ul", {}, ...value.map((text) => element("li", { textContent: text }))) : value;
    list.append(element("div", {}, element("dt", { textContent: name }), element("dd", {}, shown)));
  }
  return list;
}

// A list with what is not in it.
function listed(texts, total) {
  if (total === 0) return "none";
  const more = total - texts.length;
  return more > 0 ? [...texts, `and ${count(more)} more`] : texts;
}

function missing(answer) {
  return answer.missing?.length ? [["Not asked", answer.missing.map((failure) => `${failure.gateway}: ${failure.reason}`)]] : [];
}

const online = (is) => (is ? "online" : "not online");

function found(target, id, answer) {
  if (target === "group") {
    return [`Group ${id}: ${plural(answer.count, "client")}`, [["Client_ids", listed(answer.client_ids, answer.count)], ...missing(answer)]];
  }
  if (target === "uid") {
    return [`Uid ${id}: ${online(answer.online)}`, [["Client_ids", listed(answer.client_ids, answer.count)], ...missing(answer)]];
  }
  if (!answer.online) return [`Client ${id}: not online`, []];
  const session = element("pre", { textContent: JSON.stringify(answer.session, null, 2) });
  return [
    `Client ${answer.client_id}: online`,
    [
      ["Uid", answer.uid || "none"],
      ["Groups", listed(answer.groups, answer.groups_total)],
      [answer.session_left_out ? "Session (not all of it)" : "Session", session],
    ],
  ];
}

function sent(target, id, answer) {
  if (target === "client") return [`Sent to client ${id}.`, []];
  return [`Sent to ${target} ${id}: ${plural(answer.gateways, "Gateway")} took it.`, missing(answer)];
}

function show(look, title, rows = []) {
  const result = byId("result");
  result.className = `result ${look}`;
  result.replaceChildren(element("p", { textContent: title }), ...(rows.length ? [facts(rows)] : []));
}

async function run(form, action, say) {
  const data = new FormData(form);
  const fields = { action, target: data.get("target"), id: data.get("id").trim() };
  if (action === "send") fields.text = data.get("text");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await order(fields);
    show("good", ...say(fields.target, fields.id, answer));
  } catch (error) {
    show("bad", `${error.code ?? "ERROR"}: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

export function startConsole() {
  for (const [id, action, say] of [["look-up", "look_up", found], ["send", "send", sent]]) {
    byId(id).addEventListener("submit", (event) => {
      event.preventDefault();
      run(event.currentTarget, action, say);
    });
  }
}

export function showConsole({ console: on, may_read: mayRead, may_send: maySend }) {
  const why = !on ? OFF : !mayRead && !maySend ? NO_RIGHT : "";
  setText(byId("console-off"), why);
  byId("console-off").hidden = why === "";
  byId("console").hidden = why !== "";
  byId("look-up").hidden = !mayRead;
  byId("send").hidden = !maySend;
}
