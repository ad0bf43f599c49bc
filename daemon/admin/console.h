// The console of the status page, as admin/ sees it: who implements it knows gRPC, admin/ does not.
#pragma once

#include <string>

#include "admin/router.h"
#include "admin/status_access.h"

namespace gatewayd::admin {

// One request to the console. It owns its texts, so that it may wait on another thread; its caller may see
// the page, and what else he may do is for the calls to refuse.
struct ConsoleRequest {
  StatusCaller caller;
  std::string body;  // JSON, as docs/status_page.md has it; not checked yet
};

// Thread-safe; outlives the listener's requests.
class Console {
 public:
  virtual ~Console() = default;
  // Returns at once; `done` is called once, on any thread.
  virtual void Run(ConsoleRequest request, Router::Done done) = 0;
};

}  // namespace gatewayd::admin
