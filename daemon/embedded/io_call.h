// Calls into an io thread from any other.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"

namespace gatewayd::embedded {

// Runs `call` on the thread that runs `io` and waits for its result. Runs it here where this is that thread,
// or where `io` has stopped and nothing can race with it.
template <typename Call>
std::invoke_result_t<Call> RunOn(boost::asio::io_context& io, Call call) {
  if (io.get_executor().running_in_this_thread() || io.stopped()) return call();
  auto task = std::make_shared<std::packaged_task<std::invoke_result_t<Call>()>>(std::move(call));
  auto result = task->get_future();
  boost::asio::post(io, [task] { (*task)(); });
  return result.get();
}

}  // namespace gatewayd::embedded
