#include "events/counters.h"

namespace gatewayd::events {

std::map<std::string, std::uint64_t> Counters::ByName() const {
  std::map<std::string, std::uint64_t> names = {
      {"events_accepted", events_accepted},
      {"events_connect", events_connect},
      {"events_websocket_connect", events_websocket_connect},
      {"events_message", events_message},
      {"events_close", events_close},
      {"events_gateway_lost", events_gateway_lost},
      {"batches", batches},
      {"events_delivered", events_delivered},
      {"events_acknowledged", events_acknowledged},
      {"events_redelivered", events_redelivered},
      {"events_unwanted", events_unwanted},
      {"events_poisoned", events_poisoned},
      {"events_untaken", events_untaken},
      {"events_unfinished", events_unfinished},
      {"acks_unknown", acks_unknown},
      {"workers_attached", workers_attached},
      {"workers_broken", workers_broken},
      {"workers_ack_timeout", workers_ack_timeout},
      {"workers_over_share", workers_over_share},
      {"memory_full", memory_full},
      {"sessions_fetched", sessions_fetched},
      {"sessions_not_fetched", sessions_not_fetched},
      {"watch_copies_lost", watch_copies_lost},
  };
  static_assert(sizeof(Counters) == 23 * sizeof(std::uint64_t), "every counter has a name");
  return names;
}

}  // namespace gatewayd::events
