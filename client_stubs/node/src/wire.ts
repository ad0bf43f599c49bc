/** Protobuf's wire format beneath the generated code, with what that cannot do itself. */

import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

/** A reader that leaves maps of sessions and handshakes undecoded until somebody asks for them (see struct.ts). */
export class Reader extends BinaryReader {
  constructor(private readonly bytesOfAll: Uint8Array) {
    super(bytesOfAll);
  }

  /** The next bytes, as a view. */
  slice(length: number): Uint8Array {
    const start = this.pos;
    if (length > this.len - start) {
      throw new RangeError("premature EOF");
    }
    this.pos = start + length;
    return this.bytesOfAll.subarray(start, this.pos);
  }
}

/** What ts-proto makes of a message: how it is written and read. */
export interface MessageType<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): T;
}

/** The bytes as a Buffer on the same memory. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A function that writes messages of a type. */
export function serializer<T>(type: MessageType<T>): (message: T) => Buffer {
  return (message) => toBuffer(type.encode(message).finish());
}

/** A function that reads messages of a type. */
export function deserializer<T>(type: MessageType<T>): (bytes: Uint8Array) => T {
  return (bytes) => type.decode(new Reader(bytes));
}
