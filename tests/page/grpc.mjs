// As much of gRPC and protobuf as a test needs to be a caller and a worker, on Node's own HTTP/2.
import http2 from "node:http2";

function varint(number) {
  const bytes = [];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) + 128);
  return Buffer.from([...bytes, number]);
}

// A message out of pairs of field number and value: a string, a number or another message.
export function message(...fields) {
  return Buffer.concat(
    fields.flatMap(([field, value]) => {
      if (typeof value === "number") return [varint(field * 8), varint(value)];
      const bytes = Buffer.from(value);
      return [varint(field * 8 + 2), varint(bytes.length), bytes];
    }),
  );
}

// The texts of one field of a message whose fields are all length-delimited.
export function texts(bytes, wanted) {
  const found = [];
  let at = 0;
  const read = () => {
    let number = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      number += (byte % 128) * scale;
      if (byte < 128) return number;
    }
  };
  while (at < bytes.length) {
    const field = Math.floor(read() / 8);
    const size = read();
    if (field === wanted) found.push(bytes.subarray(at, at + size).toString());
    at += size;
  }
  return found;
}

const frame = (bytes) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};

export class Caller {
  constructor(address, token = "") {
    this.session = http2.connect(`http://${address}`);
    this.session.on("error", () => {});
    this.token = token;
  }
  open(service, method) {
    const headers = { ":method": "POST", ":path": `/gatewayworker.v1.${service}/${method}`, "content-type": "application/grpc", te: "trailers" };
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    return this.session.request(headers);
  }
  // The answer's bytes.
  call(method, request = message()) {
    return new Promise((resolve, reject) => {
      const stream = this.open("GatewayService", method);
      const chunks = [];
      const status = (headers) => {
        if (headers["grpc-status"] !== undefined && headers["grpc-status"] !== "0") {
          reject(new Error(`${method}: ${headers["grpc-status"]} ${decodeURIComponent(headers["grpc-message"] ?? "")}`));
        }
      };
      stream.on("response", status);
      stream.on("trailers", status);
      stream.on("data", (chunk) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("end", () => resolve(Buffer.concat(chunks).subarray(5)));
      stream.end(frame(request));
    });
  }
  // A worker that takes events and acknowledges none of them, unless more of Hello says so; `close()` breaks its
  // stream.
  attach(name, windowEvents, ...more) {
    const stream = this.open("WorkerService", "Attach");
    stream.on("error", () => {});
    stream.on("data", () => {});
    const kinds = [1, 2, 3, 4].map((kind) => [2, kind]);
    stream.write(frame(message([1, message([1, name], ...kinds, [3, windowEvents], ...more)])));
    return { close: () => stream.close(http2.constants.NGHTTP2_CANCEL) };
  }
  close() {
    this.session.destroy();
  }
}
