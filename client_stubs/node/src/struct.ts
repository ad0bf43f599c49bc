/**
 * google.protobuf.Struct as this package reads and writes it: the generated code uses this module in place of its
 * own. Maps are read when they are asked for, which for most events is never; a key may be any string (`__proto__`
 * too); and what a Struct would bend is refused before it is sent.
 */

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

import { invalid } from "./errors.js";
import { Reader } from "./wire.js";

/** What a session can hold. Integers from a Gateway are numbers; a `bigint` is taken where it is within ±2^53. */
export type SessionValue =
  null | boolean | number | bigint | string | readonly SessionValue[] | { readonly [key: string]: SessionValue };

const EXACT = 2 ** 53;

/** Messages within messages, as the daemon's Protobuf takes them: 100, less those around a session. */
const DEEPEST = 94;

// Tags of struct.proto: a field's number and how it is written.
const FIELD = (1 << 3) | WireType.LengthDelimited; // of Struct: an entry; of an entry: its key; of ListValue: a value
const ENTRY_VALUE = (2 << 3) | WireType.LengthDelimited;
const NULL = (1 << 3) | WireType.Varint;
const NUMBER = (2 << 3) | WireType.Bit64;
const STRING = (3 << 3) | WireType.LengthDelimited;
const BOOL = (4 << 3) | WireType.Varint;
const STRUCT = (5 << 3) | WireType.LengthDelimited;
const LIST = (6 << 3) | WireType.LengthDelimited;

/** A Struct in its written form. */
export class EncodedStruct {
  constructor(readonly bytes: Uint8Array) {}
}

/** A plain object, or one that is encoded. */
export type Struct = EncodedStruct | Record<string, unknown>;

/** What the generated code calls. */
export const Struct = {
  encode(message: Struct, writer: BinaryWriter = new BinaryWriter()): BinaryWriter {
    if (message instanceof EncodedStruct) {
      return writer.raw(message.bytes);
    }
    writeStruct(message, writer, 0, "session");
    return writer;
  },
  decode(input: BinaryReader | Uint8Array, length?: number): Struct {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    const size = length ?? reader.len - reader.pos;
    return reader instanceof Reader ? new EncodedStruct(reader.slice(size)) : readStruct(reader, reader.pos + size);
  },
  // The generated code's types say that a field is a plain object; in this package it may be an EncodedStruct.
  wrap: (object: object | undefined): Struct => (object ?? {}) as Struct,
  unwrap: (message: Struct): Record<string, any> => message,
};

/** Encodes a map. Throws InvalidArgumentError, field "session", where the Struct would bend a value. */
export function encodeStruct(map: object): EncodedStruct {
  const writer = new BinaryWriter();
  writeStruct(map, writer, 0, "session");
  return new EncodedStruct(writer.finish());
}

/** The map of a field of a message that this package has read. */
export function decodeStruct(field: object | undefined): Record<string, any> {
  if (field instanceof EncodedStruct) {
    const reader = new BinaryReader(field.bytes);
    return readStruct(reader, reader.len);
  }
  return field ?? {};
}

function writeStruct(map: object, writer: BinaryWriter, depth: number, where: string): void {
  for (const [key, value] of Object.entries(map)) {
    if (!key.isWellFormed()) {
      throw invalid("session", `has a key in ${where} with half a surrogate pair`);
    }
    writer.uint32(FIELD).fork().uint32(FIELD).string(key).uint32(ENTRY_VALUE).fork();
    writeValue(value, writer, depth + 2, `${where}[${JSON.stringify(key)}]`);
    writer.join().join();
  }
}

function writeValue(value: unknown, writer: BinaryWriter, depth: number, where: string): void {
  if (depth > DEEPEST) {
    throw invalid("session", "is nested too deep, or holds itself");
  }
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) {
        throw invalid("session", `has a string with half a surrogate pair at ${where}`);
      }
      writer.uint32(STRING).string(value);
      return;
    case "number":
      if (!Number.isFinite(value)) {
        throw invalid("session", `has a number that is not finite at ${where}`);
      }
      writeNumber(value, Number.isInteger(value) && Math.abs(value) > EXACT, writer, where);
      return;
    case "bigint":
      writeNumber(Number(value), value > EXACT || value < -EXACT, writer, where);
      return;
    case "boolean":
      writer.uint32(BOOL).bool(value);
      return;
    case "object":
      writeObject(value, writer, depth, where);
      return;
    default:
      throw invalid("session", `has a value of type ${typeof value} at ${where}`);
  }
}

function writeNumber(value: number, inexact: boolean, writer: BinaryWriter, where: string): void {
  if (inexact) {
    throw invalid("session", `has an integer outside ±2^53 at ${where}: give the session as its stored bytes`);
  }
  writer.uint32(NUMBER).double(value);
}

function writeObject(value: object | null, writer: BinaryWriter, depth: number, where: string): void {
  if (value === null) {
    writer.uint32(NULL).int32(0);
  } else if (Array.isArray(value)) {
    writer.uint32(LIST).fork();
    for (let position = 0; position < value.length; position++) {
      writer.uint32(FIELD).fork();
      writeValue(value[position], writer, depth + 2, `${where}[${position}]`);
      writer.join();
    }
    writer.join();
  } else if (isPlain(value)) {
    writer.uint32(STRUCT).fork();
    writeStruct(value, writer, depth + 1, where);
    writer.join();
  } else {
    throw invalid("session", `has a ${value.constructor.name} at ${where}: give the session as its stored bytes`);
  }
}

/** Whether it is a map and nothing else: no Date, no Map, no Buffer. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function readStruct(reader: BinaryReader, end: number): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag !== FIELD) {
      reader.skip(tag & 7, tag >>> 3);
      continue;
    }
    const [key, value] = readEntry(reader, reader.uint32() + reader.pos);
    if (key === "__proto__") {
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    } else {
      map[key] = value;
    }
  }
  return map;
}

function readEntry(reader: BinaryReader, end: number): [string, unknown] {
  let key = "";
  let value: unknown = null;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === FIELD) {
      key = reader.string();
    } else if (tag === ENTRY_VALUE) {
      value = readValue(reader, reader.uint32() + reader.pos);
    } else {
      reader.skip(tag & 7, tag >>> 3);
    }
  }
  return [key, value];
}

function readValue(reader: BinaryReader, end: number): unknown {
  let value: unknown = null;
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case NULL:
        reader.int32();
        value = null;
        break;
      case NUMBER:
        value = reader.double();
        break;
      case STRING:
        value = reader.string();
        break;
      case BOOL:
        value = reader.bool();
        break;
      case STRUCT:
        value = readStruct(reader, reader.uint32() + reader.pos);
        break;
      case LIST:
        value = readList(reader, reader.uint32() + reader.pos);
        break;
      default:
        reader.skip(tag & 7, tag >>> 3);
    }
  }
  return value;
}

function readList(reader: BinaryReader, end: number): unknown[] {
  const list: unknown[] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === FIELD) {
      list.push(readValue(reader, reader.uint32() + reader.pos));
    } else {
      reader.skip(tag & 7, tag >>> 3);
    }
  }
  return list;
}
