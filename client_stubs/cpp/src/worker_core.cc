#include "worker_core.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "signals.h"

namespace gatewayworker::internal {

namespace {

// Trying again does not heal these: a wrong hello, a daemon that takes no workers, a token that it does not
// know.
bool IsFinal(Code code) {
  return code == Code::kInvalidArgument || code == Code::kFailedPrecondition ||
         code == Code::kUnimplemented || code == Code::kUnauthenticated || code == Code::kPermissionDenied;
}

std::exception_ptr MakeError(Code code, const std::string& message, GatewayError::Details details = {}) {
  try {
    ThrowError(code, message, std::move(details));
  } catch (const GatewayError&) {
    return std::current_exception();
  }
}

// A command to the current client, of an event that the daemon knows no more, names the client itself.
template <typename Request>
void NameClient(Request& request, const Event& event) {
  if (!request.client_id().empty()) return;
  request.set_client_id(event.client_id());
  request.set_generation(event.generation());
}

void NameCurrentClient(Command& command, const Event& event) {
  switch (command.command_case()) {
    case Command::kSendToCurrentClient:
      return NameClient(*command.mutable_send_to_current_client(), event);
    case Command::kCloseCurrentClient:
      return NameClient(*command.mutable_close_current_client(), event);
    case Command::kDestroyCurrentClient:
      return NameClient(*command.mutable_destroy_current_client(), event);
    default:
      return;
  }
}

ClientConfig ClientOn(const std::shared_ptr<grpc::Channel>& channel, const WorkerConfig& config) {
  ClientConfig client;
  client.timeout = config.call_timeout;
  client.token = config.token;
  client.channel = channel;
  return client;
}

std::chrono::system_clock::time_point After(std::chrono::nanoseconds pause) {
  return std::chrono::system_clock::now() +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(pause);
}

}  // namespace

WorkerCore::WorkerCore(WorkerConfig config)
    : config_(std::move(config)),
      address_(AddressOf(config_.address)),
      log_(config_.name, config_.log),
      channel_(OpenChannel(address_, config_.tls, config_.max_message_bytes)),
      client_(ClientOn(channel_, config_)),
      stub_(v1::WorkerService::NewStub(channel_)),
      crew_(config_.concurrency, {.handle = [this](const Event& event) { Handle(event); },
                                  .next = [this](bool wait) { return Next(wait); },
                                  .before_waiting =
                                      [this] {
                                        if (const auto attachment = Current()) attachment->Flush();
                                      }}),
      backoff_(config_.shortest_backoff, config_.longest_backoff) {}

WorkerCore::~WorkerCore() {
  for (grpc::Alarm* alarm : {&pause_, &deadline_, &wake_})
    alarm->Cancel();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

// ---- What a program asks for

void WorkerCore::Serve(bool handle_signals) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(served_, true)) throw FailedPreconditionError("a worker is served once");
  }
  hello_ = MakeHello();
  {
    std::optional<SignalWatch> signals;
    if (handle_signals) {
      signals.emplace([this] {
        log_.Info("leaving");
        Stop();
      });
    }
    Attach();
    crew_.Run(config_.stop_timeout, [this](std::size_t running) {
      log_.Warning("waiting for " + std::to_string(running) + " handlers that still run");
    });
  }
  log_.Info("left");
  if (refused_) std::rethrow_exception(refused_);
}

void WorkerCore::Stop() {
  std::shared_ptr<Attachment> attachment;
  bool leave = false;
  {
    const std::lock_guard lock(mutex_);
    const bool again = std::exchange(stopping_, true);
    if (pausing_) pause_.Cancel();
    attachment = attachment_;
    if (!attachment) return;
    leave = !again && attachment->welcomed();
    if (leave) deadline_.Set(&queue_, After(config_.stop_timeout), &on_deadline_);
  }
  if (leave) {
    attachment->Leave(config_.keep_links ? v1::LEAVE_MODE_KEEP_LINKS : v1::LEAVE_MODE_CLOSE_LINKS);
  } else {
    attachment->Cancel();
  }
}

