#include "cluster/gateway.h"

#include <utility>

namespace gatewayd::cluster {

void WriteBatch::Add(std::shared_ptr<Gateway> gateway) {
  gateways_.push_back(std::move(gateway));
}

void WriteBatch::Flush() {
  for (const std::shared_ptr<Gateway>& gateway : gateways_)
    gateway->Flush();
  gateways_.clear();
}

}  // namespace gatewayd::cluster
