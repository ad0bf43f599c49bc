// A Register with its socket: RegisterMachine, one Connection, one timer.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "cluster/connection.h"
#include "cluster/register_machine.h"

namespace gatewayd::cluster {

// Everything but view() and counters() belongs to the io thread.
class RegisterShell final : public ConnectionEvents, public std::enable_shared_from_this<RegisterShell> {
 public:
  // Both are called on the io thread: with each list that comes, and when the connection's state has
  // news, which the log has already.
  using OnList = std::function<void(const std::vector<std::string>&)>;
  using OnNews = std::function<void(const std::string&)>;

  RegisterShell(boost::asio::io_context& io, const std::string& address, const wire::Dialect& dialect,
                const Options& options, std::uint32_t seed, WorkerIdentity identity, OnList on_list,
                OnNews on_news);
  void Start();
  void Stop();

  RegisterView view() const;
  Counters counters() const;

  void OnConnected(std::size_t id) override;
  void OnConnectFailed(std::size_t id, const std::string& error) override;
  void OnInput(std::size_t id) override;
  void OnWritable(std::size_t) override { Write(); }
  void OnClosed(std::size_t id, const std::string& error) override;

 private:
  template <typename Step>
  void Run(Step&& step);
  void Write();
  void ArmTimer(absl::Time next);

  std::string host_;
  std::uint16_t port_ = 0;
  const OnList on_list_;
  const OnNews on_news_;
  boost::asio::steady_timer timer_;
  Connection connection_;
  std::string unsent_;
  absl::Time armed_ = absl::InfiniteFuture();

  mutable std::mutex mutex_;
  RegisterMachine machine_;  // guarded by mutex_, for view()
};

}  // namespace gatewayd::cluster
