// Which frames a call sends to which Gateways, laid down before the first is sent: what is wrong with a
// request is found while nothing has happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "cluster/cluster.h"
#include "gatewayworker/v1/types.pb.h"
#include "wire/client_id.h"
#include "wire/frame.h"

namespace gatewayd::api {

// A Gateway that did not take a command or did not answer.
struct Failure {
  std::string gateway;
  absl::Status status;
};

// One frame to one Gateway.
struct Step {
  static constexpr std::uint32_t kNoExt = std::numeric_limits<std::uint32_t>::max();

  cluster::Gateway* gateway = nullptr;  // a member of the call's view
  wire::GatewayAddress address;         // what its client_ids carry, where the call asked for it
  std::uint32_t connection_id = 0;
  std::uint32_t ext = kNoExt;  // which of Plan::exts
};

// The steps of one Gateway stand together. What all frames have in common is `frame`.
struct Plan {
  wire::Frame frame;
  std::string body;  // what frame.body points into, where it is not the request
  std::vector<std::string> exts;
  std::vector<Step> steps;
  std::vector<Failure> failures;             // Gateways that cannot be sent anything
  std::vector<wire::GatewayAddress> absent;  // named by ids, and no members: their clients are gone
  std::size_t bounded = 0;                   // queries: as QueryOptions::bounded_answer_size
  bool nothing = false;                      // nobody is meant: OK without a frame

  std::uint32_t AddExt(std::string ext);
  // The frame of a step; borrows from the plan.
  wire::Frame FrameOf(const Step& step) const;
};

// One step for each member and each of plan.exts (one without ext, where there are none).
void PlanEveryGateway(const cluster::View& view, Plan& plan);
// The same with Step::address. A member whose client_ids are not known yet becomes a failure.
void PlanEveryGatewayWithIds(const cluster::View& view, Plan& plan);

// Clients of one Gateway.
struct ClientsOfGateway {
  cluster::Gateway* gateway = nullptr;
  wire::GatewayAddress address;
  std::vector<std::uint32_t> connection_ids;
};

// `ids` by Gateway, in the order in which they first name one. A Gateway that is not a member becomes one of
// `unknown`, with its status (View::Find); where `absent` is given, one that is not a member of a complete
// view goes there instead.
std::vector<ClientsOfGateway> ByGateway(const cluster::View& view, std::span<const wire::ClientId> ids,
                                        std::vector<Failure>* unknown,
                                        std::vector<wire::GatewayAddress>* absent = nullptr);

// Splits `names` into runs whose StringListJson is not longer than `limit`. Empty where one name alone is.
std::vector<std::span<const std::string>> SplitNames(std::span<const std::string> names, std::size_t limit);

// An error about several Gateways, which names them all: DATA_LOSS or DEADLINE_EXCEEDED where one of them
// says so, else the code that they have in common, else UNAVAILABLE. Not for an empty list.
absl::Status FailuresStatus(std::span<const Failure> failures);

// One entry for each Gateway that failed, with the first cause.
void ListFailures(std::span<const Failure> failures,
                  google::protobuf::RepeatedPtrField<gatewayworker::v1::GatewayFailure>* out);

}  // namespace gatewayd::api
