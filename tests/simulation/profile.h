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
#include "simulation/sim_register.h"

namespace gatewayd::simulation {

enum class Fault {
  // Of Gateways.
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
  kStopReading,      // go: a client reads nothing more
  kReadAgain,        // go: all clients of a Gateway read again
  kRegisterLost,     // a Register is killed or dies, and is born again knowing nobody
  kRegisterOddly,    // a list that is true but oddly written
  kRegisterNobody,   // an empty list, then the true one
  kRegisterRubbish,  // a line that is none
  kRegisterCut,      // the network cuts a Register's connections
  // In worlds with events.
  kWorkerCrash,     // a worker dies
  kWorkerLeaves,    // a worker leaves, in either mode
  kWorkerSticks,    // a worker's stream takes nothing for a while
  kWorkerDrain,     // the operator tells a worker to go
  kDaemonDrain,     // the operator tells the daemon to go
  kCutCommandLink,  // the network cuts the daemon's command link to a Gateway, and leaves its event link
  kCutEventLink,    // the reverse
  kBurst,           // clients say very much at once
};

// Workers and events; times and limits are divided like the others.
struct EventProfile {
  bool on = false;
  int workers = 2;
  bool other_worker = false;  // another one on the same cluster
  bool close_clients_without_worker = false;
  bool always = false;  // --events=always
  std::size_t memory = 400'000;
  std::size_t gateway_buffer = 400'000;
  bool large_messages = false;  // above what the daemon reads
  absl::Duration talk;          // between two things that the clients of one Gateway do
  int talk_burst = 1;
  absl::Duration handle;        // what a handler takes
  absl::Duration stream_delay;  // between a worker and the daemon
  absl::Duration stay, away;    // of a worker
  absl::Duration grace, ack_timeout, drain_timeout;
  unsigned answers = 300;      // per mille of events that are answered by a command
  unsigned ack_on_send = 150;  // per mille of attachments
  unsigned choosy = 0;         // that do not want every kind
  unsigned stalls = 0;         // that acknowledge nothing
  unsigned poison = 0;         // per mille of messages on which a handler dies
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
  EventProfile events;
  // go
  GoLists lists = GoLists::kOne;
  absl::Duration between_clients = absl::InfiniteDuration();  // two things that clients do with what they get
  unsigned stop_reading = 0;                                  // per mille of those
  bool to_one = false;  // callers send to one client where others send to many
};

Profile ChooseProfile(Random& random);
void ChooseEvents(Random& random, Profile& profile);  // profile_events.cc
void ChooseGo(Random& random, Profile& profile);      // profile_go.cc: what a go world has besides

}  // namespace gatewayd::simulation