std::vector<GatewayFailure> WorkerCore::Sync(std::chrono::milliseconds timeout) {
  std::shared_ptr<Attachment> attachment;
  std::future<std::vector<GatewayFailure>> answer;
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    attachment = attachment_;
    if (!attachment) throw UnavailableError("not attached");
    number = ++sync_number_;
    answer = syncs_[number].get_future();
  }
  if (!attachment->Sync(number, timeout)) {
    const std::lock_guard lock(mutex_);
    syncs_.erase(number);
    throw UnavailableError("not attached");
  }
  Crew::HandOver();
  return answer.get();
}

void WorkerCore::Send(Command command) {
  const Event* event = CurrentEvent();
  if (event != nullptr && event->delivered().stream->owner() != this) event = nullptr;
  if (event != nullptr && !event->delivered().done) {
    // Where the stream is over, the event comes again, and with it this command.
    event->delivered().stream->Send(std::move(command), &event->delivered());
    return;
  }
  if (event != nullptr) NameCurrentClient(command, *event);
  const std::shared_ptr<Attachment> attachment = Current();
  if (!attachment || !attachment->Send(std::move(command), nullptr)) throw UnavailableError("not attached");
}

// ---- Attaching

v1::Hello WorkerCore::MakeHello() const {
  v1::Hello hello;
  hello.set_worker_name(config_.name);
  for (std::size_t kind = 0; kind < hooks_.handlers.size(); ++kind) {
    if (hooks_.handlers[kind]) hello.add_kinds(static_cast<v1::EventKind>(kind));
  }
  hello.set_window_events(config_.window_events);
  hello.set_window_bytes(config_.window_bytes);
  hello.set_max_message_bytes(config_.max_message_bytes);
  hello.set_ack_mode(config_.ack_on_send ? v1::ACK_MODE_ON_SEND : v1::ACK_MODE_EXPLICIT);
  hello.set_session_mode(static_cast<v1::SessionMode>(config_.session_mode));
  hello.set_session_freshness(static_cast<v1::SessionFreshness>(config_.session_freshness));
  return hello;
}

void WorkerCore::Attach() {
  std::string token;
  try {
    if (config_.token) token = config_.token();
  } catch (const std::exception& error) {
    return AttachAfterPause(std::string("no token: ") + error.what());
  }
  const std::lock_guard lock(mutex_);
  pausing_ = false;
  if (stopping_) return Over();
  attachment_ = std::make_shared<Attachment>(
      this, crew_, hello_, !config_.ack_on_send,
      Attachment::Listener{
          .on_welcome = [this](const v1::Welcome& welcome) { OnWelcome(welcome); },
          .on_events = [this](std::vector<Event> events) { crew_.Put(std::move(events)); },
          .on_other = [this](const v1::AttachResponse& response) { OnOther(response); },
          .on_end = [this](const grpc::Status& status,
                           GatewayError::Details details) { OnEnd(status, std::move(details)); }});
  attachment_->Start(*stub_, queue_, token);
}

void WorkerCore::AttachAfterPause(const std::string& problem) {
  log_.Warning(address_ + ": " + problem + "; attaching again");
  const std::lock_guard lock(mutex_);
  if (stopping_) return Over();
  pausing_ = true;
  pause_.Set(&queue_, After(backoff_.Next()), &on_pause_over_);
}

// The threads go. The mutex is held.
void WorkerCore::Over() {
  crew_.Close();
  wake_.Set(&queue_, std::chrono::system_clock::now(), &on_wake_);
}

Crew::Job* WorkerCore::Next(bool wait) {
  void* tag = nullptr;
  bool ok = false;
  if (wait) {
    if (!queue_.Next(&tag, &ok)) return nullptr;
  } else if (queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::time_point()) !=
             grpc::CompletionQueue::GOT_EVENT) {
    return nullptr;
  }
  auto* const completion = static_cast<Completion*>(tag);
  completion->Completed(ok);
  return completion;
}

std::shared_ptr<Attachment> WorkerCore::Current() {
  const std::lock_guard lock(mutex_);
  return attachment_;
}

// ---- What comes

