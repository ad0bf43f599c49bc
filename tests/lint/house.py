"""The rules of the house that no compiler keeps. Run by `./dev lint`; each rule is a function from a path and its
text to a list of problems, so that test_house.py can try it on made-up files."""

import fnmatch
import pathlib
import posixpath
import re
import subprocess
import sys

# Code that decides and does not act: no socket, no clock, no thread, so that the simulation can run it.
PURE = [
    "daemon/wire/*",
    "daemon/cluster/*_machine.*",
    "daemon/cluster/answer_queue.*",
    "daemon/cluster/outbound_buffer.*",
    "daemon/cluster/backoff.*",
    "daemon/cluster/event_links.*",
    "daemon/cluster/event_reader.*",
    "daemon/cluster/gateway_queries.*",
    "daemon/cluster/gateway_runs.*",
    "daemon/cluster/membership.*",
    "daemon/cluster/fan_out.*",
    "daemon/events/dispatch_*",
    "daemon/events/event.*",
    "daemon/events/in_flight.*",
]
IMPURE = [
    (r'#include\s*[<"](boost/(asio|beast)|asio)', "Asio"),
    (r'#include\s*[<"](grpc|grpcpp)/', "gRPC"),
    (r"#include\s*<(thread|mutex|shared_mutex|condition_variable|stop_token|future|chrono)>", "threads and clocks"),
    (r'#include\s*"absl/(synchronization/|time/clock\.h)', "threads and clocks"),
    (r"#include\s*<(sys/socket|netinet/\w+|arpa/inet|poll|sys/epoll|unistd|time|sys/time)\.h>", "the system"),
    (r"\babsl::(Now|GetCurrentTimeNanos|SleepFor)\b", "reading a clock"),
    (r"\b(steady_clock|system_clock|high_resolution_clock)::now\b", "reading a clock"),
]

# Who may include whom; everything else in daemon/ (main.cc, config.*) may include all of them.
MAY_INCLUDE = {
    "wire": {"wire"},
    "cluster": {"cluster", "wire"},
    "events": {"events", "cluster", "wire"},
    "security": {"security", "wire"},
    "api": {"api", "events", "cluster", "security", "wire"},
    "admin": {"admin", "events", "cluster", "security", "wire"},
    "embedded": {"embedded", "wire"},
}

# Put together from parts, so that this file does not break its own rule.
HOSTS = [
    ("pypi", "org"),
    ("files.pythonhosted", "org"),
    ("proxy.golang", "org"),
    ("sum.golang", "org"),
    ("registry.npmjs", "org"),
    ("static.crates", "io"),
    ("index.crates", "io"),
    ("repo1.maven", "org"),
    ("repo.maven.apache", "org"),
    ("deb.debian", "org"),
    ("repo.packagist", "org"),
    ("rubygems", "org"),
]
HOST = re.compile("|".join(re.escape(".".join(parts)) for parts in HOSTS))
MACHINE_PATH = re.compile(r"(?<![\w.*}~-])/(?:root|work|home/\w+|opt/wheels)/")
PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*" + "PRIVATE KEY-----")

CLASS = re.compile(r"^\s*(?:class|struct)\s+(?:alignas\([^)]*\)\s*)?(?:\[\[\w+\]\]\s*)?(\w+)[^;(]*(?:\{|$)")


def is_code(path):
    return path.startswith("daemon/") and path.endswith((".h", ".cc"))


def check_pure(path, text):
    if not any(fnmatch.fnmatch(path, pattern) for pattern in PURE) or not is_code(path):
        return []
    return [
        f"{path}:{number}: {what} in code that must stay without I/O: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, what in IMPURE
        if re.search(pattern, line.split("//")[0])
    ]


def check_direction(path, text):
    parts = path.split("/")
    if not is_code(path) or len(parts) < 3 or parts[1] not in MAY_INCLUDE:
        return []
    allowed = MAY_INCLUDE[parts[1]]
    return [
        f"{path}:{number}: {parts[1]}/ may not include {folder}/"
        for number, line in enumerate(text.splitlines(), 1)
        for folder in re.findall(r'^\s*#include\s*"(\w+)/', line)
        if folder in MAY_INCLUDE and folder not in allowed
    ]


def check_header(path, text):
    """A header is a contract: guarded, and it opens with what it promises, or that leads its first class."""
    if not is_code(path) or not path.endswith(".h"):
        return []
    problems = []
    if "#pragma once" not in text:
        problems.append(f"{path}:1: no #pragma once")
    if text.startswith("//"):
        return problems
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = CLASS.match(line)
        if not found:
            continue
        above = number - 1
        while above >= 0 and re.match(r"^\s*(template\s*<|requires\b)", lines[above]):
            above -= 1
        if above < 0 or not re.match(r"^\s*(//|\*|.*\*/)", lines[above]):
            problems.append(f"{path}:{number + 1}: no comment leads {found.group(1)}: what it is for, who owns it")
        break
    return problems


def check_text(path, text):
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        if HOST.search(line):
            problems.append(f"{path}:{number}: names the host of a package registry")
        if MACHINE_PATH.search(line):
            problems.append(f"{path}:{number}: names a path of one machine")
        if PRIVATE_KEY.search(line):
            problems.append(f"{path}:{number}: a private key")
    return problems


RULES = [check_pure, check_direction, check_header, check_text]

# ---- Rules over all files: from {path: text} to a list of problems.

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CPP_TEST = re.compile(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)")
PY_TEST = re.compile(r"^def (test_\w+)", re.M)
NAMED_TEST = re.compile(r"`(\w+Test\.\w+|test_\w+)`")


def check_links(files):
    """A link between pages leads somewhere."""
    known = set(files) | {str(folder) for path in files for folder in pathlib.PurePosixPath(path).parents}
    problems = []
    for path, text in files.items():
        if not path.endswith(".md"):
            continue
        for target in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            full = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if full not in known:
                problems.append(f"{path}: the link to {target} leads nowhere")
    return problems


def check_decisions(files):
    """Each decision stands in the index."""
    index = files.get("docs/decisions/README.md", "")
    numbered = re.compile(r"docs/decisions/(\d+-[\w-]+\.md)\Z")
    names = [match.group(1) for match in map(numbered.match, files) if match]
    return [f"docs/decisions/README.md: {name} is not in the index" for name in sorted(names) if f"({name})" not in index]


def check_failures(files):
    """Each test that the table of faults names is there."""
    tests = set()
    for path, text in files.items():
        if path.startswith("tests/"):
            tests |= {f"{suite}.{case}" for suite, case in CPP_TEST.findall(text)} | set(PY_TEST.findall(text))
    named = NAMED_TEST.findall(files.get("docs/failures.md", ""))
    return [f"docs/failures.md: there is no test {name}" for name in named if name not in tests]


TREE_RULES = [check_links, check_decisions, check_failures]


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    for path in filter(None, listed.split("\0")):
        try:
            with open(path, encoding="utf-8") as file:
                yield path, file.read()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # not text, or deleted in the work tree


def main():
    files = dict(tracked_files())
    problems = [problem for rule in RULES for path, text in files.items() for problem in rule(path, text)]
    problems += [problem for rule in TREE_RULES for problem in rule(files)]
    for problem in problems:
        print(problem)
    print(f"house: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
