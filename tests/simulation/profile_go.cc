// What worlds of the go dialect have besides: clients that do not read, Registers with two lists, and how
// soon the daemon finds a link stalled.
#include "simulation/profile.h"

namespace gatewayd::simulation {
namespace {

using absl::Milliseconds;
using absl::Seconds;

// Much is written to the clients of one Gateway, which stop to read, and its links are lost in every way.
void GoWriters(Random& random, Profile& profile) {
  profile.name = "go writers";
  profile.length = random.Between(Seconds(2), Seconds(10));
  profile.registers = profile.gateways = 1;
  profile.callers = static_cast<int>(random.Between(2, 5));
  profile.think = random.Between(Milliseconds(1), Milliseconds(8));
  profile.network.buffer = static_cast<std::size_t>(random.Between(1'000, 16'000));
  profile.faults = {Fault::kCutCommandLink, Fault::kCutCommandLink, Fault::kCutLink, Fault::kCloseLink,
                    Fault::kGarbage,        Fault::kUnasked,        Fault::kUnlist,  Fault::kFreeze,
                    Fault::kRestart,        Fault::kTakeOver,       Fault::kHang};
  profile.between_faults = random.Between(Milliseconds(200), Milliseconds(2000));
  profile.between_clients = random.Between(Milliseconds(20), Milliseconds(200));
  profile.stop_reading = static_cast<unsigned>(random.Between(300, 950));
  profile.to_one = random.Chance(600);
  profile.options.query_timeout = random.Between(Milliseconds(300), Seconds(2));
}

// The same, but who stops to read does so for long, so that what a lost link left behind is still written
// when the next link comes: after a link that the daemon itself ended, or after the Gateway had left the
// lists.
void GoStubborn(Random& random, Profile& profile) {
  GoWriters(random, profile);
  profile.name = "go stubborn";
  profile.length = random.Between(Seconds(5), Seconds(15));
  profile.clients = static_cast<int>(random.Between(2, 4));
  profile.faults = {Fault::kGarbage,        Fault::kUnasked, Fault::kCutCommandLink,
                    Fault::kCutCommandLink, Fault::kUnlist,  Fault::kUnlist};
  profile.between_faults = random.Between(Milliseconds(100), Milliseconds(1000));
  profile.between_clients = random.Between(Milliseconds(500), Seconds(3));
  profile.stop_reading = static_cast<unsigned>(random.Between(800, 980));
  profile.options.close_wait = random.Between(Milliseconds(50), Milliseconds(500));
}

// Of a world that php could have, too.
void AddReaders(Random& random, Profile& profile) {
  if (random.Chance(500)) profile.options.query_timeout = random.Between(Milliseconds(300), Seconds(3));
  if (random.Chance(700)) {
    profile.between_clients = random.Between(Milliseconds(20), Milliseconds(500));
    profile.stop_reading = static_cast<unsigned>(random.Between(100, 900));
    profile.to_one = random.Chance(300);
  }
  // What makes the loss of a stalled link likely.
  if (random.Chance(300)) {
    profile.faults.insert(profile.faults.end(), {Fault::kCutCommandLink, Fault::kCutLink, Fault::kCloseLink});
  }
}

}  // namespace

void ChooseGo(Random& random, Profile& profile) {
  cluster::Options& options = profile.options;
  profile.network.go_packets = true;
  profile.lists = static_cast<GoLists>(random.Below(3));
  options.go_addresses =
      profile.lists == GoLists::kWorker ? cluster::GoAddresses::kWorker : cluster::GoAddresses::kSdk;
  options.run_watch = Milliseconds(random.Chance(500) ? 20 : 1);
  profile.events.close_clients_without_worker = false;
  const bool calm = profile.faults.empty() && profile.network.cut == 0;
  if (!profile.events.on && random.Chance(300)) {
    GoWriters(random, profile);
  } else if (!profile.events.on && random.Chance(250)) {
    GoStubborn(random, profile);
  } else if (!calm) {  // else nothing but callers may do harm
    AddReaders(random, profile);
  }
}

}  // namespace gatewayd::simulation
