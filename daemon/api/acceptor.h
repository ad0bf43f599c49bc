// Takes connections and hands them to gRPC. gRPC's own listener has no limit of connections, and stops for
// good when the process runs out of descriptors; this one counts, refuses what is too much, and goes on.
#pragma once

#include <grpcpp/server_builder.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "api/listen.h"

namespace gatewayd::api {

// Which of the sockets that were handed on are still open. gRPC does not tell when it closes one; a
// descriptor's inode does, since no two sockets that live have the same. Not thread-safe.
class OpenSockets {
 public:
  void Add(int fd);
  // Forgets those that were closed, or whose number is another's now. A system call for each.
  void Sweep();
  std::size_t size() const { return inodes_.size(); }

 private:
  absl::flat_hash_map<int, ino_t> inodes_;
};

// Raises the process's limit of open files as far as it may, and says how many connections of `wanted` leave
// `reserved` descriptors for everything else.
std::size_t ConnectionsThatFit(std::size_t wanted, std::size_t reserved);

// A thread that sleeps until somebody connects. Thread-safe, but for Add.
class Acceptor {
 public:
  using Target = std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>;

  // At most `max_connections` are open at a time, all listeners together; what comes above it is closed at
  // once, so that its client knows and can try again, and counted in `refused`.
  Acceptor(std::size_t max_connections, std::atomic<std::uint64_t>& refused)
      : max_connections_(max_connections), refused_(refused) {}
  ~Acceptor();  // as Stop
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Before Start.
  void Add(Listener listener, Target target);
  // Once gRPC's server has started.
  void Start();
  // Nothing is accepted any more. Before gRPC's server shuts down. Idempotent.
  void Stop();

  // Open now. A system call for each.
  std::size_t connections();

 private:
  struct Door {
    int socket;
    grpc::experimental::ExternalConnectionAcceptor* target;
  };

  void Run();
  void AcceptFrom(const Door& door);
  void Take(const Door& door, int fd);
  bool HasRoom();
  bool IsNews();
  void Refuse(int fd);
  void OutOfDescriptors(int listening);

  const std::size_t max_connections_;
  std::atomic<std::uint64_t>& refused_;
  std::vector<Listener> listeners_;
  std::vector<Target> targets_;
  std::vector<Door> doors_;
  int wake_ = -1;   // an eventfd that Stop writes to
  int spare_ = -1;  // given up to close a connection that there is no descriptor for
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  OpenSockets open_;               // guarded by mutex_
  std::int64_t full_at_ = 0;       // when a sweep last found no room, in steady milliseconds
  std::int64_t said_full_at_ = 0;  // of the thread
  std::thread thread_;
};

}  // namespace gatewayd::api
