#!/usr/bin/env python3
"""Writes the fuzzers' seed corpus (tests/fuzz/corpus) from the recorded vectors (tests/vectors).

Files are named by their content, so a run that changes nothing changes no file. Files whose names start with
"regress-" are bugs that fuzzers found, those with "found-" are inputs of fuzzers that reach code which the vectors do not;
neither is ever touched.
"""
import hashlib
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
MAX_FILES = 40      # for each fuzzer
MAX_SIZE = 4096


def lines(path):
    with open(VECTORS / path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def packets():
    """Every recorded packet of the php dialect: (bytes, frame fields or None)."""
    recorded = [line for line in lines("php/worker.jsonl")]
    for line in lines("php/calls.jsonl"):
        recorded += line.get("packets", [])
    return [(bytes.fromhex(packet["hex"]), packet.get("frame")) for packet in recorded]


def frames():
    seen = {}
    for data, frame in packets():
        key = (frame["cmd"], frame["flag"], bool(frame["ext_hex"])) if frame else ("answer", len(data) // 64)
        seen.setdefault(key, data)
    several = b"".join(list(seen.values())[:6])
    return list(seen.values()) + [several, b"7f0000010B5400000001"]


def answers():
    return [data[4:] for data, frame in packets() if frame is None] + [
        b"a:1:{i:3;a:3:{s:3:\"uid\";N;s:6:\"groups\";N;s:7:\"session\";N;}}",
        b"a:2:{i:4;s:0:\"\";i:5;N;}",
    ]


def serialized():
    values = [data for data in answers()]
    for _, frame in packets():
        if frame is None:
            continue
        if frame["ext_hex"].startswith("613a"):
            values.append(bytes.fromhex(frame["ext_hex"]))
        if frame["flag"] & 1 == 0:
            values.append(bytes.fromhex(frame["body_hex"]))
    # Written by PHP 8.2; the recorded sessions hold no objects.
    return [
        b'O:8:"stdClass":1:{s:1:"a";i:1;}',
        b'a:2:{i:0;O:1:"P":2:{s:1:"x";i:1;s:4:"\0*\0y";a:1:{i:0;d:1.5;}}i:1;r:2;}',
        b'a:2:{i:0;E:6:"Suit:H";i:1;r:2;}',
        b'a:2:{s:1:"k";i:1;s:4:"self";R:2;}',
        b'a:2:{i:0;C:2:"C2":3:{x}y}i:1;i:1;}',
        b'S:2:"a\\41";',
        b"a:5:{i:0;d:INF;i:1;d:-INF;i:2;d:NAN;i:3;d:1.0E+25;i:4;d:-1.5E-10;}",
        b"a:2:{i:-5;b:1;i:9223372036854775807;b:0;}",
    ] + values


def register_lines():
    texts = [
        '{"event":"broadcast_addresses","addresses":{"0":"127.0.0.2:2900","2":"[::1]:2901"}}',
        '{"event":"broadcast_addresses","addresses":null,"sdk_addresses":["gateway.example:1"]}',
        '{"event":"worker_connect","secret_key":"\\u4f60\\"\\\\\\n\\u0000","name":"worker:0"}',
        "Register error 400, bad request",
        "[fe80::1]:65535",
    ]
    texts += [bytes.fromhex(line["raw_hex"]).decode() for line in lines("go/register.jsonl")[:4]]
    texts += [line["text"] for line in lines("php/register.jsonl")]
    texts += [line["plain_text"] for line in lines("go/register.jsonl") if line.get("plain_text")]
    return [text.rstrip("\n").encode() for text in texts]


def go_packets():
    """One recorded packet of the go dialect of each kind."""
    seen = {}
    for line in lines("go/frames.jsonl"):
        fields = line.get("fields", {})
        key = (line.get("query_cmd"), fields.get("cmd"), fields.get("flag"), bool(fields.get("ext")))
        seen.setdefault(key, line)
    return list(seen.values())


def go_travelling():
    packets = [bytes.fromhex(line["raw_hex"]) for line in go_packets()]
    return packets + [b"".join(packets[:5]), packets[0][:40], b"HTTP/1.1 400 Bad Request"]


def go_plain():
    return [bytes.fromhex(line["frame_hex"]) for line in go_packets()]


def go_answers():
    return [line["response_text"].encode() for line in lines("go/frames.jsonl") if "response_text" in line]


def go_sessions():
    fields = [line["fields"] for line in lines("go/frames.jsonl") if "fields" in line]
    texts = {text for field in fields for text in (field["ext"], field["body"]) if text and text.startswith("{")}
    return [
        b'{"a":9007199254740993,"b":123456789012345678901234567890,"c":1e400,"d":-0,"e":-0.0}',
        b'{"a":1,"a":{"a":[[],{}]}}',
        b'["\\ud83d\\udc4b\\u2028"]',
        b'{"a":"\xff"}',
        b"null",
    ] + [text.encode() for text in sorted(texts)]


def field(number, value):
    """A field of Protobuf with a length; below 16 and 16,384."""
    size = len(value)
    return bytes([number << 3 | 2]) + (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + value


def commands():
    """By a command's number in the proto."""
    client = field(1, b"7f0000010b5400000001")
    hello = field(2, field(1, b"hello"))
    return {
        "send": field(1, client + hello),
        "text": field(1, client + field(2, field(2, "h\u00e9llo".encode()))),
        "nothing": field(1, client + field(2, b"")),
        "confirmed": field(1, client + hello + b"\x20\x02\x28\x01"),
        "backwards": field(1, hello + client),
        "long": field(1, client + field(2, field(1, b"x" * 200))),
        "current": field(2, hello),
        "all": field(3, field(1, field(1, b"to all"))),
        "uid": field(6, client + field(2, b"ann")),
        "session": field(11, client + field(2, field(1, field(1, field(1, b"a") + field(2, b"\x21\0\0\0\0\0\0\xf8?"))))),
        "unknown": b"\xf8\x01\x05",
        "none": b"",
    }


def command_lists():
    """Requests of Execute."""
    lists = [field(1, command) for command in commands().values()]
    return lists + [b"".join(lists), lists[0] * 20, lists[0] + b"\xf8\x01\x05"]


def worker_requests():
    """What workers say on their streams."""
    numbered = [field(2, b"\x08" + bytes([i + 1]) + field(2, command) + b"\x18\xc0\x84\x3d")
                for i, command in enumerate(commands().values())]
    hello = field(1, field(1, b"worker") + b"\x12\x02\x01\x03")
    acks = field(3, b"\x08\x90\x4e" + field(2, b"\x95\x4e") + field(3, b"\x08\x01\x10\x05"))
    leave = field(5, b"\x08\x01")
    bare = field(2, field(2, commands()["send"]))
    return numbered + [hello, acks, field(4, b"\x08\x07"), leave, bare, b"".join(numbered) + acks, hello + bare + acks + leave]


def write(fuzzer, seeds):
    folder = HERE / "corpus" / fuzzer
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {}
    for seed in seeds:
        if len(wanted) < MAX_FILES and len(seed) <= MAX_SIZE:
            wanted[hashlib.sha1(seed).hexdigest()[:12]] = seed
    for old in folder.iterdir():
        if old.name not in wanted and not old.name.startswith(("regress-", "found-")):
            old.unlink()
    for name, seed in wanted.items():
        (folder / name).write_bytes(seed)


if __name__ == "__main__":
    write("frame_fuzzer", frames())
    write("php_serialize_fuzzer", serialized())
    write("register_line_fuzzer", register_lines())
    write("php_answers_fuzzer", answers())
    write("go_packet_fuzzer", go_travelling())
    write("go_frame_fuzzer", go_plain())
    write("go_answers_fuzzer", go_answers())
    write("go_session_fuzzer", go_sessions())
    write("command_list_fuzzer", command_lists())
    write("worker_request_fuzzer", worker_requests())
