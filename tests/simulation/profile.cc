#include "simulation/profile.h"

namespace gatewayd::simulation {
namespace {

using absl::Milliseconds;
using absl::Seconds;

// No fault at all, only bad and impatient callers: no link may ever be lost.
void Calm(Random& random, Profile& profile) {
  profile.name = "calm";
  profile.length = random.Between(Milliseconds(500), Seconds(2));
}

// Connections break at any byte, by the network's doing or the Gateway's.
void Cuts(Random& random, Profile& profile) {
  profile.name = "cuts";
  profile.length = random.Between(Seconds(1), Seconds(5));
  profile.faults = {Fault::kCutLink, Fault::kCloseLink};
  profile.between_faults = random.Between(Milliseconds(100), Milliseconds(1000));
  profile.network.cut = static_cast<unsigned>(random.Below(300));
}

// Gateways restart, move, and cannot be reached.
void Restarts(Random& random, Profile& profile) {
  profile.name = "restarts";
  profile.length = random.Between(Seconds(2), Seconds(8));
  profile.faults = {Fault::kRestart, Fault::kTakeOver, Fault::kHang, Fault::kWrongSecret};
  profile.between_faults = random.Between(Milliseconds(200), Milliseconds(2000));
  profile.think *= 2;
}

// Gateways and paths that are slow, up to not at all: timeouts, full buffers, close_wait.
void Freezes(Random& random, Profile& profile) {
  profile.name = "freezes";
  profile.length = random.Between(Seconds(5), Seconds(20));
  profile.faults = {Fault::kFreeze, Fault::kFreeze, Fault::kUnlist, Fault::kHang};
  profile.between_faults = random.Between(Milliseconds(500), Milliseconds(5000));
  profile.think *= 5;
}

// The lists change all the time.
void Churn(Random& random, Profile& profile) {
  profile.name = "churn";
  profile.length = random.Between(Seconds(2), Seconds(10));
  profile.registers = static_cast<int>(random.Between(1, 3));
  profile.gateways = static_cast<int>(random.Between(2, 5));
  profile.faults = {Fault::kUnlist,         Fault::kRegisterLost,    Fault::kRegisterOddly,
                    Fault::kRegisterNobody, Fault::kRegisterRubbish, Fault::kRegisterCut,
                    Fault::kRestart,        Fault::kCloseLink};
  profile.between_faults = random.Between(Milliseconds(100), Milliseconds(1000));
  profile.think *= 2;
}

// More than links and Gateways can take: large answers, small buffers, slow paths.
void Overload(Random& random, Profile& profile) {
  profile.name = "overload";
  profile.length = random.Between(Milliseconds(500), Seconds(3));
  profile.burst = 300;
  profile.burst_size = static_cast<int>(random.Between(20, 200));
  profile.padded = 300;
  profile.options.command_buffer = static_cast<std::size_t>(random.Between(20'000, 160'000));
  profile.options.max_waiting_queries = static_cast<std::size_t>(random.Between(1, 20));
  profile.options.query_links = static_cast<int>(random.Between(1, 3));
  profile.options.max_answers = 200'000;
  profile.session_size = random.Chance(500) ? 8'000 : 200;
  profile.network.slow = 300;
  profile.network.buffer = static_cast<std::size_t>(random.Between(2'000, 64'000));
  profile.callers = 2;
  if (random.Chance(300)) {
    profile.faults = {Fault::kFreeze, Fault::kCutLink};
    profile.between_faults = Milliseconds(500);
  }
}

// Gateways and Registers that say nonsense.
void Hostile(Random& random, Profile& profile) {
  profile.name = "hostile";
  profile.length = random.Between(Seconds(1), Seconds(5));
  profile.faults = {Fault::kGarbage, Fault::kUnasked, Fault::kRegisterRubbish, Fault::kCutLink,
                    Fault::kWrongSecret};
  profile.between_faults = random.Between(Milliseconds(100), Milliseconds(1000));
}

// Everything, for long.
void Deep(Random& random, Profile& profile) {
  profile.name = "deep";
  profile.length = random.Between(Seconds(30), Seconds(60));
  profile.registers = static_cast<int>(random.Between(1, 3));
  profile.gateways = static_cast<int>(random.Between(2, 6));
  profile.callers = static_cast<int>(random.Between(2, 8));
  profile.think = Milliseconds(50);
  profile.faults = {Fault::kCutLink,        Fault::kCloseLink,       Fault::kRestart,
                    Fault::kTakeOver,       Fault::kFreeze,          Fault::kHang,
                    Fault::kWrongSecret,    Fault::kUnlist,          Fault::kRegisterLost,
                    Fault::kRegisterOddly,  Fault::kGarbage,         Fault::kUnasked,
                    Fault::kRegisterNobody, Fault::kRegisterRubbish, Fault::kRegisterCut};
  profile.between_faults = random.Between(Milliseconds(300), Milliseconds(3000));
  profile.network.cut = static_cast<unsigned>(random.Below(100));
  profile.network.slow = static_cast<unsigned>(random.Below(100));
}

}  // namespace

Profile ChooseProfile(Random& random) {
  Profile profile;
  profile.registers = static_cast<int>(random.Between(1, 2));
  profile.gateways = static_cast<int>(random.Between(1, 3));
  profile.callers = static_cast<int>(random.Between(1, 5));
  profile.clients = static_cast<int>(random.Between(4, 12));
  profile.think = random.Between(Milliseconds(2), Milliseconds(30));
  profile.network.delay = random.Between(absl::Microseconds(20), absl::Microseconds(2000));
  profile.network.whole_pieces = static_cast<unsigned>(random.Between(300, 1000));
  // 16 MiB, 8 MiB of 10,240,000 bytes, and 256 MiB, divided by a hundred.
  profile.options.command_buffer = 160'000;
  profile.options.max_in_flight_answers = 80'000;
  profile.options.max_answers = 2'500'000;
  profile.options.max_waiting_queries = 50;

  if (random.Chance(350)) {
    ChooseEvents(random, profile);
    return profile;
  }
  const std::uint64_t kind = random.Below(1000);
  if (kind < 60) {
    Calm(random, profile);
  } else if (kind < 280) {
    Cuts(random, profile);
  } else if (kind < 460) {
    Restarts(random, profile);
  } else if (kind < 600) {
    Freezes(random, profile);
  } else if (kind < 780) {
    Churn(random, profile);
  } else if (kind < 890) {
    Overload(random, profile);
  } else if (kind < 980) {
    Hostile(random, profile);
  } else {
    Deep(random, profile);
  }
  return profile;
}

}  // namespace gatewayd::simulation
