// What kind of world a seed makes: how large, how busy, and which faults it meets. Limits are those of a real
// daemon and a real Gateway divided by about a hundred, so that they are reached with few bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cluster/options.h"
#include "simulation/network.h"
#include "simulation/random.h"

namespace gatewayd::simulation {

enum class Fault {
  kCutLink,          // the network cuts one connection
  kCloseLink,        // a Gateway closes one connection
  kRestart,          // a Gateway is killed and started again: connection ids are used anew
  kTakeOver,         // a Gateway's host dies, and another process serves the address
  kFreeze,           // a Gateway reads nothing for a while
  kHang,             // connecting to a Gateway hangs, or is refused, for a while
  kGarbage,          // bytes that are no answer
  kUnasked,          // an answer that nobody asked for
  kWrongSecret,      // a Gateway is started again with another secret, for a while
  kUnlist,           // a Gateway leaves the lists while it is linked, and comes back
  kRegisterLost,     // a Register is killed or dies, and is born again knowing nobody
  kRegisterOddly,    // a list that is true but oddly written
  kRegisterNobody,   // an empty list, then the true one
  kRegisterRubbish,  // a line that is none
  kRegisterCut,      // the network cuts a Register's connections
};

struct Profile {
  const char* name = "calm";
  int registers = 1;
  int gateways = 2;
  int callers = 3;
  int clients = 8;
  std::size_t session_size = 20;
  std::size_t gateway_send_buffer = 100'000;
  absl::Duration length = absl::Seconds(2);       // of the part with faults
  absl::Duration think = absl::Milliseconds(10);  // of a caller between two calls
  unsigned burst = 50;                            // per mille of calls that are a burst of calls
  int burst_size = 20;
  unsigned padded = 50;  // per mille of messages that are large
  std::vector<Fault> faults;
  absl::Duration between_faults = absl::InfiniteDuration();
  NetworkOptions network;
  cluster::Options options;
};

Profile ChooseProfile(Random& random);

}  // namespace gatewayd::simulation
