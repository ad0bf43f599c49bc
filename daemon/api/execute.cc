// RunCommand, which finds the row of a command, and the rpc Execute: a list of them in order.
#include <array>
#include <atomic>
#include <vector>

#include "api/broadcast_command.h"
#include "api/client_command.h"
#include "api/command_list.h"
#include "api/error.h"
#include "cluster/text.h"

namespace gatewayd::api {
namespace {

using RunFunction = bool (*)(const CommandCall& call);

// By the field's number in the oneof.
std::vector<RunFunction> RunFunctions() {
  std::vector<RunFunction> functions;
  for (const std::span<const Row> rows : {ClientCommandRows(), BroadcastCommandRows()}) {
    for (const Row& row : rows) {
      const auto field = static_cast<std::size_t>(row.field);
      if (functions.size() <= field) functions.resize(field + 1);
      functions[field] = row.run;
    }
  }
  return functions;
}

using ExecuteCall = Call<CommandList, pb::ExecuteResponse>;

// One list. Deletes itself when every command is answered.
class Execution final : public CommandWaiter {
 public:
  explicit Execution(ExecuteCall call)
      : call_(std::move(call)),
        results_(static_cast<std::size_t>(call_.request().commands_size())),
        remaining_(results_.size() + 1) {}

  void Run(cluster::WriteBatch& batch) {
    Context context = ContextOf(call_, batch);
    context.current = CurrentOf(call_);
    std::size_t answered = 1;
    CommandResult* result = results_.data();
    for (const CommandEntry& entry : call_.request().entries()) {
      if (RunEntry(entry, context, result++, this)) ++answered;
    }
    Release(answered);
  }

  void Done(CommandResult* /*result*/) override { Release(1); }

 private:
  void Release(std::size_t count) {
    if (remaining_.fetch_sub(count, std::memory_order_acq_rel) != count) return;
    auto* statuses = call_.response().mutable_statuses();
    statuses->Reserve(static_cast<int>(results_.size()));
    for (CommandResult& result : results_) {
      pb::CommandStatus* status = statuses->Add();
      if (!result.status.ok()) {
        status->set_code(static_cast<int>(result.status.code()));
        status->set_message(std::string(result.status.message()));
      }
      if (result.delivery != nullptr) *status->mutable_delivery() = std::move(*result.delivery);
    }
    call_.Finish(absl::OkStatus());
    delete this;
  }

  ExecuteCall call_;
  std::vector<CommandResult> results_;
  std::atomic<std::size_t> remaining_;
};

void HandleExecute(ExecuteCall call, cluster::WriteBatch& batch) {
  const int size = call.request().commands_size();
  if (size > kMaxListSize) {
    return call.Finish(
        FieldError("commands", cluster::StrCat("holds ", size, " entries, more than ", kMaxListSize)));
  }
  (new Execution(std::move(call)))->Run(batch);
}

struct Execute {
  static constexpr Info kInfo = {.name = "Execute",
                                 .kind = Kind::kList,
                                 .target = Target::kCommands,
                                 .merge = "one status for each command, in order"};
  static constexpr auto kTake = &GatewayRpcs::RequestExecuteList;
};

constexpr std::array kRows = {
    Row{.info = &Execute::kInfo, .serve = &ServeUnary<GatewayRpcs, Execute, &HandleExecute>},
};

}  // namespace

void GatewayRpcs::RequestExecuteList(grpc::ServerContext* context, CommandList* request,
                                     grpc::ServerAsyncResponseWriter<pb::ExecuteResponse>* writer,
                                     grpc::CompletionQueue* call_queue, grpc::ServerCompletionQueue* queue,
                                     void* tag) {
  static const int index = MethodIndex("gatewayworker.v1.GatewayService.Execute");
  RequestAsyncUnary(index, context, request, writer, call_queue, queue, tag);
}

bool RunCommand(const CommandCall& call) {
  static const std::vector<RunFunction> functions = RunFunctions();
  const auto field = static_cast<std::size_t>(call.command.command_case());
  if (field < functions.size() && functions[field] != nullptr) return functions[field](call);
  call.result->status = FieldError("command", "is not set, or not known to this daemon");
  return true;
}

bool RunEntry(const CommandEntry& entry, const Context& context, CommandResult* result,
              CommandWaiter* waiter) {
  if (entry.command != nullptr) return RunCommand({*entry.command, context, result, waiter});
  RunPlainSend(entry, context, result);
  return true;
}

std::span<const Row> ExecuteRows() {
  return kRows;
}

}  // namespace gatewayd::api
