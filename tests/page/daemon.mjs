// gatewayd as a process, and a cable between two of them that can be cut.
import { spawn } from "node:child_process";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const BINARY = process.env.GATEWAYD ?? path.join(ROOT, "build/gatewayd");
const PATIENCE = 20_000;

// Asks again until it is so.
export async function eventually(what, is) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const value = await is();
    if (value) return value;
    if (Date.now() > until) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class Daemon {
  constructor(flags) {
    this.output = "";
    this.process = spawn(BINARY, ["--listen=127.0.0.1:0", "--admin_listen=127.0.0.1:0", ...flags], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on("data", (text) => (this.output += text));
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
  }
  static embedded(gateways, ...flags) {
    const ports = ["websocket", "text", "frame", "page"].map((name) => `--embedded_${name}_port=0`);
    return new Daemon(["--embedded", `--embedded_gateways=${gateways}`, ...ports, ...flags]);
  }
  async said(pattern) {
    return (await eventually(`${pattern} in ${this.output}`, () => this.output.match(pattern)))[1];
  }
  grpc() {
    return this.said(/gatewayd is listening on (\S+)\n/);
  }
  async admin() {
    return (await this.said(/health and metrics: (\S+)\n/)).replace(/\/$/, "");
  }
  websocket() {
    return this.said(/Clients: (ws:\S+?),? /);
  }
  async status(token = "") {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    return (await fetch(`${await this.admin()}/api/status`, { headers })).json();
  }
  async stop() {
    this.process.kill("SIGKILL");
    await this.ended;
  }
}

// Forwards connections to `target` until it is cut; mended, it takes new ones.
export class Cable {
  constructor(target) {
    const [host, port] = target.split(":");
    this.sockets = new Set();
    this.server = net.createServer((near) => {
      const far = net.connect(Number(port), host);
      for (const [one, other] of [[near, far], [far, near]]) {
        this.sockets.add(one);
        one.on("error", () => {});
        one.on("close", () => {
          this.sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }
  listen(port = 0) {
    return new Promise((resolve) => this.server.listen(port, "127.0.0.1", () => resolve(`127.0.0.1:${this.server.address().port}`)));
  }
  async cut() {
    this.port = this.server.address().port;
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
  mend() {
    return this.listen(this.port);
  }
}
