// A GatewayState with links and clients at hand, for the tests that need no socket.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "embedded/gateway_state.h"
#include "wire/requests.h"

namespace gatewayd::embedded {

// Prints actions in failing tests.
inline void PrintTo(const Action& action, std::ostream* out) {
  std::visit(
      [out](const auto& what) {
        using T = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<T, SendToClients>) {
          *out << "SendToClients{";
          for (auto id : what.clients)
            *out << id << ' ';
          *out << what.body << (what.raw ? " raw}" : "}");
        } else if constexpr (std::is_same_v<T, CloseClient>) {
          *out << "CloseClient{" << what.client << ' ' << what.message.value_or("(none)") << '}';
        } else if constexpr (std::is_same_v<T, DestroyClient>) {
          *out << "DestroyClient{" << what.client << '}';
        } else if constexpr (std::is_same_v<T, SendAnswer>) {
          *out << "SendAnswer{" << what.link << ' ' << what.payload << '}';
        } else if constexpr (std::is_same_v<T, SendEvent>) {
          *out << "SendEvent{" << what.link << ' ' << wire::CommandName(what.frame.command) << ' '
               << what.frame.connection_id << '}';
        } else if constexpr (std::is_same_v<T, CloseLink>) {
          *out << "CloseLink{" << what.link << ' ' << what.reason << '}';
        } else {
          *out << "DropLink{" << what.link << ' ' << what.reason << '}';
        }
      },
      action);
}

struct StateHarness {
  explicit StateHarness(std::string secret = "", bool close_clients_without_worker = false,
                        const GatewayDialect& dialect = PhpGatewayDialect())
      : state([&] {
          GatewayState::Options options;
          options.address = {0x7f000001, 2900};
          options.secret = std::move(secret);
          options.close_clients_without_worker = close_clients_without_worker;
          options.dialect = &dialect;
          return options;
        }()) {
    state.AddLink(1, "127.0.0.1");
  }

  std::uint32_t Client(ClientProtocol protocol = ClientProtocol::kWebSocket) {
    Actions actions;
    ClientInfo info;
    info.protocol = protocol;
    info.ip = 0x7f000001;
    info.port = 40000;
    info.gateway_port = 7272;
    return state.AddClient(info, actions);
  }
  void Clients(int count) {
    for (int i = 0; i < count; ++i)
      Client();
  }

  Actions Run(wire::Command command, std::uint32_t id = 0, std::string_view ext = {},
              std::string_view body = {}, std::uint8_t flag = wire::kFlagScalarBody, LinkId link = 1) {
    wire::Frame frame;
    frame.command = command;
    frame.connection_id = id;
    frame.ext = ext;
    frame.body = body;
    frame.flag = flag;
    return state.Execute(link, frame);
  }

  // The answer to a query; "(none)" where there was not exactly one.
  std::string Ask(wire::Command command, std::uint32_t id = 0, std::string_view ext = {}) {
    Actions actions = Run(command, id, ext);
    if (actions.size() != 1 || !std::holds_alternative<SendAnswer>(actions[0])) return "(none)";
    return std::get<SendAnswer>(actions[0]).payload;
  }

  // Whom a send reached, in order; empty where it did nothing.
  std::vector<std::uint32_t> Reached(const Actions& actions) {
    if (actions.size() != 1 || !std::holds_alternative<SendToClients>(actions[0])) return {};
    return std::get<SendToClients>(actions[0]).clients;
  }

  Actions Worker(LinkId link, std::string_view key, std::string_view secret = "",
                 std::string ip = "10.0.0.1") {
    state.AddLink(link, std::move(ip));
    return Run(wire::Command::kWorkerConnect, 0, {}, wire::WorkerConnectBody(key, secret),
               wire::kFlagScalarBody, link);
  }

  GatewayState state;
};

}  // namespace gatewayd::embedded
