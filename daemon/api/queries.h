// Executors of the queries.
//
// A query to one client's Gateway is a struct F with
//   kInfo, kTake                                 as every row (functions.h)
//   kBounded                                     the largest answer that can be right; 0: no bound
//   Ask(id, frame, storage)                      fills ext, where there is any
//   Finish(dialect, id, answer, response)        reads the answer
//
// A query to many is a struct F with
//   kInfo, kTake
//   Part                                         what one answer is read into
//   Ask(request, context, plan)                  lays down the frames; sets plan.bounded where answers are
//   Read(answer, part)                           reads an answer
//   Merge(request, parts, response)              makes the response of what came, in the order of the plan;
//                                                with plan.absent before the response, where it takes that
#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "api/call.h"
#include "api/checks.h"
#include "api/client_command.h"
#include "api/context.h"
#include "api/error.h"
#include "api/functions.h"
#include "api/plan.h"
#include "cluster/errors.h"

namespace gatewayd::api {

// Answers that are one number, with their length and whatever encryption adds.
inline constexpr std::size_t kNumberAnswerSize = 64;

// An answer that cannot be read: DATA_LOSS naming the Gateway.
absl::Status BadAnswer(std::string_view gateway, const absl::Status& status);

// ---- To one client's Gateway

template <typename Request>
cluster::QueryOptions OptionsOf(const Request& request, std::size_t bounded, absl::Time deadline) {
  cluster::QueryOptions options;
  options.bounded_answer_size = bounded;
  options.any_consistency = request.consistency() == pb::CONSISTENCY_ANY;
  if (bounded == 0) options.deadline = deadline;
  return options;
}

template <typename F, typename Request, typename Response>
void FinishClientQuery(Call<Request, Response>& call, absl::StatusOr<std::string_view> answer) {
  if (!answer.ok()) return call.Finish(answer.status());
  const wire::ClientId id = *wire::ParseClientId(call.request().client_id());
  absl::Status status = F::Finish(call.core().dialect(), id, *answer, call.response());
  if (status.code() == absl::StatusCode::kDataLoss) {
    const auto gateway = call.view().Find(id.gateway);
    status = BadAnswer(gateway.ok() ? (*gateway)->address() : wire::ToString(id.gateway), status);
  }
  call.Finish(status);
}

template <typename F, typename Request, typename Response>
void HandleClientQuery(Call<Request, Response> call, cluster::WriteBatch& batch) {
  const Request& request = call.request();
  if (absl::Status status = CheckConsistency(request.consistency()); !status.ok()) return call.Finish(status);
  const absl::StatusOr<wire::ClientId> id = CheckClientId("client_id", request.client_id());
  if (!id.ok()) return call.Finish(id.status());
  const absl::StatusOr<cluster::Gateway*> gateway = call.view().Find(id->gateway);
  if (!gateway.ok()) return call.Finish(gateway.status());
  wire::Frame frame;
  frame.command = F::kInfo.commands[0];
  frame.connection_id = id->connection_id;
  std::string storage;
  F::Ask(*id, frame, storage);
  cluster::QueryOptions options =
      OptionsOf(request, F::kBounded, F::kBounded == 0 ? call.deadline() : absl::Time());
  options.generation = request.generation();
  (*gateway)->Query(frame, options, batch,
                    [call = std::move(call)](absl::StatusOr<std::string_view> answer) mutable {
                      FinishClientQuery<F>(call, std::move(answer));
                    });
}

template <typename F>
constexpr Row ClientQueryRow() {
  return {.info = &F::kInfo,
          .serve = &ServeUnary<GatewayRpcs, F, &HandleClientQuery<F, RequestOf<F>, ResponseOf<F>>>};
}

// ---- To many

// An answer with what is needed to read it.
struct Answer {
  const wire::Dialect& dialect;
  const Step& step;
  std::string_view bytes;
};

// What came of one step.
template <typename Part>
struct Slot {
  Step step;
  absl::Status status;
  Part part = {};
};

template <typename Part>
using Slots = std::vector<Slot<Part>>;

// Asks all Gateways of a plan and merges when the last has answered. Deletes itself.
template <typename F, typename Request, typename Response>
class FanOut {
 public:
  using Part = typename F::Part;

