// What one worker's stream has sent to which Gateway: so that a sync can name those whose link was lost, and
// that nothing of a batch goes to a Gateway after a command of it that did not fit.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cluster/cluster.h"

namespace gatewayd::api {

// Not thread-safe.
class SendLedger {
 public:
  struct Touched {
    cluster::Gateway* gateway = nullptr;
    std::uint64_t life = 0;                     // of its command link when it was first sent something
    std::shared_ptr<const cluster::View> view;  // keeps it
  };

  // A batch begins; `view` is what its commands are routed by.
  void Begin(std::shared_ptr<const cluster::View> view);
  // Why nothing more of this batch may go there, or OK.
  absl::Status Check(const cluster::Gateway& gateway) const;
  // Before a command is handed over, and what came of it.
  void Touch(cluster::Gateway& gateway);
  void Note(const cluster::Gateway& gateway, const absl::Status& status);

  // What was touched since the last call.
  std::vector<Touched> TakeTouched() { return std::exchange(touched_, {}); }

 private:
  std::shared_ptr<const cluster::View> view_;
  std::vector<Touched> touched_;
  std::vector<std::pair<const cluster::Gateway*, absl::Status>> refused_;
};

}  // namespace gatewayd::api
