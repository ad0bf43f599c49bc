#include "api/plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "cluster/errors.h"
#include "cluster/text.h"

namespace gatewayd::api {
namespace {

// Causes that an error text quotes; the Gateways are all named.
constexpr std::size_t kMaxCauses = 5;

using AddressByGateway = absl::flat_hash_map<const cluster::Gateway*, wire::GatewayAddress>;

// A Gateway can be known by two addresses (the advertised one and what its events carry): the lowest, so that
// two calls say the same.
AddressByGateway AddressesOf(const cluster::View& view) {
  AddressByGateway addresses;
  addresses.reserve(view.members.size());
  for (const auto& [address, gateway] : view.by_address) {
    const auto [at, is_new] = addresses.emplace(gateway.get(), address);
    if (!is_new && address < at->second) at->second = address;
  }
  return addresses;
}

void PlanGateway(cluster::Gateway* gateway, const wire::GatewayAddress& address, Plan& plan) {
  if (plan.exts.empty()) plan.steps.push_back({.gateway = gateway, .address = address});
  for (std::uint32_t ext = 0; ext < plan.exts.size(); ++ext)
    plan.steps.push_back({.gateway = gateway, .address = address, .ext = ext});
}

// Bytes of a name in JSON, quotes and comma included, at most.
std::size_t JsonSize(const std::string& name) {
  std::size_t size = 3;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    size += byte < 0x20 ? 6 : byte == '"' || byte == '\\' ? 2 : 1;
  }
  return size;
}

// The causes, each Gateway once.
std::vector<const Failure*> FirstOfEach(std::span<const Failure> failures) {
  std::vector<const Failure*> firsts;
  absl::flat_hash_map<absl::string_view, bool> seen;
  for (const Failure& failure : failures) {
    if (seen.emplace(failure.gateway, true).second) firsts.push_back(&failure);
  }
  return firsts;
}

absl::StatusCode CodeOf(std::span<const Failure> failures) {
  for (const auto code : {absl::StatusCode::kDataLoss, absl::StatusCode::kDeadlineExceeded}) {
    if (std::any_of(failures.begin(), failures.end(),
                    [&](const Failure& failure) { return failure.status.code() == code; })) {
      return code;
    }
  }
  const absl::StatusCode first = failures[0].status.code();
  const bool common = std::all_of(failures.begin(), failures.end(),
                                  [&](const Failure& failure) { return failure.status.code() == first; });
  return common ? first : absl::StatusCode::kUnavailable;
}

}  // namespace

std::uint32_t Plan::AddExt(std::string ext) {
  exts.push_back(std::move(ext));
  return static_cast<std::uint32_t>(exts.size() - 1);
}

wire::Frame Plan::FrameOf(const Step& step) const {
  wire::Frame out = frame;
  out.connection_id = step.connection_id;
  if (step.ext != Step::kNoExt) out.ext = exts[step.ext];
  return out;
}

void PlanEveryGateway(const cluster::View& view, Plan& plan) {
  plan.steps.reserve(view.members.size() * std::max<std::size_t>(1, plan.exts.size()));
  for (const auto& member : view.members)
    PlanGateway(member.get(), {}, plan);
}

void PlanEveryGatewayWithIds(const cluster::View& view, Plan& plan) {
  plan.steps.reserve(view.members.size() * std::max<std::size_t>(1, plan.exts.size()));
  const AddressByGateway addresses = AddressesOf(view);
  for (const auto& member : view.members) {
    if (const auto at = addresses.find(member.get()); at != addresses.end()) {
      PlanGateway(member.get(), at->second, plan);
      continue;
    }
    plan.failures.push_back(
        {member->address(),
         cluster::MakeError(absl::StatusCode::kUnavailable, cluster::Reason::kNoView, member->address(),
                            "the address that its client_ids carry is not known yet")});
  }
}

std::vector<ClientsOfGateway> ByGateway(const cluster::View& view, std::span<const wire::ClientId> ids,
                                        std::vector<Failure>* unknown,
                                        std::vector<wire::GatewayAddress>* absent) {
  std::vector<ClientsOfGateway> out;
  absl::flat_hash_map<wire::GatewayAddress, std::size_t> place;
  constexpr auto kUnknown = std::numeric_limits<std::size_t>::max();
  for (const wire::ClientId& id : ids) {
    const auto [at, is_new] = place.emplace(id.gateway, out.size());
    if (is_new) {
      if (const auto gateway = view.Find(id.gateway); gateway.ok()) {
        out.push_back({.gateway = *gateway, .address = id.gateway});
      } else {
        at->second = kUnknown;
        if (absent != nullptr && absl::IsNotFound(gateway.status())) {
          absent->push_back(id.gateway);
        } else {
          unknown->push_back({wire::ToString(id.gateway), gateway.status()});
        }
      }
    }
    if (at->second != kUnknown) out[at->second].connection_ids.push_back(id.connection_id);
  }
  return out;
}

std::vector<std::span<const std::string>> SplitNames(std::span<const std::string> names, std::size_t limit) {
  std::vector<std::span<const std::string>> runs;
  std::size_t start = 0;
  std::size_t size = 2;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t more = JsonSize(names[i]);
    if (more + 2 > limit) return {};
    if (size + more > limit) {
      runs.push_back(names.subspan(start, i - start));
      start = i;
      size = 2;
    }
    size += more;
  }
  if (start < names.size()) runs.push_back(names.subspan(start));
  return runs;
}

absl::Status FailuresStatus(std::span<const Failure> failures) {
  const std::vector<const Failure*> firsts = FirstOfEach(failures);
  if (firsts.size() == 1) return failures[0].status;
  const absl::StatusCode code = CodeOf(failures);
  std::string reason = cluster::ErrorPayload(failures[0].status, cluster::kReasonKey);
  std::string gateways;
  std::string text = cluster::StrCat(firsts.size(), " Gateways failed: ");
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    const Failure& failure = *firsts[i];
    if (cluster::ErrorPayload(failure.status, cluster::kReasonKey) != reason) reason.clear();
    gateways += (i == 0 ? "" : ",") + failure.gateway;
    if (i > 0) text += i < kMaxCauses ? "; " : ", ";
    text += i < kMaxCauses ? std::string(failure.status.message()) : failure.gateway;
  }
  absl::Status status(code, text);
  if (!reason.empty()) status.SetPayload(wire::ToAbsl(cluster::kReasonKey), absl::Cord(reason));
  status.SetPayload(wire::ToAbsl(cluster::kGatewayKey), absl::Cord(gateways));
  return status;
}

void ListFailures(std::span<const Failure> failures,
                  google::protobuf::RepeatedPtrField<gatewayworker::v1::GatewayFailure>* out) {
  for (const Failure* failure : FirstOfEach(failures)) {
    gatewayworker::v1::GatewayFailure* entry = out->Add();
    entry->set_gateway(failure->gateway);
    entry->set_reason(std::string(failure->status.message()));
  }
}

}  // namespace gatewayd::api
