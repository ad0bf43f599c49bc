// What worlds of the go dialect have besides: clients that do not read, Registers with two lists, and how
// soon the daemon finds a link stalled.
#include "simulation/profile.h"

namespace gatewayd::simulation {

using absl::Milliseconds;
using absl::Seconds;

void ChooseGo(Random& random, Profile& profile) {
  cluster::Options& options = profile.options;
  profile.network.go_packets = true;
  profile.lists = static_cast<GoLists>(random.Below(3));
  options.go_addresses =
      profile.lists == GoLists::kWorker ? cluster::GoAddresses::kWorker : cluster::GoAddresses::kSdk;
  options.run_watch = Milliseconds(random.Chance(500) ? 20 : 1);
  profile.events.close_clients_without_worker = false;
  const bool calm = profile.faults.empty() && profile.network.cut == 0;
  if (calm) return;  // nothing but callers may do harm there
  if (random.Chance(500)) options.query_timeout = random.Between(Milliseconds(300), Seconds(3));
  if (random.Chance(700)) {
    profile.between_clients = random.Between(Milliseconds(20), Milliseconds(500));
    profile.stop_reading = static_cast<unsigned>(random.Between(100, 900));
    if (random.Chance(500)) profile.think /= 2;
  }
  // What makes the loss of a stalled link likely: faults of links, or of Gateways.
  if (random.Chance(300)) {
    profile.faults.insert(profile.faults.end(), {Fault::kCutCommandLink, Fault::kCutLink, Fault::kCloseLink});
  }
}

}  // namespace gatewayd::simulation