void WorkerCore::OnWelcome(const v1::Welcome& welcome) {
  log_.Info("attached to gatewayd " + welcome.version() + ", " + address_);
  {
    const std::lock_guard lock(mutex_);
    backoff_.Reset();
  }
  if (!hooks_.attached) return;
  try {
    hooks_.attached(welcome);
  } catch (const std::exception& error) {
    log_.Error(std::string("OnAttached failed: ") + error.what());
  }
}

void WorkerCore::OnOther(const v1::AttachResponse& response) {
  for (const v1::CommandError& error : response.command_errors().errors())
    OnCommandError(error);
  if (response.has_synced()) OnSynced(response.synced());
  if (response.has_draining()) log_.Info(address_ + " is going");
}

void WorkerCore::OnCommandError(const v1::CommandError& error) const {
  const v1::CommandStatus& status = error.status();
  if (!hooks_.command_error) {
    return log_.Warning("a command failed: " + std::string(CodeName(CodeOf(status.code()))) + " " +
                        status.message());
  }
  CommandError told{.event_id = error.number(), .code = CodeOf(status.code()), .message = status.message()};
  if (status.has_delivery()) told.delivery = status.delivery();
  try {
    hooks_.command_error(told);
  } catch (const std::exception& failure) {
    log_.Error(std::string("OnCommandError failed: ") + failure.what());
  }
}

void WorkerCore::OnSynced(const v1::Synced& synced) {
  const std::lock_guard lock(mutex_);
  const auto waiting = syncs_.find(synced.number());
  if (waiting == syncs_.end()) return;
  waiting->second.set_value({synced.unknown().begin(), synced.unknown().end()});
  syncs_.erase(waiting);
}

void WorkerCore::OnEnd(const grpc::Status& status, GatewayError::Details details) {
  const Code code = CodeOf(status.error_code());
  const std::string problem =
      status.ok() ? "the stream ended" : std::string(CodeName(code)) + ": " + status.error_message();
  bool refused = false;
  {
    const std::lock_guard lock(mutex_);
    retired_ = std::move(attachment_);
    attachment_ = nullptr;
    for (auto& [number, answer] : syncs_) {
      answer.set_exception(MakeError(Code::kUnavailable, "the stream ended"));
    }
    syncs_.clear();
    if (stopping_) {
      deadline_.Cancel();
      return Over();
    }
    refused = IsFinal(code);
    if (refused) {
      refused_ = MakeError(code, status.error_message(), std::move(details));
      Over();
    }
  }
  if (refused) return log_.Error(address_ + ": " + problem);
  AttachAfterPause(problem);
}

void WorkerCore::OnDeadline(bool ok) {
  if (!ok) return;
  log_.Warning("not done within stop_timeout: the stream is cut");
  if (const auto attachment = Current()) attachment->Cancel();
}

// ---- Handlers

void WorkerCore::Handle(const Event& event) const {
  DeliveredEvent& delivered = event.delivered();
  if (!delivered.in_hand()) return;  // somebody else's by now
  const HandlerScope scope(event);
  const auto kind = static_cast<std::size_t>(event.proto().kind());
  try {
    if (kind < hooks_.handlers.size() && hooks_.handlers[kind]) hooks_.handlers[kind](event);
  } catch (const std::exception& error) {
    return HandlerFailed(event, error);
  } catch (...) {
    return HandlerFailed(event, std::runtime_error("what was thrown is no std::exception"));
  }
  delivered.stream->Done(delivered);
}

void WorkerCore::HandlerFailed(const Event& event, const std::exception& error) const {
  log_.Error("handling " + ToString(event) + " failed: " + error.what());
  Outcome outcome = Outcome::kAck;
  try {
    if (hooks_.error) outcome = hooks_.error(event, error);
  } catch (const std::exception& failure) {
    log_.Error(std::string("OnError failed, the event counts as done: ") + failure.what());
  }
  DeliveredEvent& delivered = event.delivered();
  if (outcome == Outcome::kRedeliver && !config_.ack_on_send) {
    delivered.stream->BreakOff();
  } else {
    delivered.stream->Done(delivered);
  }
}

}  // namespace gatewayworker::internal
