/** Where the daemon is and how it is spoken to: address, TLS, token. */

import { Channel, Metadata, credentials, type ChannelOptions } from "@grpc/grpc-js";

import { makeError } from "./errors.js";
import { toBuffer } from "./wire.js";

/** Where a daemon listens unless it is told otherwise. */
export const DEFAULT_ADDRESS = "127.0.0.1:50051";

/** What gRPC takes in one message unless it is told otherwise: 4 MiB. */
export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** A bearer token, or a function that gives the one that is valid now; it is asked for each call. */
export type Token = string | (() => string | Promise<string>);

/** TLS to the daemon; each part is PEM. Nothing set: Node's authorities, and no certificate of our own. */
export interface TlsOptions {
  /** The authorities that the daemon's certificate may come from. */
  readonly rootCertificates?: string | Uint8Array;
  /** The key of our own certificate. */
  readonly privateKey?: string | Uint8Array;
  /** Our own certificate, and those between it and its authority. */
  readonly certificateChain?: string | Uint8Array;
  /** The name that the daemon's certificate must have, where it is not the host of the address. */
  readonly serverName?: string;
}

/** What a `Client` and a `Worker` need to know of the daemon. */
export interface ConnectionOptions {
  /** `host:port` or `unix:/path`; else the environment's GATEWAYD_ADDRESS, else 127.0.0.1:50051. */
  readonly address?: string | undefined;
  /** TLS, `{}` for that with Node's own authorities; absent: none. */
  readonly tls?: TlsOptions | undefined;
  /** A bearer token. */
  readonly token?: Token | undefined;
  /** More options of the gRPC channel, as grpc-js has them. */
  readonly channelOptions?: ChannelOptions | undefined;
}

/** The address given, else GATEWAYD_ADDRESS, else 127.0.0.1:50051. */
export function addressOf(address: string | undefined): string {
  return address || process.env.GATEWAYD_ADDRESS || DEFAULT_ADDRESS;
}

/** A channel that tries again soon when the daemon was away. It connects at the first call. */
export function openChannel(address: string, options: ConnectionOptions, maxMessageBytes: number): Channel {
  const tls = options.tls;
  const channelOptions: ChannelOptions = {
    "grpc.max_receive_message_length": Math.max(maxMessageBytes, DEFAULT_MAX_MESSAGE_BYTES),
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.use_local_subchannel_pool": 1, // or a second channel would share the first one's backoff
    ...(tls?.serverName === undefined ? {} : { "grpc.ssl_target_name_override": tls.serverName }),
    ...options.channelOptions,
  };
  if (tls === undefined) {
    return new Channel(address, credentials.createInsecure(), channelOptions);
  }
  const pem = (part: string | Uint8Array | undefined): Buffer | null =>
    part === undefined ? null : typeof part === "string" ? Buffer.from(part) : toBuffer(part);
  return new Channel(
    address,
    credentials.createSsl(pem(tls.rootCertificates), pem(tls.privateKey), pem(tls.certificateChain)),
    channelOptions,
  );
}

/**
 * What gives each call its metadata, with the token in it. Waits only where the token must be waited for. gRPC copies
 * what it is given, so that one is enough where the token is always the same.
 */
export function metadataSource(token: Token | undefined): () => Metadata | Promise<Metadata> {
  if (typeof token !== "function") {
    const always = token === undefined ? new Metadata() : withToken(token);
    return () => always;
  }
  return () => {
    try {
      const now = token();
      return typeof now === "string" ? withToken(now) : now.then(withToken).catch(noToken);
    } catch (error) {
      return noToken(error);
    }
  };
}

function withToken(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

function noToken(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw makeError("UNAVAILABLE", `the token could not be had: ${why}`, { cause });
}
