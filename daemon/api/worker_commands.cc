#include "api/worker_commands.h"

#include <grpcpp/alarm.h>

#include <utility>
#include <vector>

#include "api/client_command.h"
#include "api/commands.h"
#include "api/error.h"
#include "api/queries.h"
#include "cluster/text.h"
#include "events/hub.h"

namespace gatewayd::api {
namespace {

using cluster::StrCat;

constexpr absl::Duration kDefaultSyncTimeout = absl::Seconds(5);
constexpr absl::Duration kMaxSyncTimeout = absl::Hours(1);

void Tell(const std::weak_ptr<CommandListener>& weak, std::uint64_t number, CommandResult& result) {
  const bool short_of_some = result.delivery != nullptr && result.delivery->unreachable_size() > 0;
  if (result.status.ok() && !short_of_some) return;
  const std::shared_ptr<CommandListener> listener = weak.lock();
  if (listener == nullptr) return;
  pb::CommandError error;
  error.set_number(number);
  error.mutable_status()->set_code(static_cast<int>(result.status.code()));
  error.mutable_status()->set_message(std::string(result.status.message()));
  if (result.delivery != nullptr) *error.mutable_status()->mutable_delivery() = std::move(*result.delivery);
  listener->OnCommandError(std::move(error));
}

// Asks each Gateway something cheap on the link of the commands; by the answer they have run. Deletes itself
// when all have answered and the alarm is over.
class SyncWait final : public Tag {
 public:
  SyncWait(Core& core, std::uint64_t number, std::vector<SendLedger::Touched> touched,
           std::weak_ptr<CommandListener> listener)
      : core_(core),
        touched_(std::move(touched)),
        listener_(std::move(listener)),
        open_(touched_.size() + 2) {
    core_.Opened();
    synced_.set_number(number);
    answered_.resize(touched_.size());
  }

  void Start(absl::Duration timeout, cluster::WriteBatch& batch) {
    alarm_.Set(core_.queue(), absl::ToChronoTime(absl::Now() + timeout), static_cast<Tag*>(this));
    for (std::size_t i = 0; i < touched_.size(); ++i) {
      touched_[i].gateway->Query(
          {.command = wire::Command::kIsOnline}, {.bounded_answer_size = kNumberAnswerSize}, batch,
          [this, i](const absl::StatusOr<std::string_view>& answer) { Answered(i, answer.status()); });
    }
    Release();
  }

  // The alarm: the time is over, or all have answered and it was called off.
  void Proceed(bool /*ok*/, cluster::WriteBatch& /*batch*/) override {
    Conclude();
    Release();
  }

 private:
  void Answered(std::size_t i, const absl::Status& status) {
    bool all = false;
    {
      std::lock_guard lock(mutex_);
      answered_[i] = true;
      const SendLedger::Touched& touched = touched_[i];
      if (!status.ok()) {
        AddUnknown(touched, std::string(status.message()));
      } else if (touched.gateway->command_link_life() != touched.life) {
        AddUnknown(touched, "the link was lost after commands had been accepted");
      }
      all = ++answers_ == touched_.size();
    }
    if (all) {
      Conclude();
      alarm_.Cancel();
    }
    Release();
  }

  void AddUnknown(const SendLedger::Touched& touched, const std::string& reason) {
    if (said_) return;
    pb::GatewayFailure* failure = synced_.add_unknown();
    failure->set_gateway(touched.gateway->address());
    failure->set_reason(reason);
  }

  void Conclude() {
    pb::Synced synced;
    {
      std::lock_guard lock(mutex_);
      if (said_) return;
      for (std::size_t i = 0; i < touched_.size(); ++i) {
        if (!answered_[i]) AddUnknown(touched_[i], "did not answer in the time given");
      }
      said_ = true;
      synced = std::move(synced_);
    }
    if (const auto listener = listener_.lock()) listener->OnSynced(std::move(synced));
  }

  // One for each answer, one for the alarm, one for Start.
  void Release() {
    if (open_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    Core& core = core_;
    delete this;
    core.Closed();
  }

  Core& core_;
  const std::vector<SendLedger::Touched> touched_;
  const std::weak_ptr<CommandListener> listener_;
  std::atomic<std::size_t> open_;
  grpc::Alarm alarm_;
  std::mutex mutex_;
  pb::Synced synced_;           // guarded by mutex_
  std::vector<bool> answered_;  // guarded by mutex_
  std::size_t answers_ = 0;     // guarded by mutex_
  bool said_ = false;           // guarded by mutex_
};

}  // namespace

// A command that its Gateway has still to answer.
class WorkerCommands::Waiting final : public CommandWaiter {
 public:
  Waiting(std::weak_ptr<CommandListener> listener, std::shared_ptr<std::atomic<std::size_t>> count)
      : listener_(std::move(listener)), count_(std::move(count)) {}

