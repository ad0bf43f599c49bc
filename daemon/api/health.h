// grpc.health.v1 on the daemon's own completion queue.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "api/stream.h"

namespace gatewayd::api {

// The state that the service tells, and who watches it. Thread-safe.
class Health {
 public:
  using Request = grpc::health::v1::HealthCheckRequest;
  using Response = grpc::health::v1::HealthCheckResponse;

  // Tells it to every watcher.
  void Set(bool serving);
  // Says NOT_SERVING, ends every Watch, and takes no other.
  void Stop();

  Response::ServingStatus StatusOf(std::string_view service) const;
  void Watch(Stream<Request, Response>* stream, cluster::WriteBatch& batch);

 private:
  class Watcher;

  Response::ServingStatus StatusLocked(std::string_view service) const;

  mutable std::mutex mutex_;
  bool serving_ = false;
  bool stopped_ = false;
  std::vector<std::shared_ptr<Watcher>> watchers_;
};

// Starts to serve Check and Watch.
std::vector<std::unique_ptr<Method>> ServeHealth(Core& core);

}  // namespace gatewayd::api
