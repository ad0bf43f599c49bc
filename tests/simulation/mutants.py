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

DAEMON = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../daemon"))
SEEDS = 1000

# name -> list of (file, old, new), and the .cc files that must see a changed header. A file without a folder is of
# daemon/cluster.
MUTANTS = {}
ALSO = {}


# Those whose name starts with "go_" are run in worlds of that dialect.
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
    ("gateway_queries.cc", "links_[i].ready() && links_[i].answers().empty() && ", "links_[i].ready() && "),
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
# A query link that is kept does harm where it also keeps the generation, as it once did.
GENERATION_LIVES_BY_QUERY_LINKS = (
    "gateway_runs.cc",
    "  if (run_ && !command_proven_ && !event_proven) EndRun();",
    "  bool query = false;\n  for (const LinkMachine& link : links_) query = query || link.ready();\n"
    "  if (run_ && !command_proven_ && !event_proven && !query) EndRun();\n"
    "  if (run_ && command_link().ready()) command_proven_ = true;",
)
mutant("query_links_kept", ("gateway_machine.cc", "    DropQueryLinks(loss, now);\n", ""), GENERATION_LIVES_BY_QUERY_LINKS)
mutant(
    "busy_query_link_kept",
    (
        "gateway_machine.cc",
        "    links_[i].Unwant();\n    links_[i].Drop(reason",
        "    if (links_[i].ready() && !links_[i].answers().empty()) continue;\n    links_[i].Unwant();\n    links_[i].Drop(reason",
    ),
    GENERATION_LIVES_BY_QUERY_LINKS,
)


# ---- Events: order, promise 1
mutant(
    "later_events_overtake_held_ones",
    ("events/dispatch_machine.cc", "  if (client.in_flight == 0) return false;\n", "  if (client.pending != ~0u) return false;\n"),
)
mutant(
    "fetched_event_goes_to_the_back",
    ("events/dispatch_sessions.cc", "worker.queue.push_front(std::move(entry));", "worker.queue.push_back(std::move(entry));"),
)
mutant(
    "redelivered_behind_what_is_queued",
    (
        "events/dispatch_ends.cc",
        "  TakeWaiting(*gone, &entries);",
        "  Entries waiting;\n  TakeWaiting(*gone, &waiting);\n  entries.insert(entries.begin(), waiting.begin(), waiting.end());",
    ),
)
mutant(
    "behind_a_fetch_overtaken",
    (
        "events/dispatch_workers.cc",
        "if (MustWait(*worker, front)) {",
        "if (false) {",
    ),
)
mutant(
    "affinity_forgotten",
    (
        "events/dispatch_machine.cc",
        "worker != nullptr && worker->takes_events()) return worker;",
        "worker != nullptr && worker->takes_events() && client.in_flight > 0) return worker;",
    ),
)
mutant(
    "two_event_links",
    (
        "event_links.h",
        "if (current() == nullptr && !slots_[1 - current_].given_up) current_ = 1 - current_;",
        "current_ = slots_[0].given_up ? 1 : 0;",
    ),
    also=("gateway_machine.cc", "gateway_runs.cc", "gateway_queries.cc"),
)
# ---- No silent loss: promise 4
mutant(
    "in_flight_lost_with_its_worker",
    ("events/dispatch_ends.cc", "    } else if (entry.attempt >= options_.max_deliveries) {",
     "    } else if (&entry < entries.data() + in_flight) {\n      Done(entry);\n    } else if (false) {"),
)
mutant("attempts_start_again", ("events/dispatch_machine.cc", "    entry.moved = true;", "    entry.moved = true;\n    entry.attempt = 0;"))
mutant(
    "poison_one_late",
    ("events/dispatch_ends.cc", "entry.attempt >= options_.max_deliveries", "entry.attempt > options_.max_deliveries"),
)
mutant(
    "nothing_waits_for_the_next_worker",
    ("events/dispatch_machine.cc", "    unassigned_.push_back(std::move(entry));", "    Done(entry);"),
)
mutant("leaving_worker_gets_more", ("events/dispatch_ends.cc", "  StopEvents(worker);\n  CheckEnd", "  CheckEnd"))
mutant("reading_never_goes_on", ("events/dispatch_machine.cc", "  resume_ = true;", ""))
mutant("gateway_lost_twice", ("gateway_runs.cc", "  if (std::erase(over_, news.run) > 0) {",
                              "  if (std::erase(over_, news.run) > 0) {\n    event_notes_.push_back({.kind = EventNote::Kind::kRunOver, .run = news.run});"))
