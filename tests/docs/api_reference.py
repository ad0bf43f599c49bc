"""docs/api.md and docs/api/: the API reference, made from proto/ and its comments. `./dev proto` runs it; --check compares."""

import argparse
import pathlib
import re
import sys
import tempfile

from google.protobuf import descriptor_pb2
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ["gateway_service", "worker_service", "admin_service", "types"]  # in the order of the pages
TITLES = {"types": "What the services share"}
WELL_KNOWN = {
    "google.protobuf.Struct": "JSON object",
    "google.protobuf.Duration": 'duration (JSON: `"1.5s"`)',
    "google.protobuf.Timestamp": "time (JSON: RFC 3339)",
}
F = descriptor_pb2.FieldDescriptorProto
GENERATED = "<!-- Made from proto/ by ./dev proto. Change the comments there, not this page. -->\n"


def read_protos():
    """The FileDescriptorProto of each of FILES, with its comments."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "set"
        well_known = pathlib.Path(protoc.__file__).parent / "_proto"
        paths = [f"gatewayworker/v1/{name}.proto" for name in FILES]
        if protoc.main(["protoc", f"-I{ROOT / 'proto'}", f"-I{well_known}", "--include_source_info", f"-o{out}", *paths]):
            sys.exit("protoc failed")
        files = {file.name: file for file in descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file}
        return [files[path] for path in paths]


def paragraph(comment):
    """One line of Markdown a paragraph."""
    parts = [" ".join(line.strip() for line in part.splitlines()) for part in comment.strip().split("\n\n")]
    return "\n\n".join(part.strip() for part in parts)


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class Comments:
    def __init__(self, file):
        self._at = {tuple(location.path): location for location in file.source_code_info.location}

    def of(self, *path):
        found = self._at.get(path)
        return paragraph(found.leading_comments) if found else ""

    def trailing(self, *path):
        found = self._at.get(path)
        return paragraph(found.trailing_comments) if found else ""

    def detached(self, *path):
        found = self._at.get(path)
        return [paragraph(text) for text in found.leading_detached_comments] if found else []


class Reference:
    def __init__(self, files):
        self.files = dict(zip(FILES, files))
        self.comments = {name: Comments(file) for name, file in self.files.items()}
        self.message_at, self.target, self.used_by = {}, {}, {}
        self.package = files[0].package
        inline = {}
        for name, file in self.files.items():
            for service in file.service:
                for rpc in service.method:
                    for kind in (rpc.input_type, rpc.output_type):
                        inline.setdefault(self.short(kind), rpc.name)
                    self.target[rpc.name] = (name, anchor(rpc.name))
        for name, file in self.files.items():
            for index, message in enumerate(file.message_type):
                self.message_at[message.name] = (name, index, message)
                self.target[message.name] = (name, anchor(inline.get(message.name, message.name)))
            for enum in file.enum_type:
                self.target[enum.name] = (name, anchor(enum.name))
        self.inline = inline

    def short(self, full):
        return full.removeprefix(f".{self.package}.")

    def link(self, page, name, text=None):
        file, where = self.target[name]
        place = f"#{where}" if file == page else f"{file}.md#{where}"
        return f"[{text or name}]({place})"

    def linked(self, page, text, around=""):
        """The text with `Name` and "the rpc Name" made links, where the API has such a name."""

        def replace(found):
            name = found.group(1)
            return self.link(page, name) if name in self.target and name not in (around, "Session", "Event") else found.group(0)

        return re.sub(r"(?<![\w`\[#/.])([A-Z][a-z]+[A-Z]\w*)(?![\w\]])", replace, text)

    def type_of(self, page, field):
        plain = F.Type.Name(field.type).removeprefix("TYPE_").lower()
        if field.type in (F.TYPE_MESSAGE, F.TYPE_ENUM):
            name = self.short(field.type_name)
            if entry := self.map_entry(page, field):
                return "map of {} to {}".format(*(self.type_of(page, part) for part in entry.field))
            plain = self.link(page, name) if name in self.target else WELL_KNOWN[name.lstrip(".")]
        if field.label == F.LABEL_REPEATED:
            return f"list of {plain}"
        return f"{plain}, optional" if field.proto3_optional else plain

    def map_entry(self, page, field):
        for nested in (entry for *_, message in self.message_at.values() for entry in message.nested_type):
            if field.type_name.endswith(f".{nested.name}") and nested.options.map_entry:
                return nested
        return None

    def fields(self, page, name):
        """The table of a message's fields; a line for one that has none."""
        file, index, message = self.message_at[name]
        comments = self.comments[file]
        if not message.field:
            return "No fields.\n"
        rows = ["| field | type | meaning |", "|---|---|---|"]
        for number, field in enumerate(message.field):
            meaning = comments.of(4, index, 2, number)
            if field.HasField("oneof_index") and not field.proto3_optional:
                first = next(other for other in message.field if other.oneof_index == field.oneof_index and other.HasField("oneof_index"))
                if first is field or first.name == field.name:
                    meaning = f"*One of several.* {comments.of(4, index, 8, field.oneof_index)} *This one:* {meaning}"
                else:
                    meaning = f"*Or:* {meaning}"
            text = self.linked(page, meaning.replace("|", "\\|").replace("\n\n", "<br>"), name)
            rows.append(f"| `{field.name}` | {self.type_of(page, field)} | {text} |")
        return "\n".join(rows) + "\n"

    def rpc(self, page, service, rpc, comment):
        request, response = self.short(rpc.input_type), self.short(rpc.output_type)
        out = [f"### {rpc.name}\n", self.linked(page, comment, rpc.name) + "\n"]
        facts = [f"`{self.package}.{service.name}/{rpc.name}`", f"right: `{right_of(service.name, rpc.name)}`"]
        if rpc.client_streaming and rpc.server_streaming:
            facts.append("a stream both ways")
        elif rpc.server_streaming:
            facts.append("a stream of responses")
        out.append(" · ".join(facts) + "\n")
        for title, name in (("Request", request), ("Response", response)):
            file, index, message = self.message_at[name]
            said = self.comments[file].of(4, index)
            said = re.sub(rf"^(Request|Response|One chunk) of {rpc.name}[.:] *", "", said)
            if not said and not message.field:
                said = "no fields."
            out.append(f"**{title}** `{name}`" + (f": {self.linked(page, said, name)}" if said else "") + "\n")
            if message.field:
                out.append(self.fields(page, name))
        return "\n".join(out)

    def services(self, page):
        file, comments, out = self.files[page], self.comments[page], []
        for number, service in enumerate(file.service):
            out.append(self.linked(page, comments.of(6, number)) + "\n")
            for index, rpc in enumerate(service.method):
                groups = comments.detached(6, number, 2, index)
                if index == 0:  # what follows the brace belongs to the service
                    groups = groups or [comments.trailing(6, number) or "Calls"]
                for group in groups:
                    title, _, rest = group.removeprefix("---- ").partition(".")
                    title = re.sub(r" \(\d+\)$", "", title)
                    out.append(f"## {title}\n")
                    if rest.strip():
                        out.append(rest.strip() + "\n")
                out.append(self.rpc(page, service, rpc, comments.of(6, number, 2, index)))
        return out

    def page(self, page):
        file, comments = self.files[page], self.comments[page]
        title = file.service[0].name if file.service else TITLES[page]
        out = [f"# {title}\n", GENERATED, bullets(self.linked(page, comments.of(12))) + "\n"]
        out.append(f"Back to [the API](../api.md) · [{page}.proto](../../proto/gatewayworker/v1/{page}.proto)\n")
        out += self.services(page)
        plain = [message for message in file.message_type if message.name not in self.inline]
        if plain:
            out.append("## Messages\n")
        for message in plain:
            out += [f"### {message.name}\n", self.linked(page, comments.of(4, self.message_at[message.name][1]), message.name) + "\n"]
            out.append(self.fields(page, message.name))
        if file.enum_type:
            out.append("## Enums\n")
        for index, enum in enumerate(file.enum_type):
            out += [f"### {enum.name}\n", comments.of(5, index) + "\n", "| value | number | meaning |", "|---|---|---|"]
            for number, value in enumerate(enum.value):
                out.append(f"| `{value.name}` | {value.number} | {self.linked(page, comments.of(5, index, 2, number))} |")
            out.append("")
        return "\n".join(out).rstrip() + "\n"

    def index(self):
        text = (pathlib.Path(__file__).parent / "api_intro.txt").read_text()
        out = [text.replace("GENERATED\n", GENERATED)]
        for page in FILES[:-1]:
            for number, service in enumerate(self.files[page].service):
                out.append(f"\n## {service.name}\n\n{first_sentence(self.comments[page].of(6, number))}\n\n| call | |\n|---|---|")
                for index, rpc in enumerate(service.method):
                    link = f"[{rpc.name}](api/{page}.md#{anchor(rpc.name)})"
                    out.append(f"| {link} | {first_sentence(self.comments[page].of(6, number, 2, index))} |")
        return "\n".join(out).rstrip() + "\n"


def bullets(text):
    """What a paragraph lists with dots between, as a list."""
    return re.sub(r"(?m)^(.*?: )(.* \u00b7 .*)$", lambda found: f"{found[1].rstrip()}\n\n- " + found[2].replace(" \u00b7 ", "\n- "), text)


def first_sentence(text):
    return re.split(r"(?<=[.:])\s+(?=[A-Z`])", text, maxsplit=1)[0].rstrip(":")


def right_of(service, rpc):
    """As daemon/api/access.h has it; docs/security.md has the table."""
    if service != "GatewayService":
        return {"AdminService": "admin", "WorkerService": "events"}[service]
    return "read" if re.match(r"Get|Is|Are|Select|Stream", rpc) else "send"


def pages():
    """{path below docs/: text}."""
    reference = Reference(read_protos())
    return {"api.md": reference.index()} | {f"api/{page}.md": reference.page(page) for page in FILES}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    stale = 0
    for name, text in pages().items():
        path = ROOT / "docs" / name
        if check and (not path.exists() or path.read_text() != text):
            print(f"proto: STALE: docs/{name}: run ./dev proto")
            stale = 1
        elif not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    return stale


if __name__ == "__main__":
    sys.exit(main())
