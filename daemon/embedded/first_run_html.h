// The page itself. {{nonce}}, {{grpc}} and {{websocket}} are filled in; nothing is loaded from elsewhere.
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
  --accent: #1858b8; --on-accent: #fff; --good: #14713d; --bad: #a8321f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #12161c; --card: #1a2029; --text: #e6eaf0; --soft: #9dabbd; --line: #2d3643; --code: #10141a;
    --accent: #7fb0ff; --on-accent: #0d1521; --good: #6fd79b; --bad: #ff9a86;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
p { margin: .25rem 0 .75rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem; margin-top: 1rem; }
.soft { color: var(--soft); }
#state { font-weight: 600; }
#state::before { content: "\25CF\00A0"; }
#state.up { color: var(--good); }
#state.down { color: var(--bad); }
.command { display: flex; gap: .5rem; align-items: stretch; margin-bottom: .75rem; }
pre, #log { background: var(--code); border: 1px solid var(--line); border-radius: 6px; font: 13px/1.5 ui-monospace, monospace; }
pre { flex: 1; min-width: 0; margin: 0; padding: .5rem .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
#log { min-height: 9rem; max-height: 20rem; overflow-y: auto; padding: .5rem .75rem; margin: 0; list-style: none; }
#log li { white-space: pre-wrap; overflow-wrap: anywhere; }
#log .sent { color: var(--soft); }
form { display: flex; gap: .5rem; margin-top: .75rem; }
input { flex: 1; min-width: 0; padding: .5rem .75rem; font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--line); border-radius: 6px; }
button { padding: .5rem .9rem; font: inherit; color: var(--on-accent); background: var(--accent); border: 0; border-radius: 6px; cursor: pointer; }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>gatewayd is running</h1>
<p>This page is a client of the embedded Gateway: <span id="state" class="down" role="status">connecting</span></p>
<p class="soft">{{websocket-text}}</p>

<section aria-labelledby="try">
<h2 id="try">Send it something</h2>
<p>Paste this into a terminal; the message appears below.</p>
<div class="command"><pre>grpcurl -plaintext -d '{"message":{"text":"hello"}}' {{grpc}} gatewayworker.v1.GatewayService/SendToAll</pre><button type="button" class="copy" aria-label="Copy the SendToAll command">Copy</button></div>
<p>Who is connected? Each line of the answer is a <code>client_id</code>; one of them is this page.</p>
<div class="command"><pre>grpcurl -plaintext {{grpc}} gatewayworker.v1.GatewayService/GetAllClientIdList</pre><button type="button" class="copy" aria-label="Copy the GetAllClientIdList command">Copy</button></div>
<p>And to one client only, by its <code>client_id</code>:</p>
<div class="command"><pre>grpcurl -plaintext -d '{"client_id":"CLIENT_ID","message":{"text":"just you"}}' {{grpc}} gatewayworker.v1.GatewayService/SendToClient</pre><button type="button" class="copy" aria-label="Copy the SendToClient command">Copy</button></div>
</section>

<section aria-labelledby="messages">
<h2 id="messages">Messages</h2>
<ul id="log" role="log" aria-live="polite" aria-labelledby="messages" tabindex="0"></ul>
<form id="form">
<input id="text" aria-label="Message to the Gateway" placeholder="Message to the Gateway" autocomplete="off">
<button id="send" type="submit" disabled>Send</button>
</form>
<p class="soft">What you send here goes to a worker. While none is attached, nobody answers.</p>
</section>
</main>
<script nonce="{{nonce}}">
"use strict";
const url = {{websocket}};
const state = document.getElementById("state");
const log = document.getElementById("log");
const text = document.getElementById("text");
const send = document.getElementById("send");
let socket = null;

function show(line, kind) {
  const item = document.createElement("li");
  item.className = kind;
  item.textContent = (kind === "sent" ? "\u2192 " : "\u2190 ") + line;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 20;
  log.append(item);
  while (log.children.length > 500) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function setState(up) {
  state.className = up ? "up" : "down";
  state.textContent = up ? "connected" : "not connected, trying again";
  send.disabled = !up;
}

function connect() {
  socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => setState(true);
  socket.onclose = () => { setState(false); setTimeout(connect, 1000); };
  socket.onmessage = (event) => {
    const binary = event.data instanceof ArrayBuffer;
    show(binary ? "[" + event.data.byteLength + " bytes of binary]" : event.data, "got");
  };
}
connect();

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (text.value === "" || socket.readyState !== WebSocket.OPEN) return;
  socket.send(text.value);
  show(text.value, "sent");
  text.value = "";
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
</script>
</body>
</html>
)html";

}  // namespace gatewayd::embedded
