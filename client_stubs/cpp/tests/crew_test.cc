// The order of handlers, and who runs them.
#include "crew.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "delivered_event.h"
#include "fake_daemon.h"

namespace gatewayworker::internal {
namespace {

using gatewayworker::testing::Latch;
using ::testing::ElementsAre;

std::string NameOf(const Event& event) {
  return event.client_id() + event.body();
}

// A crew whose jobs are put into a queue by the test.
class CrewTest : public ::testing::Test {
 protected:
  struct PostedJob final : Crew::Job {
    explicit PostedJob(std::function<void()> what) : then(std::move(what)) {}
    void Run() override { then(); }
    const std::function<void()> then;
  };

  void Start(std::size_t concurrency) {
    crew_ = std::make_unique<Crew>(concurrency,
                                   Crew::Duties{.handle = [this](const Event& event) { Handle(event); },
                                                .next = [this](bool wait) { return Next(wait); },
                                                .before_waiting = [this] { ++waits_; }});
    thread_ = std::thread([this] { crew_->Run(std::chrono::hours(1), [](std::size_t) {}); });
  }

  ~CrewTest() override { Finish(); }

  // Waits for all handlers: what a test gave them may go then.
  void Finish() {
    if (!crew_) return;
    Post([this] {
      crew_->Close();
      Post([] {});  // the leader may be another one by now
    });
    thread_.join();
    crew_.reset();
  }

  // "a1" is the first one of client a.
  void Put(const std::vector<std::string>& names) {
    Post([this, names] { PutNow(names); });
  }

  // On a thread of the crew.
  void PutNow(const std::vector<std::string>& names) {
    v1::EventBatch batch;
    for (const std::string& name : names) {
      v1::Event& event = *batch.add_events();
      event.set_client_id(name.substr(0, 1));
      event.set_body(name.substr(1));
    }
    crew_->Put(Unpack(std::move(batch), nullptr));
  }

  // Something for the leader to find on the stream.
  void Post(std::function<void()> what) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::make_unique<PostedJob>(std::move(what)));
    changed_.notify_all();
  }

  // What handlers do, beside being remembered.
  std::function<void(const Event&)> act_ = [](const Event&) {};

  void WaitFor(const std::string& line) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return std::find(seen_.begin(), seen_.end(), line) != seen_.end(); });
  }

  [[nodiscard]] bool LedHere() const { return crew_->LedByThisThread(); }

  // What happened to the events of one client.
  std::vector<std::string> SeenOf(char client) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> of_client;
    std::copy_if(seen_.begin(), seen_.end(), std::back_inserter(of_client),
                 [&](const std::string& line) { return line[0] == client; });
    return of_client;
  }

  std::size_t Threads() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
  }

  void Say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(line);
    threads_.insert(std::this_thread::get_id());
    changed_.notify_all();
  }

 private:
  Crew::Job* Next(bool wait) {
    std::unique_lock lock(mutex_);
    if (!wait && taken_ == jobs_.size()) return nullptr;
    changed_.wait(lock, [this] { return taken_ < jobs_.size(); });
    return jobs_[taken_++].get();
  }

  void Handle(const Event& event) {
    Say(NameOf(event) + " begins");
    act_(event);
    Say(NameOf(event) + " ends");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<PostedJob>> jobs_;
  std::size_t taken_ = 0;
  std::vector<std::string> seen_;
  std::set<std::thread::id> threads_;
  std::atomic<int> waits_ = 0;
  std::unique_ptr<Crew> crew_;
  std::thread thread_;
};

