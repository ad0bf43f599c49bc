// The arguments of a call or a command, from JSON to the package's own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "json.h"

namespace conformance {

class Arguments {
 public:
  // `client_id`: what "$client" stands for.
  explicit Arguments(const Struct& given, std::string client_id = {}, std::optional<double> timeout = {});

  // Empty where it is not there.
  [[nodiscard]] std::string Text(const char* name) const;
  [[nodiscard]] std::vector<std::string> List(const char* name) const;
  [[nodiscard]] std::optional<std::string> MaybeText(const char* name) const;
  [[nodiscard]] std::optional<std::vector<std::string>> MaybeList(const char* name) const;

  [[nodiscard]] gatewayworker::Message Message() const { return *MaybeMessage(); }
  [[nodiscard]] std::optional<gatewayworker::Message> MaybeMessage() const;
  [[nodiscard]] gatewayworker::SessionInput Session() const;
  [[nodiscard]] gatewayworker::Recipients Recipients() const;
  [[nodiscard]] std::vector<gatewayworker::Field> Fields() const;
  [[nodiscard]] std::vector<gatewayworker::Command> Commands() const;

  [[nodiscard]] gatewayworker::ClientOptions Options() const;
  [[nodiscard]] gatewayworker::CurrentClientOptions CurrentOptions() const;
  [[nodiscard]] gatewayworker::ClusterOptions ForMany() const;
  [[nodiscard]] gatewayworker::ClientQuery One() const { return {.timeout = timeout_}; }
  [[nodiscard]] gatewayworker::ClusterQuery All() const { return {.timeout = timeout_}; }
  [[nodiscard]] std::optional<std::chrono::milliseconds> timeout() const { return timeout_; }

 private:
  [[nodiscard]] std::string Named(const std::string& text) const {
    return text == "$client" ? client_id_ : text;
  }
  [[nodiscard]] bool Flag(const char* name) const {
    return gatewayworker::Get<bool>(given_, name).value_or(false);
  }

  const Struct& given_;
  const std::string client_id_;
  std::optional<std::chrono::milliseconds> timeout_;
};

}  // namespace conformance
