// What the parts of GatewayState share; included by them alone.
#pragma once

#include <optional>
#include <string>

#include "embedded/gateway_state.h"
#include "embedded/ordered_map.h"

namespace gatewayd::embedded {

// A connected client. Owned by GatewayState, until its connection is closed.
struct GatewayState::Client {
  std::uint32_t id = 0;
  ClientInfo info;
  std::string session;
  std::optional<std::string> uid;
  // Absent until the first JOIN_GROUP: SELECT then answers null, later an empty array.
  std::optional<OrderedMap<std::string, bool>> groups;
  std::optional<std::string> worker;  // "ip:worker_key" that it is bound to
  LinkId writer = 0;                  // go: the link that wrote to it last
};

struct GatewayState::Link {
  std::string remote_ip;
  bool authorized = false;
  bool closing = false;
  bool superseded = false;  // another WORKER_CONNECT took its key
  std::optional<std::string> key;
};

// One frame being executed.
struct GatewayState::Call {
  LinkId id;
  Link& link;
  const wire::Frame& frame;
  Actions& actions;
  bool go;  // which takes every body for a string, and no flag for anything

  bool scalar() const { return go || (frame.flag & wire::kFlagScalarBody) != 0; }
  bool raw() const { return !go && (frame.flag & wire::kFlagRaw) != 0; }
  void Answer(std::string payload) { actions.push_back(SendAnswer{id, std::move(payload)}); }
};

}  // namespace gatewayd::embedded