mutant("gateway_lost_before_its_last_events", ("gateway_runs.cc", "  if (still_read) {", "  if (false && still_read) {"))
# ---- Bounds of events: promise 5
mutant(
    "window_one_too_many",
    ("events/dispatch_workers.cc", "in_flight >= worker.settings.window_events", "in_flight > worker.settings.window_events"),
)
mutant(
    "window_bytes_unbounded",
    ("events/dispatch_workers.cc", "worker.in_flight_bytes + entry.event->size() > worker.settings.window_bytes",
     "worker.in_flight_bytes > worker.settings.window_bytes"),
)
mutant(
    "event_memory_unbounded",
    ("events/dispatch_machine.cc", "if (events_ == 0 || memory_used_ + size <= options_.event_memory) return", "return"),
)
mutant(
    "fetched_sessions_stay_in_memory",
    ("events/dispatch_machine.cc", "memory_used_ -= client.rare->session->size();", ";"),
)
mutant("ack_timeout_never", ("events/dispatch_ends.cc", "    if (now >= ack_by) {", "    if (false && now >= ack_by) {"))
# ---- Event links only while a worker is there: promise 6
mutant("no_grace", ("events/dispatch_ends.cc", "  grace_until_ = now + options_.grace;", "  grace_until_ = now;"))
mutant("grace_never_ends", ("events/dispatch_ends.cc", "  if (now >= grace_until_) {\n    grace_until_ = absl::InfinitePast();\n    UpdateLinksWanted(now);",
                            "  if (now >= grace_until_) {"))
mutant(
    "last_worker_ends_before_the_links",
    ("events/dispatch_ends.cc", "worker.state == Worker::State::kFinishing && links_left_ && events_ == 0;",
     "worker.state == Worker::State::kFinishing && events_ == 0;"),
)
mutant("links_kept_by_a_leave", ("events/dispatch_ends.cc", "mode == LeaveMode::kCloseLinks) {", "mode != LeaveMode::kCloseLinks) {"))
# ---- Leaving without loss: promise 7
mutant(
    "left_by_a_half_close",
    ("event_link_machine.cc", "  if (dialect_.kind() == wire::DialectKind::kPhp) {", "  if (dialect_.kind() != wire::DialectKind::kPhp) {"),
)
mutant("second_not_read_to_its_answer", ("event_link_machine.cc", "    stage_ = Stage::kDraining;\n    Ask(1, For::kLeave, 0, now);", "    Gone(now);"))
mutant("another_key_to_leave", ("event_link_machine.cc", "  stage_ = Stage::kTakenOver;\n", "  stage_ = Stage::kTakenOver;\n  worker_key_ = new_worker_key_();\n"))
mutant("drain_forgets_the_links", ("events/dispatch_ends.cc", "  links_wanted_ = !draining_ && ", "  links_wanted_ = "))
# ---- Generations: promise 10
mutant(
    "query_link_believed",
    ("gateway_queries.cc", "IdleQueryLink(/*proven=*/!query->generation.empty());", "IdleQueryLink(/*proven=*/false);"),
)
mutant("command_link_believed", ("gateway_runs.cc", "  if (!command_link().ready()) command_proven_ = false;", "  if (!run_) command_proven_ = false;"))
mutant(
    "event_link_believed",
    ("gateway_runs.cc", "  if (proof_->asked) return;\n", "  if (event_waits) {\n    event->Attach(run_, now);\n    proof_.reset();\n    return;\n  }\n  if (proof_->asked) return;\n"),
)
# ---- Fresh sessions
mutant("writes_do_not_make_sessions_old", ("events/dispatch_sessions.cc", "    client->second->last_write = moment_;\n  }\n  RequestMark", "  }\n  RequestMark"))
mutant("session_never_in_doubt", ("events/dispatch_machine.cc", "const bool in_doubt = run.all_written != 0 || run.writes.contains(client.key.connection_id);", "const bool in_doubt = false;"))
mutant(
    "mark_without_the_command_link",
    ("gateway_runs.cc", "  marks_on_command_link_.swap(marks_);\n",
     "  if (events_.current() && events_.current()->live()) {\n    events_.current()->AskMark(now);\n    marks_on_event_link_.push_back(std::exchange(marks_, {}));\n    return;\n  }\n  marks_on_command_link_.swap(marks_);\n"),
)
# ---- go: one link writes to clients (promise 9), stalled links (3)
mutant(
    "go_second_writer",
    (
        "gateway_machine.cc",
        "  command_link().Append(frame, /*is_command=*/true);\n  CountChange",
        "  (guard().ready() && frame.command == wire::Command::kSendToOne ? guard() : command_link()).Append(frame, true);\n  CountChange",
    ),
)
mutant(
    "go_stalled_link_takes_commands_by_the_guard",
    ("gateway_machine.cc", "stalled() && frame.command == wire::Command::kDestroy && usable()", "stalled() && usable()"),
)
mutant("go_stalled_link_takes_commands", ("gateway_machine.cc", "  if (stalled()) return Stalled();\n  const LinkMachine& link", "  const LinkMachine& link"))
mutant("go_stalled_link_is_ended", ("link_machine.cc", "      if (keeps_stalled_) {", "      if (false) {"))
mutant("go_never_stalled", ("link_machine.cc", "        stalled_ = true;", "        answers_.Progress(now);"))
mutant("go_stall_never_left", ("link_machine.cc", "  stalled_ = false;\n  const std::size_t limit", "  const std::size_t limit"))
mutant("go_not_watched", ("gateway_stall.cc", "    AskCommandLink(For::kWatch, 0, now);", ""))
mutant("go_any_answer_is_behind_all", ("gateway_machine.cc", "writes_.RanUpTo(answer->pending.query_offset)", "writes_.RanUpTo(~0ull)"))
mutant("go_no_destroy_first", ("gateway_stall.cc", "  hold_.destroy = std::move(all);", ""))
mutant(
    "go_destroy_not_awaited",
    ("gateway_stall.cc", "{.purpose = For::kDestroyed, .max_size = kIsOnlineAnswerSize}, now);",
     "{.purpose = For::kProbe, .max_size = kIsOnlineAnswerSize}, now);\n  OnDestroyed(now);"),
)
mutant("go_fan_out_forgotten", ("gateway_stall.cc", "if (left.fan_out && !std::exchange(hold_.fan_out, true)) {", "if (false) {"))
mutant("go_not_all_refused", ("gateway_stall.cc", "  if (!hold_.fan_out || frame.command",
                              "  static int asked = 0;\n  if (++asked % 8 == 0 || !hold_.fan_out || frame.command"))
