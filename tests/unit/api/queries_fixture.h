// A fixture for queries, with canned answers of PHP Gateways.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "unit/api/php.h"
#include "unit/api/server_fixture.h"

namespace gatewayd::api {

inline const std::string kLatin1 = "caf\xe9";  // not UTF-8

class Queries : public ServerFixture {
 protected:
  void AnswerAll(const std::string& bytes) {
    for (std::size_t i = 0; i < kGateways; ++i)
      gateway(i).Answer(bytes);
  }
  Sent Asked(std::size_t i) { return sent(i).empty() ? Sent() : sent(i).back(); }

  // Gateway i answers SELECT with one client for each pair of uid and groups; "" has no uid.
  void AnswerClients(std::size_t i,
                     const std::vector<std::pair<std::string, std::vector<std::string>>>& clients) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& [uid, groups] : clients) {
      rows.emplace_back(
          php::Int(static_cast<long long>(rows.size() + 1)),
          php::Row({{"uid", uid.empty() ? "N;" : php::Str(uid)}, {"groups", php::Groups(groups)}}));
    }
    gateway(i).Answer(php::Map(rows));
  }
};

template <typename Request>
Request Group(const std::string& group) {
  Request request;
  request.set_group(group);
  return request;
}

}  // namespace gatewayd::api
