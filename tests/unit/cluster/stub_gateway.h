// A Gateway that does nothing, for tests of what holds Gateways.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "cluster/gateway.h"

namespace gatewayd::cluster {

class StubGateway : public Gateway {
 public:
  explicit StubGateway(std::string address = "10.0.0.5:2900") : address_(std::move(address)) {}

  const std::string& address() const override { return address_; }
  absl::Status Send(const wire::Frame&, std::string_view, WriteBatch&) override { return absl::OkStatus(); }
  void SendConfirmed(const wire::Frame&, const CommandOptions&, WriteBatch&, OnDone) override {}
  void Query(const wire::Frame&, const QueryOptions&, WriteBatch&, OnAnswer) override {}
  void Flush() override { ++flushes; }
  std::uint64_t command_link_life() const override { return 1; }
  GatewayView view() const override { return {}; }
  bool ClearHold() override { return false; }

  int flushes = 0;

 private:
  const std::string address_;
};

}  // namespace gatewayd::cluster
