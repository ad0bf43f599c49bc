#!/usr/bin/env python3
"""Does the simulation find bugs? Each mutant is the daemon's machines with one bug put in; each must break a promise
within 1,000 seeds.

  mutants.py --build BUILD   builds them all in that build folder, runs each, prints a table; fails where one survives
  mutants.py --list          name and files of each, for CMake
  mutants.py --apply NAME F  writes the mutant's copies of those files into folder F, for CMake

The bugs are search-and-replace edits of copies: the code itself knows nothing of them. An edit whose text is not
there exactly once fails the build: the code has changed, and the mutant has to follow.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

CLUSTER = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../daemon/cluster"))
SEEDS = 1000

# name -> list of (file, old, new), and the .cc files that must see a changed header.
MUTANTS = {}
ALSO = {}


def mutant(name, *edits, also=()):
    MUTANTS[name] = edits
    ALSO[name] = also


# ---- Order: promise 1
mutant("outbound_not_reset", ("link_machine.cc", "counters_.commands_lost += outbound_.Reset();", ""))
mutant(
    "lost_count_off_by_one",
    ("outbound_buffer.cc", "std::upper_bound(front_ends_", "std::lower_bound(front_ends_"),
)
mutant("close_wait_skipped", ("link_machine.cc", "deadline_ = now + options_.close_wait;", "deadline_ = now;"))
mutant(
    "leaves_while_old_link_is_read",
    ("gateway_runs.cc", " && command_link().state() != LinkState::kClosing) {", ") {"),
)
mutant(
    "nothing_sent_is_a_lie",
    ("gateway_machine.cc", "= pending.request_offset >= loss.written;", "= pending.request_offset < ~0ull || loss.was_ready;"),
)
# ---- Read your writes: promise 2
mutant(
    "barrier_skipped",
    ("gateway_queries.cc", "behind = !options.any_consistency && changes_sent_ > changes_run_;", "behind = false;"),
)
mutant(
    "barrier_one_change_early",
    ("gateway_queries.cc", "query.after_change = changes_sent_;", "query.after_change = changes_sent_ - 1;"),
)
mutant(
    "effects_unknown_never_set",
    ("gateway_machine.cc", "if (changes_sent_ > changes_run_) effects_unknown_ = true;", ""),
)
mutant(
    "effects_forgotten_by_leaving",
    ("gateway_machine.cc", "effects_unknown_(settings_.effects_unknown)", "effects_unknown_(false)"),
)
# ---- Right answers: promise 3
mutant("answers_not_cleared", ("link_machine.cc", ".unanswered = answers_.Clear(),", ".unanswered = {},"))
mutant(
    "answer_to_the_last",
    (
        "answer_queue.h",
        "PendingAnswer first = std::move(row_[head_++]);",
        "std::swap(row_[head_], row_.back()); PendingAnswer first = std::move(row_[head_++]);",
    ),
    also=("link_machine.cc",),
)
mutant(
    "two_unbounded_on_one_link",
    ("gateway_queries.cc", "return l.ready() && l.answers().empty();", "return l.ready();"),
)
mutant(
    "timeout_never",
    (
        "answer_queue.h",
        "return empty() ? absl::InfiniteFuture() : progress_ + timeout;",
        "return timeout > absl::ZeroDuration() ? absl::InfiniteFuture() : progress_;",
    ),
    also=("link_machine.cc",),
)
mutant("double_completion", ("gateway_machine.cc", "    answer(payload);", "    answer(payload);\n    answer(payload);"))
mutant(
    "confirmed_early",
    ("gateway_machine.cc", "options.confirm_run ? For::kOnlineBefore : For::kConfirmation", "For::kConfirmation"),
)
mutant("offline_is_ok", ("gateway_machine.cc", "confirmation.offline = *settings_", "confirmation.offline = false && *settings_"))
# ---- Bounds: promise 5
mutant(
    "due_answers_unbounded",
    ("gateway_machine.cc", "more <= settings_.options->max_in_flight_answers", "more <= 100 * settings_.options->max_in_flight_answers"),
)
mutant(
    "barrier_beyond_due_answers",
    (
        "gateway_queries.cc",
        "if (absl::Status status = CheckAnswersDue(kIsOnlineAnswerSize); !status.ok()) return status;",
        "",
    ),
)
mutant(
    "command_buffer_unbounded",
    ("outbound_buffer.h", "return pending() + bytes <= limit_;", "return bytes <= limit_;"),
    also=("gateway_machine.cc",),
)
mutant(
    "answer_memory_kept",
    (
        "link_machine.cc",
        "  PendingAnswer pending = answers_.Pop(now);\n  memory_.Release(std::exchange(reserved_, 0));",
        "  PendingAnswer pending = answers_.Pop(now);\n  reserved_ = 0;",
    ),
)
# ---- Fail static: promise 8
mutant("unlisted_dropped_while_linked", ("membership.cc", "} else if (member.linked) {", "} else if (false) {"))
mutant("list_only_grows", ("membership.cc", "lists_[index] = {addresses.begin(), addresses.end()};", "lists_[index].insert(addresses.begin(), addresses.end());"))
mutant(
    "lost_register_forgotten",
    ("register_machine.cc", "  last_error_ = std::move(text);", "  last_error_ = std::move(text);\n  list_.emplace();"),
)
mutant("never_dials_again", ("link_machine.cc", "deadline_ = now + backoff_.Next();", "backoff_.Next();"))
mutant(
    "backoff_never_grows",
    ("backoff.h", "next_ = std::min(next_ * 2, max_);", ""),
    also=("link_machine.cc",),
)
# ---- One bad call hurts itself only: promise 9
mutant("frame_limit_ignored", ("gateway_machine.cc", "if (size > wire::kMaxFrameToGateway) {", "if (size == 0) {"),
       ("outbound_buffer.h", "return pending() + bytes <= limit_;", "return bytes > 1000000 || pending() + bytes <= limit_;"))
# ---- Generations: promise 10
mutant(
    "generation_not_renewed",
    (
        "gateway_runs.cc",
        "run_ = settings_.new_run();",
        "static std::vector<std::pair<void*, RunPtr>> kept; for (auto& [at, run] : kept) if (at == this) run_ = run;"
        " if (!run_) { run_ = settings_.new_run(); kept.emplace_back(this, run_); }",
    ),
)
mutant("generation_unchecked", ("gateway_machine.cc", "if (generation.empty() || generation == this->generation()) return", "return"))
mutant("query_links_kept", ("gateway_machine.cc", "    DropQueryLinks(loss, now);\n", ""))
mutant(
    "busy_query_link_kept",
    (
        "gateway_machine.cc",
        "    links_[i].Unwant();\n    links_[i].Drop(reason",
        "    if (links_[i].ready() && !links_[i].answers().empty()) continue;\n    links_[i].Unwant();\n    links_[i].Drop(reason",
    ),
)


def files(name):
    return list(dict.fromkeys([edit[0] for edit in MUTANTS[name]] + list(ALSO[name])))


def apply(name, folder):
    os.makedirs(os.path.join(folder, "cluster"), exist_ok=True)
    for file in files(name):
        with open(os.path.join(CLUSTER, file), encoding="utf-8") as source:
            text = source.read()
        for edited, old, new in MUTANTS[name]:
            if edited != file:
                continue
            if text.count(old) != 1:
                sys.exit(f"mutant {name}: {file} has {text.count(old)} times what is to be replaced:\n{old}")
            text = text.replace(old, new)
        with open(os.path.join(folder, "cluster", file), "w", encoding="utf-8") as copy:
            copy.write(text)


def run(build, name):
    start = time.monotonic()
    program = os.path.join(build, "mutants", "mutant_" + name)
    done = subprocess.run([program, "--jobs=1", f"--seeds={SEEDS}"], capture_output=True, text=True, timeout=600, check=False)
    seconds = time.monotonic() - start
    seeds = re.search(r"^simulation: (\d+) seeds", done.stdout, re.M)
    found = re.search(r"^FAILED: seed (\d+): (.*)$", done.stdout, re.M)
    return (found.group(1), int(seeds.group(1)), found.group(2), seconds) if found else (None, SEEDS, "survived", seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--apply", nargs=2, metavar=("NAME", "FOLDER"))
    parser.add_argument("--build", metavar="BUILD")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", help="a regular expression of names")
    options = parser.parse_args()
    if options.list:
        for name in MUTANTS:
            print(name + ":" + ",".join(files(name)))
        return 0
    if options.apply:
        apply(*options.apply)
        return 0
    if not options.build:
        parser.error("--build, --list or --apply")
    names = [name for name in MUTANTS if re.search(options.only or "", name)]
    targets = ["mutant_" + name for name in names]
    subprocess.run(["cmake", "--build", options.build, "-j", str(options.jobs), "--target", *targets], check=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda name: run(options.build, name), names))
    print(f"{'mutant':<30} {'seeds':>5} {'first':>6} {'time':>6}  what broke")
    for name, (first, seeds, text, seconds) in zip(names, results):
        print(f"{name:<30} {seeds:>5} {first or '-':>6} {seconds:>5.1f}s  {text[:110]}")
    survivors = [name for name, result in zip(names, results) if result[0] is None]
    print(f"mutants: {len(names) - len(survivors)} of {len(names)} found within {SEEDS} seeds each" +
          (f"; NOT FOUND: {', '.join(survivors)}" if survivors else ""))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
