// The queries of GatewayMachine: which link each goes to, what it waits for, and when it is given up.
#include <algorithm>
#include <utility>

#include "cluster/gateway_machine.h"
#include "cluster/text.h"

namespace gatewayd::cluster {

using For = PendingAnswer::For;

void GatewayMachine::Query(const wire::Frame& frame, const QueryOptions& options, cluster::OnAnswer answer,
                           absl::Time now) {
  if (absl::Status status = CheckQuery(frame, options); !status.ok()) {
    if (absl::IsResourceExhausted(status)) ++counters_.queries_refused;
    Complete(std::move(answer), std::move(status));
  } else if (options.bounded_answer_size != 0) {
    QueryOnCommandLink(frame, options, std::move(answer), now);
  } else {
    QueryOnQueryLink(frame, options, std::move(answer), now);
  }
}

absl::Status GatewayMachine::CheckQuery(const wire::Frame& frame, const QueryOptions& options) {
  if (absl::Status status = CheckGeneration(options.generation); !status.ok()) return status;
  if (effects_unknown_ && !options.any_consistency && !stopped_) {
    effects_unknown_ = false;
    ++counters_.unknown_effects;
    return Error(absl::StatusCode::kUnavailable, Reason::kLinkLost,
                 "the link was lost after commands were accepted, their effect is unknown; ask again");
  }
  return options.bounded_answer_size == 0 && stalled() ? CheckUsable(frame) : CheckCommandLink(frame);
}

void GatewayMachine::QueryOnCommandLink(const wire::Frame& frame, const QueryOptions& options,
                                        cluster::OnAnswer answer, absl::Time now) {
  if (absl::Status status = CheckAnswersDue(options.bounded_answer_size); !status.ok()) {
    ++counters_.queries_refused;
    Complete(std::move(answer), std::move(status));
    return;
  }
  command_link().AppendQuery(frame,
                             {.purpose = For::kCaller,
                              .answer = std::move(answer),
                              .max_size = options.bounded_answer_size,
                              .changes_before = changes_sent_},
                             now);
}

void GatewayMachine::QueryOnQueryLink(const wire::Frame& frame, const QueryOptions& options,
                                      cluster::OnAnswer answer, absl::Time now) {
  if (waiting_.size() >= settings_.options->max_waiting_queries) {
    ++counters_.queries_refused;
    Complete(std::move(answer), Error(absl::StatusCode::kResourceExhausted, Reason::kBufferFull,
                                      "too many queries wait for a query link"));
    return;
  }
  const bool behind = !options.any_consistency && changes_sent_ > changes_run_;
  if (behind) {
    if (absl::Status status = stalled() ? Stalled() : EnsureBarrier(now); !status.ok()) {
      ++counters_.queries_refused;
      Complete(std::move(answer), std::move(status));
      return;
    }
  }
  WaitingQuery& query = waiting_.emplace_back();
  query.frame = frame;
  query.text = StrCat(frame.ext, frame.body);
  query.generation = options.generation;
  query.answer = std::move(answer);
  query.deadline = now + settings_.options->query_timeout;
  if (options.deadline < query.deadline) {
    query.deadline = options.deadline;
    query.callers_deadline = true;
  }
  if (behind) {
    query.after_change = changes_sent_;
    query.barrier_deadline = now + settings_.options->barrier_timeout;
  }
  Dispatch(now);
}

// Asks, once for all who wait, how far the command link has come.
absl::Status GatewayMachine::EnsureBarrier(absl::Time now) {
  if (barrier_change_ >= changes_sent_) return absl::OkStatus();
  if (absl::Status status = CheckAnswersDue(kIsOnlineAnswerSize); !status.ok()) return status;
  barrier_change_ = changes_sent_;
  AskCommandLink(For::kBarrier, 0, now);
  return absl::OkStatus();
}

std::size_t GatewayMachine::IdleQueryLink(bool proven) const {
  std::size_t i = 1;
  while (i < links_.size() &&
         !(links_[i].ready() && links_[i].answers().empty() && (query_link_proofs_[i].proven || !proven)))
    ++i;
  return i;
}

// Gives waiting queries to idle query links, in order; connects links where they are too few. Not without the
// command link: a query link must not be the first of a generation, nor outlive it.
void GatewayMachine::Dispatch(absl::Time now) {
  if (!usable()) return;
  std::size_t unserved = 0;
  std::size_t unproven = 0;
  for (std::size_t i = 1; i < links_.size(); ++i)
    unproven += links_[i].ready() && !query_link_proofs_[i].proven;
  bool prove = false;
  for (auto query = waiting_.begin(); query != waiting_.end();) {
    if (query->after_change > changes_run_) {
      ++query;
      continue;
    }
    const std::size_t i = IdleQueryLink(/*proven=*/!query->generation.empty());
    if (i == links_.size()) {
      if (!query->generation.empty() && unproven > 0) {
        --unproven;
        prove = true;
      } else {
        ++unserved;
      }
      ++query;
      continue;
    }
    const std::size_t ext_size = query->frame.ext.size();
    query->frame.ext = std::string_view(query->text).substr(0, ext_size);
    query->frame.body = std::string_view(query->text).substr(ext_size);
    links_[i].AppendQuery(query->frame,
                          {.purpose = For::kCaller,
                           .answer = std::move(query->answer),
                           .max_size = settings_.options->max_answers},
                          now);
    query = waiting_.erase(query);
  }
  if (prove) ProveQueryLinks(now);
  for (std::size_t i = 1; i < links_.size() && unserved > 0; ++i) {
    if (links_[i].state() == LinkState::kReady) continue;
    links_[i].Want(now);
    --unserved;
  }
}

void GatewayMachine::FailWaiting(const absl::Status& status) {
  for (WaitingQuery& query : waiting_)
    Complete(std::move(query.answer), status);
  waiting_.clear();
}

// The generation has ended: the clients that the queries name are no more, and others get their ids.
void GatewayMachine::FailWaitingForGeneration() {
  std::erase_if(waiting_, [&](WaitingQuery& query) {
    absl::Status status = CheckGeneration(query.generation);
    if (status.ok()) return false;
    Complete(std::move(query.answer), std::move(status));
    return true;
  });
}

void GatewayMachine::FailBehindBarrier(const absl::Status& status) {
  std::erase_if(waiting_, [&](WaitingQuery& query) {
    if (query.after_change == 0) return false;
    Complete(std::move(query.answer), status);
    return true;
  });
}

void GatewayMachine::ExpireWaiting(absl::Time now) {
  std::erase_if(waiting_, [&](WaitingQuery& query) {
    const bool behind = query.after_change > changes_run_;
    if (behind && now >= query.barrier_deadline) {
      ++counters_.barrier_timeouts;
      Complete(std::move(query.answer), Error(absl::StatusCode::kUnavailable, Reason::kTimeout,
                                              "commands that went before the query have not run in time; ask "
                                              "again, or with CONSISTENCY_ANY"));
    } else if (now >= query.deadline) {
      Complete(
          std::move(query.answer),
          query.callers_deadline
              ? Error(absl::StatusCode::kDeadlineExceeded, Reason::kTimeout, "the caller's deadline passed")
              : Error(absl::StatusCode::kUnavailable, Reason::kTimeout,
                      StrCat("no query link was free in time (", links_[1].last_error(), ")")));
    } else {
      return false;
    }
    return true;
  });
}

}  // namespace gatewayd::cluster
