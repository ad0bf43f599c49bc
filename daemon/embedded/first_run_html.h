// The page itself. {{nonce}}, {{grpc}}, {{chat}} and {{websocket}} are filled in; nothing is loaded from
// elsewhere.
#pragma once

#include <string_view>

namespace gatewayd::embedded {

inline constexpr std::string_view kFirstRunHtml = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gatewayd: first run</title>
<link rel="icon" href="data:,">
<style nonce="{{nonce}}">
:root {
  color-scheme: light dark;
  --bg: #f7f8fa; --card: #fff; --text: #1c2430; --soft: #566273; --line: #dde2e9; --code: #eef1f5;
  --accent: #1858b8; --on-accent: #fff; --good: #14713d; --bad: #a8321f; --hint: #fff6de; --hint-line: #e3c878;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #12161c; --card: #1a2029; --text: #e6eaf0; --soft: #9dabbd; --line: #2d3643; --code: #10141a;
    --accent: #7fb0ff; --on-accent: #0d1521; --good: #6fd79b; --bad: #ff9a86; --hint: #2b2616; --hint-line: #6b5a26;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
p { margin: .25rem 0 .75rem; }
section > :last-child { margin-bottom: 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem; margin-top: 1rem; }
.soft { color: var(--soft); }
#state { font-weight: 600; }
#state::before { content: "\25CF\00A0"; }
#state.up { color: var(--good); }
#state.down { color: var(--bad); }
#hint { background: var(--hint); border-color: var(--hint-line); }
.command { display: flex; gap: .5rem; align-items: flex-start; margin-bottom: .75rem; }
pre, code { font: 13px/1.5 ui-monospace, monospace; }
pre { flex: 1; min-width: 0; margin: 0; padding: .5rem .75rem; background: var(--code); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
#online { display: flex; flex-wrap: wrap; gap: .35rem; align-items: baseline; margin: 0 0 .75rem; padding: 0; list-style: none; font-size: .9rem; }
#online li { padding: .05rem .6rem; border: 1px solid var(--line); border-radius: 1rem; overflow-wrap: anywhere; }
#log { height: 18rem; overflow-y: auto; margin: 0; padding: .5rem .75rem; list-style: none; background: var(--code); border: 1px solid var(--line); border-radius: 6px; }
#log li { white-space: pre-wrap; overflow-wrap: anywhere; }
#log .system { color: var(--soft); font-style: italic; }
#log .plain { font: 13px/1.75 ui-monospace, monospace; }
#log .sent { color: var(--soft); }
form { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .75rem; }
input { min-width: 0; padding: .5rem .75rem; font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--line); border-radius: 6px; }
#name { flex: 1 1 8rem; }
#text { flex: 4 1 10rem; }
button { padding: .5rem .9rem; font: inherit; color: var(--on-accent); background: var(--accent); border: 0; border-radius: 6px; cursor: pointer; }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none !important; }
</style>
</head>
<body>
<main>
<h1>gatewayd is running</h1>
<p>This page is a client of the embedded Gateway: <span id="state" class="down" role="status">connecting</span> <span class="soft">({{websocket-text}})</span></p>

<section id="hint" aria-labelledby="hint-title" hidden>
<h2 id="hint-title">No worker answers yet</h2>
<p>A worker is your program. None is attached, or one that is not the chat. In another terminal, start <code>client_stubs/python/examples/chat.py</code>:</p>
<div class="command"><pre>{{chat}}</pre><button type="button" class="copy" aria-label="Copy the command that starts the chat">Copy</button></div>
</section>

<section aria-labelledby="chat">
<h2 id="chat">Chat</h2>
<ul id="online" aria-label="Who is online"></ul>
<ul id="log" role="log" aria-live="polite" aria-label="Messages" tabindex="0"></ul>
<form id="form">
<input id="name" aria-label="Your name" placeholder="Your name" maxlength="20" autocomplete="off">
<input id="text" aria-label="Message" placeholder="Message" autocomplete="off">
<button id="send" type="submit" disabled>Send</button>
</form>
<p class="soft">Open this page twice to talk to yourself.</p>
</section>

<section aria-labelledby="calls">
<h2 id="calls">Call the API from a terminal</h2>
<p>A message to every client; it appears above:</p>
<div class="command"><pre>grpcurl -plaintext -d '{"message":{"text":"hello"}}' {{grpc}} gatewayworker.v1.GatewayService/SendToAll</pre><button type="button" class="copy" aria-label="Copy the SendToAll command">Copy</button></div>
<p>Who is connected? Each line of the answer is a <code>client_id</code>; one of them is this page.</p>
<div class="command"><pre>grpcurl -plaintext {{grpc}} gatewayworker.v1.GatewayService/GetAllClientIdList</pre><button type="button" class="copy" aria-label="Copy the GetAllClientIdList command">Copy</button></div>
<p>A copy of what clients do, as it happens, while a worker is attached:</p>
<div class="command"><pre>grpcurl -plaintext {{grpc}} gatewayworker.v1.WorkerService/Watch</pre><button type="button" class="copy" aria-label="Copy the Watch command">Copy</button></div>
</section>
</main>
<script nonce="{{nonce}}">
"use strict";
const url = {{websocket}};
const byId = (id) => document.getElementById(id);
const [state, hint, online, log, nameBox, text, send] = ["state", "hint", "online", "log", "name", "text", "send"].map(byId);
let socket = null;
let worker = "unknown";  // "chat" once the chat has answered, "other" once another one has, "none" while nobody does
let asked = 0;           // when we first asked who is there and got no answer; 0: we have one
let again = 0;           // when to ask again
let heard = 0;           // when a worker last said something

function show(kind, line, from) {
  const item = document.createElement("li");
  item.className = kind;
  if (from !== undefined) {
    const who = document.createElement("b");
    who.textContent = from + ": ";
    item.append(who);
  }
  item.append(line);
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 20;
  log.append(item);
  while (log.children.length > 500) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function showOnline(names) {
  online.replaceChildren(...names.map((name) => {
    const item = document.createElement("li");
    item.textContent = name;
    return item;
  }));
}

function setWorker(now) {
  worker = now;
  hint.hidden = now !== "none";
  if (now !== "chat") showOnline([]);
}

// One of chat.py's messages, or null for everything else.
function chatMessage(data) {
  let message = null;
  try { message = JSON.parse(data); } catch { return null; }
  if (message === null || typeof message !== "object") return null;
  const strings = (...values) => values.every((value) => typeof value === "string");
  if (message.type === "say" && strings(message.from, message.text)) return message;
  if (message.type === "system" && strings(message.text)) return message;
  if (message.type === "online" && Array.isArray(message.names) && strings(...message.names)) return message;
  return null;
}

function receive(data) {
  if (data instanceof ArrayBuffer) return show("plain", "[" + data.byteLength + " bytes of binary]");
  const message = chatMessage(data);
  if (message === null) {
    // An echo of our own question: a worker is there, though it is not the chat.
    if (data !== "/who" && !data.startsWith("/name ")) return show("plain", data);
    [asked, heard] = [0, Date.now()];
    return setWorker("other");
  }
  [asked, heard] = [0, Date.now()];
  if (worker !== "chat") setWorker("chat");
  if (message.type === "online") return showOnline(message.names);
  show(message.type, message.text, message.from);
}

// The chat answers both with who is online.
function ask() {
  const name = nameBox.value.trim();
  socket.send(name === "" ? "/who" : "/name " + name);
  if (asked === 0) asked = Date.now();
  again = Date.now() + 2500;
}

// Finds out when a worker comes and goes: nobody tells a client.
setInterval(() => {
  if (socket.readyState !== WebSocket.OPEN) return;
  const now = Date.now();
  if (asked !== 0 && now - asked > 1500 && worker !== "none") setWorker("none");
  if (now >= again && (asked !== 0 || now - heard > 5000)) ask();
}, 500);

function connect() {
  socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { setState(true); ask(); };
  socket.onclose = () => { setState(false); setTimeout(connect, 1000); };
  socket.onmessage = (event) => receive(event.data);
}

function setState(up) {
  state.className = up ? "up" : "down";
  state.textContent = up ? "connected" : "not connected, trying again";
  send.disabled = !up;
  asked = 0;
  setWorker("unknown");
}

// Each tab has a name of its own that outlives a reload.
nameBox.value = sessionStorage.getItem("name") || "";
nameBox.addEventListener("change", () => {
  sessionStorage.setItem("name", nameBox.value.trim());
  if (socket.readyState === WebSocket.OPEN && nameBox.value.trim() !== "") ask();
});

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const line = text.value.trim();
  if (line === "" || socket.readyState !== WebSocket.OPEN) return text.focus();
  socket.send(line);
  if (worker !== "chat") show("sent", "\u2192 " + line);  // the chat sends it back to us as to everyone
  text.value = "";
  text.focus();
});

for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const command = button.parentElement.querySelector("pre");
    try {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(command);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}

connect();
</script>
</body>
</html>
)html";

}  // namespace gatewayd::embedded
