#include "console.h"

#include <glog/logging.h>
#include <grpcpp/client_context.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "admin/status_access.h"
#include "console_calls.h"
#include "console_order.h"

namespace gatewayd {
namespace {

using Service = gatewayworker::v1::GatewayService;

constexpr std::chrono::seconds kCallTimeout{5};
constexpr char kGoing[] = "the daemon is going";

// As google.api.http maps them.
int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

admin::HttpResponse ErrorOf(absl::StatusCode code, std::string_view message) {
  return admin::JsonError(HttpStatusOf(code), absl::StatusCodeToString(code), message);
}

admin::HttpResponse Going() {
  return ErrorOf(absl::StatusCode::kUnavailable, kGoing);
}

void Log(const std::string& what, const admin::StatusCaller& caller, absl::StatusCode code) {
  LOG(INFO) << "console: " << what
            << (caller.name.empty() ? "" : absl::StrCat(" by token \"", caller.name, "\"")) << ": "
            << absl::StatusCodeToString(code);
}

}  // namespace

void GrpcConsole::Run(admin::ConsoleRequest request, admin::Router::Done done) {
  {
    std::lock_guard lock(mutex_);
    if (!stopped_ && waiting_.size() < kMaxWaiting) {
      waiting_.push_back({.request = std::move(request), .done = std::move(done)});
      if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
      changed_.notify_one();
      return;
    }
    if (!stopped_) {
      return done(ErrorOf(absl::StatusCode::kResourceExhausted, "too many requests to the console wait"));
    }
  }
  done(Going());
}

void GrpcConsole::Work() {
  const auto stub = Service::NewStub(connect_());
  for (;;) {
    Job job;
    bool stopped = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      stopped = stopped_;
    }
    job.done(stopped ? Going() : Handle(*stub, job.request));
  }
}

admin::HttpResponse GrpcConsole::Handle(Service::Stub& stub, const admin::ConsoleRequest& request) {
  const absl::StatusOr<ConsoleOrder> order = ParseConsoleOrder(request.body);
  if (!order.ok()) {
    Log("a bad request", request.caller, order.status().code());
    return ErrorOf(order.status().code(), std::string(order.status().message()));
  }
  std::string json;
  const grpc::Status status = RunOrder(
      stub, *order, [&](const auto& call) { return Call(request.caller.token, call); }, &json);
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  Log(Describe(*order), request.caller, code);
  if (!status.ok()) return ErrorOf(code, status.error_message());
  return {.content_type = "application/json", .body = std::move(json)};
}

grpc::Status GrpcConsole::Call(const std::string& token,
                               const std::function<grpc::Status(grpc::ClientContext&)>& call) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return {grpc::StatusCode::UNAVAILABLE, kGoing};
    current_ = &context;
  }
  grpc::Status status = call(context);
  std::lock_guard lock(mutex_);
  current_ = nullptr;
  return status;
}

void GrpcConsole::Stop() {
  std::thread thread;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    if (current_ != nullptr) current_->TryCancel();
    thread = std::move(thread_);
  }
  changed_.notify_all();
  if (thread.joinable()) thread.join();
}

}  // namespace gatewayd
