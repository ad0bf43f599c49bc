// What the program is asked, and what it says.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "json.h"

namespace conformance {

// Thread-safe. Lives until the process ends.
class Program {
 public:
  // One line to stdout.
  void Say(const Struct& line);
  // Does what a request asks and says its answer.
  void Answer(const Struct& request);

 private:
  Value Do(const Struct& request);
  Value Call(const Struct& request);
  Value Work(const Struct& request);
  Value Stop();
  void Open(const std::string& gate);
  void Wait(const std::string& gate);

  void Handle(const Struct& work, const Struct& by_body, const gatewayworker::Event& event);
  void Act(const Struct& action, const gatewayworker::Event& event);
  void CallInHandler(const Struct& action, const gatewayworker::Event& event);
  bool FirstTime(const std::string& text);

  std::mutex saying_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> open_;                                             // gates
  std::set<std::string> thrown_;                                           // texts
  std::map<std::string, std::unique_ptr<gatewayworker::Client>> clients_;  // by address, TLS and token
  std::unique_ptr<gatewayworker::Worker> worker_;
  std::thread serving_;
  bool stopped_ = false;
};

}  // namespace conformance
