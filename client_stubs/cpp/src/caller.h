// How a call is made.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "gatewayworker/client.h"
#include "gatewayworker/v1/gateway_service.grpc.pb.h"

namespace gatewayworker::internal {

using Timeout = std::optional<std::chrono::milliseconds>;

// Thread-safe.
class Caller {
 public:
  explicit Caller(const ClientConfig& config);

  // One request, one answer. Throws GatewayError. `timeout`: nothing, the client's.
  template <typename Request, typename Response>
  Response Call(grpc::Status (v1::GatewayService::Stub::*rpc)(grpc::ClientContext*, const Request&,
                                                              Response*),
                const Request& request, Timeout timeout) {
    grpc::ClientContext context;
    Prepare(context, timeout ? timeout : timeout_);
    Response response;
    const grpc::Status status = (stub_.get()->*rpc)(&context, request, &response);
    if (!status.ok()) Fail(status, context);
    return response;
  }

  // One request, many answers: each is given to `each`. `timeout`: nothing, no limit.
  template <typename Request, typename Response>
  void Stream(std::unique_ptr<grpc::ClientReader<Response>> (v1::GatewayService::Stub::*rpc)(
                  grpc::ClientContext*, const Request&),
              const Request& request, Timeout timeout, const std::function<void(Response&)>& each) {
    grpc::ClientContext context;
    Prepare(context, timeout);
    const auto reader = (stub_.get()->*rpc)(&context, request);
    Response response;
    try {
      while (reader->Read(&response))
        each(response);
    } catch (...) {
      context.TryCancel();
      while (reader->Read(&response)) {
      }
      static_cast<void>(reader->Finish());
      throw;
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok()) Fail(status, context);
  }

 private:
  // Deadline, token, whose event it answers. This thread is about to wait.
  void Prepare(grpc::ClientContext& context, Timeout timeout) const;
  [[noreturn]] static void Fail(const grpc::Status& status, const grpc::ClientContext& context);

  const Timeout timeout_;
  const Token token_;
  const std::unique_ptr<v1::GatewayService::Stub> stub_;
};

}  // namespace gatewayworker::internal
