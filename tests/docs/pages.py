"""What a page asks to be run: its blocks with their marks. The rules are in README.md beside this."""

import dataclasses
import re

MARK = re.compile(r"<!--\s*(not run|stays|prints|types|stop|fails|file)\s*(?::\s*(.*?))?\s*-->\s*$")
COMMAND = re.compile(r"\s*(\$ |sudo |export |(?:\./dev|gatewayd|build/gatewayd|grpcurl|curl|openssl|pip|npm|go|cargo|gem|mvn|docker|kubectl|helm|"
                     r"systemctl|apt-get|cmake|git|cd|python3?) \S)")  # fmt: skip


@dataclasses.dataclass
class Block:
    line: int
    language: str
    text: str
    marks: dict


def blocks(text):
    """The blocks of a page in order. A `stop` that stands alone is a block without a language and text."""
    found, marks, lines = [], {}, text.splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        fence = re.match(r"(\s*)(`{3,})\s*([\w-]*)", line)
        if mark := MARK.match(line.strip()):
            marks[mark[1]] = mark[2] or ""
            if mark[1] == "stop":
                found.append(Block(number + 1, "", "", {"stop": mark[2]}))
                marks = {}
        elif fence:
            start, indent = number, len(fence[1])
            number += 1
            while number < len(lines) and not re.match(rf"\s*{fence[2]}\s*$", lines[number]):
                number += 1
            body = "".join(one[indent:] + "\n" for one in lines[start + 1 : number])
            found.append(Block(start + 1, fence[3], body, marks))
            marks = {}
        elif line.strip():
            marks = {}
        number += 1
    return found


def is_run(block):
    return block.language in ("sh", "console") or (not block.language and block.text.startswith("$ "))


def unmarked(block):
    """True for what looks like commands and does not say whether it is to be run."""
    return not block.language and not block.marks and not is_run(block) and bool(COMMAND.match(block.text))


def commands(block):
    """[(command, what it prints)] of a console block."""
    found = []
    goes_on = False
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append([line[2:] + "\n", ""])
        elif found and not found[-1][1] and (goes_on or line.startswith("> ")):
            found[-1][0] += line.removeprefix("> ") + "\n"
        elif found:
            found[-1][1] += line + "\n"
        goes_on = bool(found) and not found[-1][1] and line.endswith("\\")
    return [tuple(pair) for pair in found]


def pattern(shown):
    """The regular expression of what is shown."""
    out = []
    for line in shown.rstrip().splitlines():
        out.append(r"(?:.*\n)*?" if line.strip() == "\u2026" else ".*".join(re.escape(part) for part in line.rstrip().split("\u2026")) + r"[ \t]*\n")
    return "".join(out)


def matches(shown, printed):
    return re.fullmatch(pattern(shown) + r"\s*", printed.rstrip() + "\n") is not None
