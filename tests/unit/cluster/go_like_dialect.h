// A dialect that is go to the machines, while its packets and lines are the php ones, which a test can read:
// what the machines do for go has nothing to do with how bytes travel.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/dialect.h"

namespace gatewayd::cluster {

class GoLikeDialect final : public wire::Dialect {
 public:
  wire::DialectKind kind() const override { return wire::DialectKind::kGo; }
  std::string_view name() const override { return "go"; }
  std::uint16_t default_register_port() const override { return 51234; }
  std::unique_ptr<wire::PacketCodec> NewPacketCodec(std::string_view secret) const override {
    return php_.NewPacketCodec(secret);
  }
  std::string EncodeRegisterLine(std::string_view json, std::string_view secret) const override {
    return php_.EncodeRegisterLine(json, secret);
  }
  absl::StatusOr<std::string> DecodeRegisterLine(std::string_view line,
                                                 std::string_view secret) const override {
    return php_.DecodeRegisterLine(line, secret);
  }
  absl::StatusOr<std::uint64_t> DecodeCount(std::string_view answer) const override {
    return php_.DecodeCount(answer);
  }
  absl::StatusOr<wire::ConnectionIds> DecodeConnectionIds(std::string_view answer) const override {
    return php_.DecodeConnectionIds(answer);
  }
  absl::StatusOr<wire::ConnectionIdsByUid> DecodeConnectionIdsByUid(std::string_view answer) const override {
    return php_.DecodeConnectionIdsByUid(answer);
  }
  absl::StatusOr<wire::CountsByGroup> DecodeCountsByGroup(std::string_view answer) const override {
    return php_.DecodeCountsByGroup(answer);
  }
  absl::StatusOr<std::vector<std::string>> DecodeGroups(std::string_view answer) const override {
    return php_.DecodeGroups(answer);
  }
  absl::Status VisitSessions(std::string_view answer,
                             absl::FunctionRef<void(const wire::ClientSession&)> visit) const override {
    return php_.VisitSessions(answer, visit);
  }
  absl::Status VisitSelected(std::string_view answer,
                             absl::FunctionRef<void(const wire::SelectedClient&)> visit) const override {
    return php_.VisitSelected(answer, visit);
  }
  absl::StatusOr<std::optional<std::string_view>> DecodeSession(std::string_view answer) const override {
    return php_.DecodeSession(answer);
  }
  absl::StatusOr<wire::Value> DecodeSessionValue(std::string_view stored) const override {
    return php_.DecodeSessionValue(stored);
  }
  std::string EncodeSessionValue(const wire::Value& value) const override {
    return php_.EncodeSessionValue(value);
  }
  absl::Status CheckSession(std::string_view stored) const override { return php_.CheckSession(stored); }
  bool IsUsableName(std::string_view name) const override { return !name.empty(); }
  void SetNoMessage(wire::Frame& kick) const override { kick.body = {}; }

 private:
  const wire::Dialect& php_ = wire::PhpDialect();
};

inline const wire::Dialect& GoLike() {
  static const GoLikeDialect& dialect = *new GoLikeDialect;
  return dialect;
}

}  // namespace gatewayd::cluster
