/** How a call of GatewayService is made. */

import { Client as GrpcClient, type CallOptions as GrpcCallOptions, type Channel, credentials } from "@grpc/grpc-js";
import type { ClientReadableStream, Metadata, ServiceError } from "@grpc/grpc-js";

import { metadataSource, type Token } from "./connection.js";
import { fromStatus, makeError } from "./errors.js";
import { CURRENT } from "./event.js";
import { GatewayServiceDefinition } from "./generated/gatewayworker/v1/gateway_service.js";
import { deserializer, serializer, type MessageType } from "./wire.js";

/** What every call may ask for. */
export interface CallOptions {
  /** Milliseconds that it may take; else the client's. Infinity: no limit. */
  readonly timeout?: number | undefined;
  /** Gives the call up; it then fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

type Methods = typeof GatewayServiceDefinition.methods;
type Streaming = { [K in keyof Methods]: Methods[K]["responseStream"] extends true ? K : never }[keyof Methods];
type Unary = Exclude<keyof Methods, Streaming>;
type Of<T> = T extends MessageType<infer M> ? M : never;
type Request<K extends keyof Methods> = Of<Methods[K]["requestType"]>;
type Response<K extends keyof Methods> = Of<Methods[K]["responseType"]>;

interface Method {
  readonly path: string;
  readonly serialize: (message: any) => Buffer;
  readonly deserialize: (bytes: Buffer) => any;
}

const METHODS = Object.fromEntries(
  Object.entries(GatewayServiceDefinition.methods).map(([key, method]): [string, Method] => [
    key,
    {
      path: `/${GatewayServiceDefinition.fullName}/${method.name}`,
      serialize: serializer(method.requestType as MessageType<unknown>),
      deserialize: deserializer(method.responseType as MessageType<unknown>),
    },
  ]),
) as Record<keyof Methods, Method>;

/** Calls on a channel, with what each is to carry: token, deadline, and the event that it answers. */
export class Rpc {
  readonly #grpc: GrpcClient;
  readonly #timeout: number;
  readonly #source: () => Metadata | Promise<Metadata>;

  /** `timeout` in milliseconds. The channel stays the caller's to close. */
  constructor(channel: Channel, timeout: number, token: Token | undefined) {
    this.#grpc = new GrpcClient(channel.getTarget(), credentials.createInsecure(), { channelOverride: channel });
    this.#timeout = timeout;
    this.#source = metadataSource(token);
  }

  /** A call with one answer. Fails with a GatewayError, or with the reason of its signal. */
  async unary<K extends Unary>(name: K, request: Request<K>, options: CallOptions = {}): Promise<Response<K>> {
    options.signal?.throwIfAborted();
    const metadata = this.#metadata();
    const ended = await this.#begin<K>(
      METHODS[name],
      request,
      metadata instanceof Promise ? await metadata : metadata,
      options,
    );
    if ("error" in ended) {
      options.signal?.throwIfAborted();
      throw fromStatus(ended.error); // made here, so that its stack has the caller
    }
    return ended.response;
  }

  /** A call with many answers. */
  async *stream<K extends Streaming>(
    name: K,
    request: Request<K>,
    options: CallOptions,
  ): AsyncGenerator<Response<K>> {
    options.signal?.throwIfAborted();
    const { path, serialize, deserialize } = METHODS[name];
    const metadata = await this.#metadata();
    options.signal?.throwIfAborted(); // meanwhile, perhaps
    const begin = (): ClientReadableStream<Response<K>> =>
      this.#grpc.makeServerStreamRequest(
        path,
        serialize,
        deserialize,
        request,
        metadata,
        deadline(options.timeout ?? Infinity),
      );
    const call = orUnavailable(begin);
    const abort = (): void => call.cancel();
    options.signal?.addEventListener("abort", abort);
    try {
      yield* call;
    } catch (error) {
      options.signal?.throwIfAborted();
      throw isServiceError(error) ? fromStatus(error) : makeError("UNKNOWN", String(error), { cause: error });
    } finally {
      options.signal?.removeEventListener("abort", abort);
      call.on("error", () => {}); // of the cancelling
      call.cancel();
    }
  }

  #begin<K extends Unary>(
    method: Method,
    request: Request<K>,
    metadata: Metadata,
    options: CallOptions,
  ): Promise<{ response: Response<K> } | { error: ServiceError }> {
    return new Promise((resolve) => {
      const signal = options.signal;
      const call = orUnavailable(() =>
        this.#grpc.makeUnaryRequest<Request<K>, Response<K>>(
          method.path,
          method.serialize,
          method.deserialize,
          request,
          metadata,
          deadline(options.timeout ?? this.#timeout),
          (error, response) => {
            signal?.removeEventListener("abort", abort);
            resolve(error !== null ? { error } : { response: response! });
          },
        ),
      );
      const abort = (): void => call.cancel();
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) {
        abort(); // while the token was waited for
      }
    });
  }

  #metadata(): Metadata | Promise<Metadata> {
    const metadata = this.#source();
    const event = CURRENT.getStore();
    if (event === undefined || event.clientId === "") {
      return metadata;
    }
    const named = (shared: Metadata): Metadata => {
      const metadata = shared.clone();
      metadata.set("gateway-client-id", event.clientId);
      metadata.set("gateway-generation", event.generation);
      return metadata;
    };
    return metadata instanceof Promise ? metadata.then(named) : named(metadata);
  }
}

function deadline(timeout: number): GrpcCallOptions {
  return timeout === Infinity ? {} : { deadline: Date.now() + timeout };
}

/** grpc-js throws where a call is begun on a channel that is closed. */
function orUnavailable<T>(begin: () => T): T {
  try {
    return begin();
  } catch (error) {
    throw makeError("UNAVAILABLE", error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}
