// Executor of the commands to many clients. A row of this family is a struct F with
//   kInfo, kTake                      as every row (functions.h)
//   kField, kGet                      which of Command's fields it is, and its getter
//   Build(request, context, plan)     lays down the frames
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "api/call.h"
#include "api/client_command.h"
#include "api/commands.h"
#include "api/context.h"
#include "api/functions.h"
#include "api/plan.h"

namespace gatewayd::api {

// Sends the plan and tells how far it came. As RunCommand: true where it is answered.
bool SendPlan(const Plan& plan, pb::Confirm confirm, const Context& context, CommandResult* result,
              CommandWaiter* waiter);

template <typename F, typename Request>
bool RunBroadcast(const Request& request, const Context& context, CommandResult* result,
                  CommandWaiter* waiter) {
  result->status = CheckConfirm(request.confirm());
  if (!result->status.ok()) return true;
  Plan plan;
  plan.frame.command = F::kInfo.commands[0];
  result->status = F::Build(request, context, plan);
  if (!result->status.ok()) return true;
  return SendPlan(plan, request.confirm(), context, result, waiter);
}

template <typename F, typename Request, typename Response>
void HandleBroadcast(Call<Request, Response> call, cluster::WriteBatch& batch) {
  const Context context = ContextOf(call, batch);
  const Request& request = call.request();
  auto* waiting = new WaitingCall<Request, Response>(std::move(call));
  if (RunBroadcast<F>(request, context, &waiting->result, waiting)) waiting->Done(&waiting->result);
}

template <typename F>
constexpr Row BroadcastRow() {
  return {.info = &F::kInfo,
          .serve = &ServeUnary<GatewayRpcs, F, &HandleBroadcast<F, RequestOf<F>, ResponseOf<F>>>,
          .field = F::kField,
          .run = [](const CommandCall& call) {
            return RunBroadcast<F>((call.command.*F::kGet)(), call.context, call.result, call.waiter);
          }};
}

}  // namespace gatewayd::api
