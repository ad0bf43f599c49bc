// A daemon that does as a test wants, and keeps what it was asked.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gatewayworker/v1/gateway_service.grpc.pb.h"
#include "gatewayworker/v1/worker_service.grpc.pb.h"

namespace gatewayworker::testing {

using Metadata = std::multimap<std::string, std::string>;
using AttachStream = grpc::ServerReaderWriter<v1::AttachResponse, v1::AttachRequest>;

// A server on a free port of 127.0.0.1. Thread-safe.
class FakeDaemon final : public v1::GatewayService::Service, public v1::WorkerService::Service {
 public:
  // After hello and welcome of each attachment; `number` counts them from 1. What it returns ends the stream.
  using Script = std::function<grpc::Status(int number, AttachStream& stream)>;

  explicit FakeDaemon(Script script = {}, std::shared_ptr<grpc::ServerCredentials> credentials =
                                              grpc::InsecureServerCredentials());
  ~FakeDaemon() override;

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // The metadata of each call and attachment so far.
  std::vector<Metadata> metadata();
  std::vector<v1::Hello> hellos();

  grpc::Status IsOnline(grpc::ServerContext* context, const v1::IsOnlineRequest* request,
                        v1::IsOnlineResponse* response) override;
  grpc::Status GetSession(grpc::ServerContext* context, const v1::GetSessionRequest* request,
                          v1::GetSessionResponse* response) override;
  grpc::Status GetAllClientCount(grpc::ServerContext* context, const v1::GetAllClientCountRequest* request,
                                 v1::GetAllClientCountResponse* response) override;
  grpc::Status SendToCurrentClient(grpc::ServerContext* context,
                                   const v1::SendToCurrentClientRequest* request,
                                   v1::SendToCurrentClientResponse* response) override;
  grpc::Status StreamAllClientIdList(grpc::ServerContext* context,
                                     const v1::StreamAllClientIdListRequest* request,
                                     grpc::ServerWriter<v1::StreamAllClientIdListResponse>* writer) override;
  grpc::Status Attach(grpc::ServerContext* context, AttachStream* stream) override;

 private:
  void Keep(const grpc::ServerContext& context);

  const Script script_;
  std::mutex mutex_;
  std::vector<Metadata> metadata_;
  std::vector<v1::Hello> hellos_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// Reads the worker's requests until it leaves, or its stream ends; each is given to `each`.
grpc::Status UntilItLeaves(AttachStream& stream,
                           const std::function<void(const v1::AttachRequest&)>& each = {});

// A batch of messages of one client; their ids ascend from `first`.
v1::AttachResponse Messages(const std::vector<std::string>& bodies, std::uint64_t first = 1,
                            const std::string& client_id = "c1");

// Something that happens once, and can be waited for.
class Latch {
 public:
  void Open();
  void Wait();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

}  // namespace gatewayworker::testing