mutant("go_broken_link_means_an_end", ("gateway_stall.cc", "loss.was_ready && !loss.orderly && !left.empty() && !stopped_", "false"))
mutant("go_left_open_means_an_end", ("gateway_stall.cc", "  if (link.TakeLeftOpen()) HoldBack(std::exchange(left_behind_, {}));", "  link.TakeLeftOpen();"))
mutant("go_broken_while_closing_means_an_end", ("link_machine.cc", "broke_while_closing_ = error != kClosedByPeer;", ""))
mutant("go_nonsense_means_an_end", ("gateway_stall.cc", "const bool ended = loss.reason == Reason::kLinkLost;", "const bool ended = loss.reason != Reason::kTimeout;"))
mutant("go_hold_forgotten_by_leaving", ("gateway_machine.cc", "hold_(settings_.hold)", "hold_()"))
mutant("go_guard_unbounded", ("gateway_stall.cc", "link.outbound().HasRoom(wire::FrameSize(frame)) &&", "true &&"))
# ---- go: generations (10)
mutant("go_guard_believed", ("gateway_stall.cc", "(generation.empty() || query_link_proofs_[kGuard].proven)", "true"))
mutant("go_proof_outlives_its_link", ("gateway_machine.cc", "  ForgetQueryLinkProofs();\n", ""),
       ("gateway_queries.cc", "  if (!usable()) return;\n", "  ForgetQueryLinkProofs();\n  if (!usable()) return;\n"))
# ---- go: events, Registers (4, 7, 8)
mutant("go_ping_is_life", ("event_link_machine.cc", "== wire::DialectKind::kGo ? last_answer_ : last_byte_", "== wire::DialectKind::kGo ? last_byte_ : last_byte_"))
mutant(
    "go_left_without_reading_to_the_end",
    ("event_link_machine.cc", "  } else {\n    EndWith(0, /*half_close=*/true, now);",
     "  } else {\n    first().Unwant();\n    first().Drop(Reason::kStopping, \"left\", now);\n    first().TakeLoss();\n    Gone(now);"),
)
mutant("go_sdk_addresses_ignored", ("register_machine.cc", "return sdk ? ", "return sdk && false ? "))
mutant("go_worker_addresses_ignored", ("register_machine.cc", " && options_.go_addresses == GoAddresses::kSdk &&", " &&"))
mutant("go_dashboard_not_told", ("register_machine.cc", "    Say(wire::WorkerStatsJson(identity_.name, identity_.processed()));\n", ""))


def path(file):
    return file if "/" in file else "cluster/" + file


def files(name):
    return list(dict.fromkeys([path(edit[0]) for edit in MUTANTS[name]] + [path(file) for file in ALSO[name]]))


def apply(name, folder):
    for file in files(name):
        os.makedirs(os.path.dirname(os.path.join(folder, file)), exist_ok=True)
        with open(os.path.join(DAEMON, file), encoding="utf-8") as source:
            text = source.read()
        for edited, old, new in MUTANTS[name]:
            if path(edited) != file:
                continue
            if text.count(old) != 1:
                sys.exit(f"mutant {name}: {file} has {text.count(old)} times what is to be replaced:\n{old}")
            text = text.replace(old, new)
        with open(os.path.join(folder, file), "w", encoding="utf-8") as copy:
            copy.write(text)


def run(build, name):
    start = time.monotonic()
    program = os.path.join(build, "mutants", "mutant_" + name)
    dialect = "go" if name.startswith("go_") else "php"
    done = subprocess.run([program, "--jobs=1", f"--seeds={SEEDS}", "--dialect=" + dialect], capture_output=True, text=True, timeout=600, check=False)
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
