// What the page asks the daemon. The token, if there is one, stays in this tab.

const KEY = "gatewayd-token";

export const token = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

// An answer that is no success. `status` 0: there was none.
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  let response;
  let text;
  try {
    response = await fetch(path, { ...options, headers, cache: "no-store", signal: AbortSignal.timeout(10_000) });
    text = await response.text();
  } catch {
    throw new Refused(0, "UNAVAILABLE", "The daemon does not answer.");
  }
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (response.ok && body !== null) return body;
  throw new Refused(response.status, body?.code ?? "UNKNOWN", body?.message ?? `HTTP ${response.status}: ${text.trim()}`);
}

export const readStatus = () => ask("/api/status");
export const readChanges = (after) => ask(`/api/changes?after=${after}`);
export const order = (fields) =>
  ask("/api/console", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });
