// A worker or caller of a Go Gateway, and whoever speaks to a Go Register, for tests of the embedded cluster.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "unit/embedded/test_clients.h"
#include "wire/dialect.h"

namespace gatewayd::test {

// Encrypted frames out, encrypted frames and answers in, by the codec of the daemon.
class GoWorkerClient : public TcpClient {
 public:
  explicit GoWorkerClient(std::uint16_t inner_port, std::string_view secret = "")
      : TcpClient(inner_port), codec_(wire::GoDialect().NewPacketCodec(secret)) {}

  bool SendFrame(wire::Command command, std::uint32_t connection_id = 0, std::string_view ext = {},
                 std::string_view body = {}, std::uint8_t flag = wire::kFlagScalarBody) {
    std::string bytes;
    codec_->AppendFrame(
        {.command = command, .connection_id = connection_id, .flag = flag, .ext = ext, .body = body}, bytes);
    return Send(bytes);
  }
  bool HelloAsCaller(std::string_view secret = "") {
    return SendFrame(wire::Command::kGatewayClientConnect, 0, {}, wire::ClientConnectBody(secret));
  }
  bool HelloAsWorker(std::string_view key, std::string_view secret = "") {
    return SendFrame(wire::Command::kWorkerConnect, 0, {}, wire::WorkerConnectBody(key, secret));
  }

  // The next packet; what it borrows lives until the next call.
  std::optional<wire::Packet> ReadPacket(std::chrono::milliseconds patience = kPatience) {
    constexpr std::size_t kMax = 100 * 1024 * 1024;
    if (!Fill(4, patience)) return std::nullopt;
    const std::size_t size = 4 + BigEndian32(std::string_view(buffered()).substr(0, 4));
    if (!Fill(size, patience)) return std::nullopt;
    bytes_ = Take(size);
    return codec_->Next(bytes_, wire::LinkRole::kEvents, kMax);
  }
  std::optional<wire::Frame> ReadFrame(std::chrono::milliseconds patience = kPatience) {
    const auto packet = ReadPacket(patience);
    if (!packet || packet->kind != wire::Packet::Kind::kFrame) return std::nullopt;
    return packet->frame;
  }
  std::optional<std::string> ReadAnswer(std::chrono::milliseconds patience = kPatience) {
    const auto packet = ReadPacket(patience);
    if (!packet || packet->kind != wire::Packet::Kind::kAnswer) return std::nullopt;
    return std::string(packet->answer);
  }
  std::optional<std::string> Query(wire::Command command, std::uint32_t connection_id = 0,
                                   std::string_view ext = {},
                                   std::chrono::milliseconds patience = kPatience) {
    if (!SendFrame(command, connection_id, ext)) return std::nullopt;
    return ReadAnswer(patience);
  }

 private:
  const std::unique_ptr<wire::PacketCodec> codec_;
  std::string bytes_;
};

// One end of a connection to a Go Register.
class GoRegisterClient : public TcpClient {
 public:
  explicit GoRegisterClient(std::uint16_t port, std::string secret = "")
      : TcpClient(port), secret_(std::move(secret)) {}

  bool Say(std::string_view json) { return Send(wire::GoDialect().EncodeRegisterLine(json, secret_)); }
  // The JSON of the next line; "(…)" where there is none that decrypts.
  std::string Hear(std::chrono::milliseconds patience = kPatience) {
    const std::optional<std::string> line = ReadLine(patience);
    if (!line) return "(nothing)";
    const absl::StatusOr<std::string> json = wire::GoDialect().DecodeRegisterLine(*line, secret_);
    return json.ok() ? *json : "(garbled)";
  }

 private:
  const std::string secret_;
};

}  // namespace gatewayd::test
