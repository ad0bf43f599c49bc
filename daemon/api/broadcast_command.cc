#include "api/broadcast_command.h"

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "api/command_parts.h"
#include "api/send_ledger.h"

namespace gatewayd::api {
namespace {

void Conclude(std::size_t reached, std::span<const Failure> failures, CommandResult* result) {
  result->delivery = std::make_unique<pb::Delivery>();
  result->delivery->set_gateways(static_cast<std::uint32_t>(reached));
  ListFailures(failures, result->delivery->mutable_unreachable());
  if (reached == 0 && !failures.empty()) result->status = FailuresStatus(failures);
}

// The plan's steps, Gateway by Gateway.
std::vector<std::span<const Step>> StepsByGateway(const Plan& plan) {
  std::vector<std::span<const Step>> groups;
  const std::span<const Step> steps = plan.steps;
  for (std::size_t start = 0; start < steps.size();) {
    std::size_t end = start + 1;
    while (end < steps.size() && steps[end].gateway == steps[start].gateway)
      ++end;
    groups.push_back(steps.subspan(start, end - start));
    start = end;
  }
  return groups;
}

absl::Status SendAll(const Plan& plan, std::span<const Step> steps, const Context& context) {
  for (const Step& step : steps) {
    if (context.ledger != nullptr) {
      if (absl::Status status = context.ledger->Check(*step.gateway); !status.ok()) return status;
      context.ledger->Touch(*step.gateway);
    }
    absl::Status status = step.gateway->Send(plan.FrameOf(step), "", context.batch);
    if (context.ledger != nullptr) context.ledger->Note(*step.gateway, status);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Waits until every Gateway has run its last frame. Deletes itself.
class Confirmations {
 public:
  Confirmations(std::vector<Failure> failures, std::size_t gateways, CommandResult* result,
                CommandWaiter* waiter)
      : failures_(std::move(failures)),
        outcomes_(gateways),
        remaining_(gateways + 1),
        result_(result),
        waiter_(waiter) {}

  void Run(const Plan& plan, std::span<const std::span<const Step>> groups, const Context& context) {
    for (std::size_t i = 0; i < groups.size(); ++i)
      RunGateway(plan, groups[i], i, context);
    Release();
  }

 private:
  void RunGateway(const Plan& plan, std::span<const Step> steps, std::size_t i, const Context& context) {
    const Step& last = steps.back();
    outcomes_[i].gateway = last.gateway->address();
    absl::Status status = SendAll(plan, steps.first(steps.size() - 1), context);
    if (status.ok() && context.ledger != nullptr) {
      status = context.ledger->Check(*last.gateway);
      context.ledger->Touch(*last.gateway);
    }
    if (!status.ok()) return Done(i, std::move(status));
    last.gateway->SendConfirmed(plan.FrameOf(last), {.confirm_run = true}, context.batch,
                                [this, i](absl::Status status) { Done(i, std::move(status)); });
  }

  void Done(std::size_t i, absl::Status status) {
    outcomes_[i].status = std::move(status);
    Release();
  }

  void Release() {
    if (remaining_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    std::size_t reached = 0;
    for (Failure& outcome : outcomes_) {
      if (outcome.status.ok()) {
        ++reached;
      } else {
        failures_.push_back(std::move(outcome));
      }
    }
    Conclude(reached, failures_, result_);
    waiter_->Done(result_);
    delete this;
  }

  std::vector<Failure> failures_;
  std::vector<Failure> outcomes_;  // by Gateway
  std::atomic<std::size_t> remaining_;
  CommandResult* result_;
  CommandWaiter* waiter_;
};

}  // namespace

bool SendPlan(const Plan& plan, pb::Confirm confirm, const Context& context, CommandResult* result,
              CommandWaiter* waiter) {
  if (plan.nothing) {
    result->delivery = std::make_unique<pb::Delivery>();
    return true;
  }
  result->status = context.view.CheckUsable();
  for (const Step& step : plan.steps) {
    if (!result->status.ok()) return true;
    const std::size_t ext = step.ext == Step::kNoExt ? 0 : plan.exts[step.ext].size();
    result->status = CheckFrameSize(ext, plan.frame.body.size());
  }
  if (!result->status.ok()) return true;

  const std::vector<std::span<const Step>> groups = StepsByGateway(plan);
  if (confirm == pb::CONFIRM_RUN) {
    (new Confirmations(plan.failures, groups.size(), result, waiter))->Run(plan, groups, context);
    return false;
  }
  std::vector<Failure> failures = plan.failures;
  for (const std::span<const Step> steps : groups) {
    absl::Status status = SendAll(plan, steps, context);
    if (!status.ok()) failures.push_back({steps[0].gateway->address(), std::move(status)});
  }
  Conclude(groups.size() + plan.failures.size() - failures.size(), failures, result);
  return true;
}

}  // namespace gatewayd::api
