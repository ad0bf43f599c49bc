#include "cluster/counters.h"

namespace gatewayd::cluster {
namespace {

struct Named {
  const char* name;
  std::uint64_t Counters::*field;
};

constexpr Named kNamed[] = {
    {"commands_accepted", &Counters::commands_accepted},
    {"commands_lost", &Counters::commands_lost},
    {"queries_sent", &Counters::queries_sent},
    {"queries_refused", &Counters::queries_refused},
    {"commands_refused", &Counters::commands_refused},
    {"links_connected", &Counters::links_connected},
    {"links_lost", &Counters::links_lost},
    {"link_attempts_failed", &Counters::link_attempts_failed},
    {"query_timeouts", &Counters::query_timeouts},
    {"bad_answers", &Counters::bad_answers},
    {"barrier_timeouts", &Counters::barrier_timeouts},
    {"close_wait_expired", &Counters::close_wait_expired},
    {"unknown_effects", &Counters::unknown_effects},
    {"answers_too_large", &Counters::answers_too_large},
    {"events_read", &Counters::events_read},
    {"events_too_large", &Counters::events_too_large},
    {"event_reads_paused", &Counters::event_reads_paused},
    {"event_links_lost", &Counters::event_links_lost},
    {"event_link_probes_failed", &Counters::event_link_probes_failed},
    {"event_leaves", &Counters::event_leaves},
    {"event_leaves_forced", &Counters::event_leaves_forced},
    {"runs_over", &Counters::runs_over},
    {"runs_unproven", &Counters::runs_unproven},
    {"links_stalled", &Counters::links_stalled},
    {"stalled_links_lost", &Counters::stalled_links_lost},
    {"clients_destroyed", &Counters::clients_destroyed},
    {"gateways_refused", &Counters::gateways_refused},
    {"register_bad_lines", &Counters::register_bad_lines},
    {"register_connects", &Counters::register_connects},
    {"membership_changes", &Counters::membership_changes},
};

static_assert(sizeof(kNamed) / sizeof(kNamed[0]) == sizeof(Counters) / sizeof(std::uint64_t),
              "every counter has a name");

}  // namespace

void Counters::Add(const Counters& other) {
  for (const Named& named : kNamed)
    this->*named.field += other.*named.field;
}

std::map<std::string, std::uint64_t> Counters::ByName() const {
  std::map<std::string, std::uint64_t> result;
  for (const Named& named : kNamed)
    result.emplace(named.name, this->*named.field);
  return result;
}

}  // namespace gatewayd::cluster
