// Sends a message from a script, with no worker: to everyone, to a uid or to a group. Says how far it came.
//
// push "hello" · push --uid 42 "your parcel is here" · push --group news "extra"
// (Where no worker is attached at all, PHP Gateways close their clients: run gatewayd with --events=always.)
#include <gatewayworker/gatewayworker.h>

#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

using gatewayworker::Client;
using gatewayworker::Delivery;
using gatewayworker::GatewayFailure;

int main(int argc, char** argv) try {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const bool to_uid = args.size() == 3 && args[0] == "--uid";
  const bool to_group = args.size() == 3 && args[0] == "--group";
  if (args.size() != 1 && !to_uid && !to_group) {
    std::cerr << "usage: push [--uid UID | --group GROUP] MESSAGE\n";
    return 2;
  }
  Client client;
  const Delivery delivery = to_uid     ? client.SendToUid(args[1], args[2])
                            : to_group ? client.SendToGroup(args[1], args[2])
                                       : client.SendToAll(args[0]);
  const std::uint64_t online = client.GetAllClientCount();
  std::cout << "sent to " << delivery.gateways() << " Gateways, " << online << " clients are online\n";
  for (const GatewayFailure& failure : delivery.unreachable()) {
    std::cout << "not to " << failure.gateway() << ": " << failure.reason() << "\n";
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "push: " << error.what() << "\n";
  return 1;
}
