// How long Gateways take to answer the queries that callers wait for, by command; all Gateways together.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "absl/time/time.h"
#include "cluster/durations.h"
#include "wire/command.h"

namespace gatewayd::cluster {

// Thread-safe, without a lock.
class QueryStats {
 public:
  struct Answered {
    wire::Command command = {};
    Durations::Counts took;
  };

  // A query was answered `took` after it was given to its link. Other commands than queries are passed over.
  void Add(wire::Command command, absl::Duration took) {
    for (std::size_t i = 0; i < kQueries.size(); ++i) {
      if (kQueries[i] == command) return durations_[i].Add(absl::ToInt64Nanoseconds(took));
    }
  }

  // Each query of the protocol, asked or not.
  std::vector<Answered> Read() const {
    std::vector<Answered> answered;
    for (std::size_t i = 0; i < kQueries.size(); ++i)
      answered.push_back({.command = kQueries[i], .took = durations_[i].Read()});
    return answered;
  }

 private:
  static constexpr std::array kQueries = {wire::Command::kIsOnline,
                                          wire::Command::kGetSessionByClientId,
                                          wire::Command::kGetClientIdByUid,
                                          wire::Command::kBatchGetClientIdByUid,
                                          wire::Command::kGetClientCountByGroup,
                                          wire::Command::kBatchGetClientCountByGroup,
                                          wire::Command::kGetClientSessionsByGroup,
                                          wire::Command::kGetAllClientSessions,
                                          wire::Command::kSelect,
                                          wire::Command::kGetGroupIdList};
  std::array<Durations, kQueries.size()> durations_;
};

}  // namespace gatewayd::cluster