  FanOut(Call<Request, Response> call, const Plan& plan)
      : call_(std::move(call)), failures_(plan.failures), absent_(plan.absent) {
    slots_.reserve(plan.steps.size());
    for (const Step& step : plan.steps)
      slots_.push_back({.step = step});
  }

  void Run(const Plan& plan, cluster::WriteBatch& batch) {
    const cluster::QueryOptions options = OptionsOf(call_.request(), plan.bounded, call_.deadline());
    remaining_ = plan.steps.size() + 1;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      plan.steps[i].gateway->Query(
          plan.FrameOf(plan.steps[i]), options, batch,
          [this, i](absl::StatusOr<std::string_view> answer) { OnAnswer(slots_[i], std::move(answer)); });
    }
    Release();
  }

 private:
  void OnAnswer(Slot<Part>& slot, absl::StatusOr<std::string_view> answer) {
    if (answer.ok()) {
      slot.status = F::Read(Answer{call_.core().dialect(), slot.step, *answer}, slot.part);
      if (!slot.status.ok()) slot.status = BadAnswer(slot.step.gateway->address(), slot.status);
    } else {
      slot.status = answer.status();
    }
    Release();
  }

  void Release() {
    if (remaining_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    call_.Finish(Conclude());
    delete this;
  }

  absl::Status Conclude() {
    for (const Slot<Part>& slot : slots_) {
      if (!slot.status.ok()) failures_.push_back({slot.step.gateway->address(), slot.status});
    }
    if (!failures_.empty()) {
      if (!call_.request().partial_ok()) return FailuresStatus(failures_);
      ListFailures(failures_, call_.response().mutable_missing());
    }
    DropMissing();
    if constexpr (requires { F::Merge(call_.request(), slots_, absent_, call_.response()); }) {
      F::Merge(call_.request(), slots_, absent_, call_.response());
    } else {
      F::Merge(call_.request(), slots_, call_.response());
    }
    return absl::OkStatus();
  }

  // A Gateway that is listed as missing counts for nothing, whatever it has answered to its other frames.
  void DropMissing() {
    absl::flat_hash_set<const cluster::Gateway*> missing;
    for (const Slot<Part>& slot : slots_) {
      if (!slot.status.ok()) missing.insert(slot.step.gateway);
    }
    if (missing.empty()) return;
    std::erase_if(slots_, [&](const Slot<Part>& slot) { return missing.contains(slot.step.gateway); });
  }

  Call<Request, Response> call_;
  std::vector<Failure> failures_;
  const std::vector<wire::GatewayAddress> absent_;
  Slots<Part> slots_;
  std::atomic<std::size_t> remaining_ = 0;
};

template <typename F, typename Request, typename Response>
void HandleFanOut(Call<Request, Response> call, cluster::WriteBatch& batch) {
  const Request& request = call.request();
  if (absl::Status status = CheckConsistency(request.consistency()); !status.ok()) return call.Finish(status);
  Plan plan;
  plan.frame.command = F::kInfo.commands[0];
  absl::Status status = F::Ask(request, ContextOf(call, batch), plan);
  if (status.ok()) status = call.view().CheckUsable();
  if (!status.ok()) return call.Finish(status);
  auto* fan_out = new FanOut<F, Request, Response>(std::move(call), plan);
  fan_out->Run(plan, batch);
}

template <typename F>
constexpr Row FanOutRow() {
  return {.info = &F::kInfo,
          .serve = &ServeUnary<GatewayRpcs, F, &HandleFanOut<F, RequestOf<F>, ResponseOf<F>>>};
}

}  // namespace gatewayd::api
