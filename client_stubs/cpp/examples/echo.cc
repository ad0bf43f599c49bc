// Sends every message back to the client that sent it.
#include <gatewayworker/gatewayworker.h>

using gatewayworker::Event;
using gatewayworker::Worker;

int main() {
  Worker worker({.name = "echo"});
  worker.OnMessage([&](const Event& event) { worker.SendToCurrentClient(event.body()); });
  return worker.Run();
}
