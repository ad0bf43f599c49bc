/** Protobuf's wire format beneath the generated code, with what that cannot do itself. */

import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

/**
 * A reader for the generated code that leaves maps of sessions and handshakes undecoded until somebody asks for them
 * (see struct.ts), and makes no BigInt of a 64-bit number that fits into a number.
 */
export class Reader extends BinaryReader {
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.#bytes = toBuffer(bytes);
  }

  /** The next bytes, as a view. */
  slice(length: number): Buffer {
    const start = this.pos;
    if (length > this.len - start) {
      throw new RangeError("premature EOF");
    }
    this.pos = start + length;
    return this.#bytes.subarray(start, this.pos);
  }

  override uint64(): bigint | string {
    const start = this.pos;
    let value = 0;
    for (let i = 0, scale = 1; i < 7 && start + i < this.len; i++, scale *= 128) {
      const byte = this.#bytes[start + i]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.pos = start + i + 1;
        return value as unknown as bigint; // the generated code asks for its toString() and no more
      }
    }
    return super.uint64();
  }
}

/** A place in a message, for what must be fast: it looks at fields and makes nothing of those that nobody wants. */
export class Cursor {
  /** Where it is. */
  position: number;

  constructor(
    readonly bytes: Buffer,
    start = 0,
  ) {
    this.position = start;
  }

  /** A varint: a tag, a length, a number below 2^53. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 56; scale *= 128) {
      const byte = this.bytes[this.position++];
      if (byte === undefined) {
        break;
      }
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        return value;
      }
    }
    throw new RangeError("a number that is cut off, or too long");
  }

  /** Where what has a length in front of it ends. The cursor then stands where it begins. */
  end(): number {
    const length = this.varint();
    const end = this.position + length;
    if (end > this.bytes.length) {
      throw new RangeError("premature EOF");
    }
    return end;
  }

  /** A string, of ASCII mostly. */
  text(): string {
    const end = this.end();
    const text = this.bytes.toString("utf8", this.position, end);
    this.position = end;
    return text;
  }

  /** Goes past the field of a tag. */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        while (this.bytes[this.position++]! >= 0x80);
        break;
      case 1:
        this.position += 8;
        break;
      case 2:
        this.position = this.end();
        break;
      case 5:
        this.position += 4;
        break;
      default:
        throw new RangeError(`no such wire type: ${tag & 7}`);
    }
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
