#include "gatewayworker/worker.h"

#include <cstdlib>
#include <utility>

#include "worker_core.h"

namespace gatewayworker {

Worker::Worker(WorkerConfig config) : core_(std::make_unique<internal::WorkerCore>(std::move(config))) {}
Worker::~Worker() = default;

Worker& Worker::OnConnect(Handler handler) {
  core_->hooks().handlers[v1::EVENT_KIND_CONNECT] = std::move(handler);
  return *this;
}

Worker& Worker::OnWebSocketConnect(Handler handler) {
  core_->hooks().handlers[v1::EVENT_KIND_WEBSOCKET_CONNECT] = std::move(handler);
  return *this;
}

Worker& Worker::OnMessage(Handler handler) {
  core_->hooks().handlers[v1::EVENT_KIND_MESSAGE] = std::move(handler);
  return *this;
}

Worker& Worker::OnClose(Handler handler) {
  core_->hooks().handlers[v1::EVENT_KIND_CLOSE] = std::move(handler);
  return *this;
}

Worker& Worker::OnGatewayLost(Handler handler) {
  core_->hooks().handlers[v1::EVENT_KIND_GATEWAY_LOST] = std::move(handler);
  return *this;
}

Worker& Worker::OnError(std::function<Outcome(const Event&, const std::exception&)> hook) {
  core_->hooks().error = std::move(hook);
  return *this;
}

Worker& Worker::OnCommandError(std::function<void(const CommandError&)> hook) {
  core_->hooks().command_error = std::move(hook);
  return *this;
}

Worker& Worker::OnAttached(std::function<void(const Welcome&)> hook) {
  core_->hooks().attached = std::move(hook);
  return *this;
}

int Worker::Run() {
  try {
    core_->Serve(true);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    core_->log().Error(error.what());
    return EXIT_FAILURE;
  }
}

void Worker::Serve(bool handle_signals) {
  core_->Serve(handle_signals);
}

void Worker::Stop() {
  core_->Stop();
}

std::vector<GatewayFailure> Worker::Sync(std::chrono::milliseconds timeout) {
  return core_->Sync(timeout);
}

Client& Worker::client() noexcept {
  return core_->client();
}

const std::string& Worker::address() const noexcept {
  return core_->address();
}

void Worker::Send(Command command) {
  core_->Send(std::move(command));
}

}  // namespace gatewayworker