  void Done(CommandResult* /*result*/) override {
    Tell(listener_, number, result);
    count_->fetch_sub(1, std::memory_order_relaxed);
    delete this;
  }

  CommandResult result;
  std::uint64_t number = 0;
  std::shared_ptr<const cluster::View> view;

 private:
  const std::weak_ptr<CommandListener> listener_;
  const std::shared_ptr<std::atomic<std::size_t>> count_;
};

WorkerCommands::WorkerCommands(Core& core, std::weak_ptr<CommandListener> listener)
    : core_(core),
      listener_(std::move(listener)),
      waiting_count_(std::make_shared<std::atomic<std::size_t>>(0)) {}

WorkerCommands::~WorkerCommands() = default;

void WorkerCommands::Run(events::WorkerId id, std::span<const NumberedEntry> commands,
                         cluster::WriteBatch& batch) {
  const std::shared_ptr<const cluster::View> view = core_.cluster().view();
  ledger_.Begin(view);
  deliveries_.clear();
  for (const NumberedEntry& entry : commands) {
    if (entry.event_id != 0) deliveries_.push_back(entry.event_id);
  }
  clients_.clear();
  if (!deliveries_.empty()) core_.hub().ClientsOf(id, deliveries_, &clients_);  // under one lock for all
  auto client = clients_.begin();
  for (const NumberedEntry& entry : commands)
    RunOne(entry, entry.event_id != 0 ? *client++ : std::nullopt, view, batch);
}

void WorkerCommands::RunOne(const NumberedEntry& entry, const std::optional<events::DeliveredClient>& current,
                            const std::shared_ptr<const cluster::View>& view, cluster::WriteBatch& batch) {
  if (spare_ == nullptr) spare_ = std::make_unique<Waiting>(listener_, waiting_count_);
  Waiting& waiting = *spare_;
  waiting.number = entry.number;
  waiting.result = {};
  if (waiting_count_->load(std::memory_order_relaxed) >= kMaxWaiting) {
    waiting.result.status =
        absl::ResourceExhaustedError(StrCat(kMaxWaiting, " commands of this stream wait for their Gateways"));
    return Tell(listener_, entry.number, waiting.result);
  }
  Context context = {
      .dialect = core_.dialect(), .view = *view, .batch = batch, .hub = &core_.hub(), .ledger = &ledger_};
  if (entry.event_id != 0) {
    if (!current) {
      waiting.result.status =
          FieldError("event_id", "names no event that this worker has still to acknowledge");
      return Tell(listener_, entry.number, waiting.result);
    }
    context.current = {.client_id = {}, .generation = current->run->generation, .id = current->client};
  }
  waiting.view = view;
  waiting_count_->fetch_add(1, std::memory_order_relaxed);
  // Where it is answered later, that may be before RunEntry returns: the waiter has gone then.
  Waiting* const out = spare_.release();
  if (!RunEntry(entry.command, context, &out->result, out)) return;
  waiting_count_->fetch_sub(1, std::memory_order_relaxed);
  out->view.reset();
  spare_.reset(out);
  Tell(listener_, entry.number, out->result);
}

void WorkerCommands::Sync(const pb::Sync& sync, cluster::WriteBatch& batch) {
  absl::Duration timeout = kDefaultSyncTimeout;
  if (sync.has_timeout()) {
    timeout = absl::Seconds(sync.timeout().seconds()) + absl::Nanoseconds(sync.timeout().nanos());
    timeout = std::clamp(timeout, absl::ZeroDuration(), kMaxSyncTimeout);
  }
  std::vector<SendLedger::Touched> touched = ledger_.TakeTouched();
  if (touched.empty()) {
    pb::Synced synced;
    synced.set_number(sync.number());
    if (const auto listener = listener_.lock()) listener->OnSynced(std::move(synced));
    return;
  }
  (new SyncWait(core_, sync.number(), std::move(touched), listener_))->Start(timeout, batch);
}

}  // namespace gatewayd::api