TEST_F(CrewTest, OneThatWaitsHoldsUpItsOwnClientAlone) {
  Latch gate;
  act_ = [&](const Event& event) {
    if (NameOf(event) == "a1") gate.Wait();
  };
  Start(64);
  Put({"a1", "a2", "b1", "a3", "b2"});
  WaitFor("b2 ends");
  Put({"a4", "c1"});
  WaitFor("c1 ends");
  EXPECT_THAT(SeenOf('a'), ElementsAre("a1 begins"));
  gate.Open();
  WaitFor("a4 ends");
  EXPECT_THAT(SeenOf('a'), ElementsAre("a1 begins", "a1 ends", "a2 begins", "a2 ends", "a3 begins", "a3 ends",
                                       "a4 begins", "a4 ends"));
  EXPECT_THAT(SeenOf('b'), ElementsAre("b1 begins", "b1 ends", "b2 begins", "b2 ends"));
  Finish();
}

TEST_F(CrewTest, NoMoreHandlersRunThanAllowed) {
  Latch gate;
  std::mutex mutex;
  int running = 0;
  int most = 0;
  act_ = [&](const Event&) {
    {
      const std::lock_guard lock(mutex);
      most = std::max(most, ++running);
      if (running == 3) gate.Open();
    }
    gate.Wait();
    const std::lock_guard lock(mutex);
    --running;
  };
  Start(3);
  Put({"a1", "b1", "c1", "d1", "e1", "f1"});
  for (const char client : {'a', 'b', 'c', 'd', 'e', 'f'})
    WaitFor(std::string(1, client) + "1 ends");
  Finish();
  EXPECT_EQ(most, 3);
}

TEST_F(CrewTest, WithOneHandlerAtATimeTheStreamIsStillRead) {
  Latch gate;
  act_ = [&](const Event& event) {
    if (NameOf(event) == "a1") gate.Wait();
  };
  Start(1);
  Put({"a1", "b1"});
  WaitFor("a1 begins");
  Put({"c1"});
  gate.Open();
  WaitFor("c1 ends");
  EXPECT_THAT(SeenOf('b'), ElementsAre("b1 begins", "b1 ends"));
  Finish();
}

TEST_F(CrewTest, OneThatHandsOverIsNotWaitedFor) {
  Latch gate;
  act_ = [&](const Event& event) {
    if (NameOf(event) != "a1") return gate.Open();
    EXPECT_TRUE(LedHere());
    Crew::HandOver();
    EXPECT_FALSE(LedHere());
    gate.Wait();
  };
  Start(64);
  Put({"a1", "b1"});
  WaitFor("a1 ends");
  Finish();
}

TEST_F(CrewTest, HandlersThatFollowEachOtherDoNotKeepTheLeaderFromTheStream) {
  std::atomic<bool> read = false;
  act_ = [&](const Event&) {
    if (!read) PutNow({"a1"});  // there is always one more
  };
  Start(64);
  Put({"a1"});
  WaitFor("a1 begins");
  Post([&] {
    read = true;
    Say("read");
  });
  WaitFor("read");
  Finish();
}

TEST_F(CrewTest, ManyClientsOfManyThreadsStayInOrder) {
  act_ = [](const Event& event) {
    if (event.body().ends_with('7')) Crew::HandOver();
    if (event.body().ends_with('3')) std::this_thread::yield();
  };
  Start(8);
  std::map<char, std::vector<std::string>> wanted;
  for (int number = 1; number <= 200; ++number) {
    std::vector<std::string> batch;
    for (char client = 'a'; client <= 'e'; ++client) {
      const std::string name = client + std::to_string(number);
      batch.push_back(name);
      wanted[client].push_back(name + " begins");
      wanted[client].push_back(name + " ends");
    }
    Put(batch);
  }
  for (char client = 'a'; client <= 'e'; ++client)
    WaitFor(std::string(1, client) + "200 ends");
  for (const auto& [client, lines] : wanted)
    EXPECT_EQ(SeenOf(client), lines);
  EXPECT_LE(Threads(), 10u);
}

TEST_F(CrewTest, OtherThreadsLeadNothing) {
  Start(1);
  EXPECT_FALSE(LedHere());
  Crew::HandOver();
}

}  // namespace
}  // namespace gatewayworker::internal
