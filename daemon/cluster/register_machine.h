// The connection to one Register, as a state machine without I/O: say worker_connect, keep the connection,
// read a list of Gateways at every change, ping every 25 s, connect again when it is lost. The states are
// those of a link; kAuthenticating lasts until the first list, which is all that tells that the secret was
// right.
//
// A go Register has two lists, of which Options::go_addresses names one, and a dashboard: it is told every
// 3 s what this daemon is called and how much it has done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cluster/backoff.h"
#include "cluster/counters.h"
#include "cluster/link_machine.h"
#include "cluster/options.h"
#include "cluster/status_view.h"
#include "wire/dialect.h"
#include "wire/register_line.h"

namespace gatewayd::cluster {

// What a go Register's dashboard shows of this daemon.
struct WorkerIdentity {
  std::string name;                          // "gatewayd-6f1c9a3e52d1b07a:0"
  std::function<std::uint64_t()> processed;  // events taken so far; any thread
};

// Not thread-safe. Every `now` is of one monotonic clock.
class RegisterMachine {
 public:
  // `identity` is for the go dialect; php Registers are told nothing of it.
  RegisterMachine(std::string address, const wire::Dialect& dialect, const Options& options,
                  std::uint32_t seed, WorkerIdentity identity = {});

  void Start(absl::Time now);
  void Stop(absl::Time now);
  void OnConnected(absl::Time now);
  void OnConnectFailed(std::string_view error, absl::Time now);
  void OnClosed(std::string_view error, absl::Time now);
  // Bytes as they come; a line may be split anywhere. A line over kMaxRegisterLine, or one that is no list of
  // Gateways, ends the connection and leaves the last list as it was: half a list is never taken for the
  // cluster.
  void OnBytes(std::string_view bytes, absl::Time now);
  void OnTimer(absl::Time now);

  LinkAction TakeAction() { return std::exchange(action_, LinkAction::kNone); }
  std::string TakeOutput() { return std::exchange(output_, {}); }
  // The list that came, if one came since the last call.
  std::optional<std::vector<std::string>> TakeList() { return std::exchange(list_, std::nullopt); }
  // A line for the log, where something changed.
  std::string TakeNews() { return std::exchange(news_, {}); }
  absl::Time NextTimer() const { return std::min(deadline_, stats_at_); }

  LinkState state() const { return state_; }
  bool answered() const { return answered_; }
  const std::string& address() const { return address_; }
  const std::string& last_error() const { return last_error_; }
  const Counters& counters() const { return counters_; }
  RegisterView View(absl::Time now, absl::Time wall_now) const;

 private:
  void Enter(LinkState state, absl::Time now, absl::Duration timeout);
  void OnLine(std::string_view line, absl::Time now);
  void Say(const std::string& json);
  std::vector<std::string> DialledOf(wire::RegisterMessage message) const;
  void Lose(std::string text, absl::Time now);

  const std::string address_;
  const wire::Dialect& dialect_;
  const Options& options_;
  const WorkerIdentity identity_;
  Backoff backoff_;

  LinkState state_ = LinkState::kIdle;
  absl::Time state_since_ = absl::InfinitePast();
  absl::Time deadline_ = absl::InfiniteFuture();
  absl::Time stats_at_ = absl::InfiniteFuture();  // go: in kReady
  LinkAction action_ = LinkAction::kNone;
  std::string input_;
  std::string output_;
  std::optional<std::vector<std::string>> list_;
  std::vector<std::string> last_list_;
  bool answered_ = false;
  std::string last_error_;
  std::string told_error_;  // the last one in the log since the Register last answered
  std::string news_;
  Counters counters_;
};

}  // namespace gatewayd::cluster
