// What an operator can set about the cluster side, with the defaults. One table for the docs and --help is
// made of the flags in config.cc.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace gatewayd::cluster {

// Which of the two lists of a go Register is dialled: no answer tells which of one belongs to which of the
// other, so it is one of them, or a Gateway would count twice.
enum class GoAddresses {
  kSdk,     // `sdk_addresses`, what client_ids carry, where the Register gives them; else `addresses`
  kWorker,  // `addresses`, where workers connect
};

// The same as long as the cluster runs. What flags set was checked by config_ranges.cc; nothing here checks
// it again.
struct Options {
  std::vector<std::string> registers;  // "host:port" or "host" (the dialect's default port)
  std::string secret;
  // advertised "host:port" (or "host", any port) -> what is dialled instead.
  std::map<std::string, std::string> address_map;

  std::size_t command_buffer = 16 * 1024 * 1024;  // bytes waiting on one link; above: RESOURCE_EXHAUSTED
  std::size_t max_in_flight_answers = 8 * 1024 * 1024;  // bytes of bounded answers due on one link
  std::size_t max_answers = 256 * 1024 * 1024;          // bytes of unbounded answers read at a time, in all
  int query_links = 2;                                  // links for unbounded queries, for each Gateway
  std::size_t max_waiting_queries = 1000;               // queries waiting for a query link, for each Gateway

  absl::Duration connect_timeout = absl::Seconds(3);
  absl::Duration query_timeout = absl::Seconds(5);  // without a byte of an answer that is due
  absl::Duration barrier_timeout = absl::Seconds(1);
  absl::Duration close_wait = absl::Seconds(1);  // for a Gateway to close a half-closed link
  absl::Duration backoff_first = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(5);
  absl::Duration register_ping = absl::Seconds(25);

  // The go dialect alone.
  GoAddresses go_addresses = GoAddresses::kSdk;
  absl::Duration register_stats = absl::Seconds(3);   // how often the Register's dashboard is told
  absl::Duration run_watch = absl::Milliseconds(20);  // how often a Gateway is asked how far it has come

  // Event links.
  std::size_t max_event_bytes = 32 * 1024 * 1024;    // larger ones are passed over and counted
  absl::Duration event_probe = absl::Seconds(25);    // without a byte: ask whether the link lives (IS_ONLINE)
  absl::Duration leave_timeout = absl::Seconds(10);  // for leaving a link without loss
};

}  // namespace gatewayd::cluster
