// Worlds with workers and events. What their limits are divided by is about a thousand: an event has some 200
// bytes.
#include "simulation/profile.h"

namespace gatewayd::simulation {
namespace {

using absl::Milliseconds;
using absl::Seconds;

constexpr Fault kWorkerFaults[] = {Fault::kWorkerCrash, Fault::kWorkerLeaves, Fault::kWorkerSticks,
                                   Fault::kWorkerDrain};

void AddWorkerFaults(Profile& profile) {
  profile.faults.insert(profile.faults.end(), std::begin(kWorkerFaults), std::end(kWorkerFaults));
}

// No fault at all; workers come and go under load. Not one event may be lost.
void CalmEvents(Random& random, Profile& profile) {
  profile.name = "events calm";
  profile.length = random.Between(Seconds(1), Seconds(4));
  profile.events.talk = random.Between(Milliseconds(1), Milliseconds(10));
}

// Workers that crash, stick, stall and are told to go.
void BadWorkers(Random& random, Profile& profile) {
  profile.name = "events bad workers";
  profile.length = random.Between(Seconds(2), Seconds(6));
  AddWorkerFaults(profile);
  profile.between_faults = random.Between(Milliseconds(50), Milliseconds(500));
  profile.events.stalls = 300;
  profile.events.choosy = 200;
  profile.events.poison = random.Chance(500) ? 30 : 0;
}

// Links break at any byte, the command link without the event link and the reverse; Gateways restart.
void BadLinks(Random& random, Profile& profile) {
  profile.name = "events bad links";
  profile.length = random.Between(Seconds(2), Seconds(8));
  profile.faults = {Fault::kCutLink,        Fault::kCloseLink,    Fault::kRestart, Fault::kTakeOver,
                    Fault::kCutCommandLink, Fault::kCutEventLink, Fault::kFreeze,  Fault::kUnlist,
                    Fault::kCutCommandLink, Fault::kCutEventLink, Fault::kHang,    Fault::kRegisterNobody};
  profile.between_faults = random.Between(Milliseconds(100), Milliseconds(1000));
  profile.network.cut = static_cast<unsigned>(random.Below(200));
}

// Tiny memory, tiny buffers, slow workers, bursts.
void FullMemory(Random& random, Profile& profile) {
  profile.name = "events full memory";
  profile.length = random.Between(Seconds(1), Seconds(5));
  profile.events.memory = static_cast<std::size_t>(random.Between(2'000, 20'000));
  profile.events.talk = random.Between(Milliseconds(1), Milliseconds(10));
  profile.events.handle = random.Between(Milliseconds(1), Milliseconds(20));
  profile.events.gateway_buffer = static_cast<std::size_t>(random.Between(2'000, 40'000));
  profile.events.stalls = 200;
  profile.network.buffer = static_cast<std::size_t>(random.Between(2'000, 16'000));
  profile.network.slow = 100;
  profile.faults = {Fault::kBurst,       Fault::kBurst,        Fault::kWorkerSticks,
                    Fault::kWorkerCrash, Fault::kWorkerLeaves, Fault::kCutEventLink};
  profile.between_faults = random.Between(Milliseconds(50), Milliseconds(500));
}

// Handlers write sessions all the time, and everybody reads them.
void Sessions(Random& random, Profile& profile) {
  profile.name = "events sessions";
  profile.length = random.Between(Seconds(1), Seconds(4));
  profile.clients = static_cast<int>(random.Between(2, 4));
  profile.events.answers = 700;
  profile.events.talk = random.Between(Milliseconds(1), Milliseconds(5));
  if (random.Chance(600)) {
    profile.faults = {Fault::kCutCommandLink, Fault::kWorkerCrash, Fault::kFreeze, Fault::kCutEventLink};
    profile.between_faults = random.Between(Milliseconds(200), Milliseconds(1500));
  }
}

// Everything, and the daemon is drained in the middle.
void EverythingOfEvents(Random& random, Profile& profile) {
  profile.name = "events everything";
  profile.length = random.Between(Seconds(5), Seconds(20));
  profile.registers = static_cast<int>(random.Between(1, 2));
  profile.think *= 4;
  profile.events.talk = random.Between(Milliseconds(5), Milliseconds(40));
  profile.faults = {Fault::kCutLink,        Fault::kCloseLink,    Fault::kRestart,     Fault::kTakeOver,
                    Fault::kFreeze,         Fault::kHang,         Fault::kWrongSecret, Fault::kUnlist,
                    Fault::kRegisterLost,   Fault::kGarbage,      Fault::kUnasked,     Fault::kRegisterNobody,
                    Fault::kCutCommandLink, Fault::kCutEventLink, Fault::kBurst,       Fault::kDaemonDrain};
  AddWorkerFaults(profile);
  profile.between_faults = random.Between(Milliseconds(200), Milliseconds(2000));
  profile.events.stalls = 100;
  profile.events.choosy = 100;
  profile.events.poison = 5;
  profile.network.cut = static_cast<unsigned>(random.Below(100));
}

}  // namespace

void ChooseEvents(Random& random, Profile& profile) {
  EventProfile& events = profile.events;
  events.on = true;
  profile.callers = static_cast<int>(random.Between(1, 2));
  profile.think *= 3;
  events.workers = static_cast<int>(random.Between(1, 4));
  events.other_worker = random.Chance(300);
  events.close_clients_without_worker = random.Chance(500);
  events.handle = random.Between(absl::Microseconds(10), Milliseconds(3));
  events.stream_delay = random.Between(absl::Microseconds(20), absl::Microseconds(2000));
  events.talk = random.Between(Milliseconds(2), Milliseconds(20));
  events.talk_burst = static_cast<int>(random.Between(1, 10));
  events.stay = random.Between(Milliseconds(200), Seconds(3));
  events.away = random.Between(Milliseconds(5), Milliseconds(500));
  events.large_messages = random.Chance(200);
  // 10 s and 60 s of a real daemon.
  events.grace = random.Between(Milliseconds(100), Seconds(2));
  events.ack_timeout = random.Between(Milliseconds(500), Seconds(3));
  events.drain_timeout = random.Between(Milliseconds(200), Seconds(3));
  events.always = random.Chance(100);

  const std::uint64_t kind = random.Below(1000);
  if (kind < 150) {
    CalmEvents(random, profile);
  } else if (kind < 350) {
    BadWorkers(random, profile);
  } else if (kind < 600) {
    BadLinks(random, profile);
  } else if (kind < 770) {
    FullMemory(random, profile);
  } else if (kind < 930) {
    Sessions(random, profile);
  } else {
    EverythingOfEvents(random, profile);
  }
}

}  // namespace gatewayd::simulation
