// A Worker when something goes wrong, and when it is told to stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "fake_daemon.h"
#include "gatewayworker/worker.h"
#include "worker_fixture.h"

namespace gatewayworker {
namespace {

using namespace std::chrono_literals;

using testing::At;
using testing::AttachStream;
using testing::BodyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeDaemon;
using ::testing::HasSubstr;
using testing::Latch;
using testing::Messages;
using ::testing::Pair;
using testing::Requests;
using testing::Script;
using testing::Serving;
using testing::UntilItLeaves;

TEST(WorkerFaultsTest, AttachesAgainUntilItIsTaken) {
  FakeDaemon daemon([](int number, AttachStream& stream) {
    if (number < 4) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going");
    return UntilItLeaves(stream);
  });
  Worker worker(At(daemon.address()));
  std::atomic<int> attached = 0;
  worker.OnAttached([&](const Welcome&) {
    if (++attached == 4) worker.Stop();
  });
  worker.Serve();
  EXPECT_EQ(attached, 4);
}

TEST(WorkerFaultsTest, WhatTryingAgainDoesNotHealIsThrown) {
  FakeDaemon daemon(
      [](int, AttachStream&) { return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "hello.kinds"); });
  Worker worker(At(daemon.address()));
  try {
    worker.Serve();
    ADD_FAILURE() << "it returned";
  } catch (const InvalidArgumentError& error) {
    EXPECT_STREQ(error.what(), "hello.kinds");
  }
  EXPECT_THROW(worker.Serve(), FailedPreconditionError);
}

TEST(WorkerFaultsTest, AFailureIsLoggedAndAcknowledged) {
  Requests requests;
  Latch acknowledged;
  FakeDaemon daemon(Script({Messages({"bad"})}, requests, acknowledged));
  std::string logged;
  WorkerConfig config = At(daemon.address());
  config.log = [&](LogLevel level, std::string_view line) {
    if (level == LogLevel::kError) logged = line;
  };
  Worker worker(config);
  worker.OnMessage([](const Event&) { throw 5; });
  {
    const Serving serving(worker);
    acknowledged.Wait();
  }
  EXPECT_THAT(logged, HasSubstr("event 1 MESSAGE of c1"));
  EXPECT_THAT(logged, HasSubstr("no std::exception"));
}

TEST(WorkerFaultsTest, RedeliverySaysWhatIsDoneAndAttachesAgain) {
  std::vector<Requests> requests(2);
  FakeDaemon daemon([&](int number, AttachStream& stream) {
    stream.Write(number == 1 ? Messages({"good", "bad", "never"}) : Messages({"bad"}));
    return UntilItLeaves(stream, [&](const v1::AttachRequest& request) {
      requests.at(static_cast<std::size_t>(number - 1)).all.push_back(request);
    });
  });
  Worker worker(At(daemon.address()));
  std::atomic<int> attached = 0;
  worker.OnAttached([&](const Welcome&) { ++attached; });
  worker.OnMessage([&](const Event& event) {
    if (event.body() == "bad" && attached == 1) throw std::runtime_error("bad");
    worker.SendToCurrentClient(event.body());
    if (attached == 2) worker.Stop();
  });
  worker.OnError([](const Event&, const std::exception& error) {
    EXPECT_STREQ(error.what(), "bad");
    return Outcome::kRedeliver;
  });
  worker.Serve();
  ASSERT_EQ(requests[0].Commands().size(), 1);
  EXPECT_EQ(BodyOf(requests[0].Commands()[0]), "good");
  std::vector<std::uint64_t> done;
  for (const auto& request : requests[0].all) {
    EXPECT_EQ(request.acks().up_to(), 0);
    done.insert(done.end(), request.acks().ids().begin(), request.acks().ids().end());
  }
  EXPECT_THAT(done, ElementsAre(1));
  ASSERT_EQ(requests[1].Commands().size(), 1);
  EXPECT_EQ(BodyOf(requests[1].Commands()[0]), "bad");
}

TEST(WorkerFaultsTest, ARedeliveredEventWaitsForTheHandlerThatStillRuns) {
  Latch first_began;
  Latch attached_again;
  std::atomic<int> running = 0;
  Latch done;
  FakeDaemon daemon([&](int number, AttachStream& stream) {
    stream.Write(Messages({"1"}));
    if (number == 1) {
      first_began.Wait();
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "cut");
    }
    return UntilItLeaves(stream);
  });
  Worker worker(At(daemon.address()));
  std::atomic<int> attached = 0;
  worker.OnAttached([&](const Welcome&) {
    if (++attached == 2) attached_again.Open();
  });
  worker.OnMessage([&](const Event&) {
    EXPECT_EQ(++running, 1);
    if (attached == 1) {
      first_began.Open();
      attached_again.Wait();
      worker.SendToCurrentClient("nobody gets this");
    } else {
      done.Open();
    }
    --running;
  });
  const Serving serving(worker);
  done.Wait();
}

TEST(WorkerFaultsTest, SyncSaysWhoIsNotKnownAndFailsWithTheStream) {
  FakeDaemon daemon([](int, AttachStream& stream) {
    v1::AttachRequest request;
    while (stream.Read(&request)) {
      if (request.sync().number() == 1) {
        v1::AttachResponse response;
        response.mutable_synced()->set_number(1);
        response.mutable_synced()->add_unknown()->set_gateway("g");
        stream.Write(response);
      } else if (request.has_sync()) {
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going");
      } else if (request.has_leave()) {
        break;
      }
    }
    return grpc::Status::OK;
  });
  Worker worker(At(daemon.address()));
  EXPECT_THROW(worker.Sync(), UnavailableError);
  EXPECT_THROW(worker.SendToAll("hi"), UnavailableError);
  Latch attached;
  worker.OnAttached([&](const Welcome&) { attached.Open(); });
  const Serving serving(worker);
  attached.Wait();
  const std::vector<GatewayFailure> unknown = worker.Sync();
  ASSERT_EQ(unknown.size(), 1);
  EXPECT_EQ(unknown[0].gateway(), "g");
  EXPECT_THROW(worker.Sync(), UnavailableError);
}

TEST(WorkerFaultsTest, FailedCommandsComeToTheHook) {
  FakeDaemon daemon([](int, AttachStream& stream) {
    v1::AttachResponse response;
    v1::CommandError& error = *response.mutable_command_errors()->add_errors();
    error.set_number(3);
    error.mutable_status()->set_code(5);
    error.mutable_status()->set_message("gone");
    stream.Write(response);
    return UntilItLeaves(stream);
  });
  Worker worker(At(daemon.address()));
  std::optional<CommandError> told;
  worker.OnCommandError([&](const CommandError& error) {
    told = error;
    worker.Stop();
  });
  worker.Serve();
  EXPECT_EQ(told.value().event_id, 3);
  EXPECT_EQ(told.value().code, Code::kNotFound);
  EXPECT_EQ(told.value().message, "gone");
}

TEST(WorkerFaultsTest, StoppingWhileNobodyIsThereEndsAtOnce) {
  WorkerConfig config =
      At("unix:" + (std::filesystem::temp_directory_path() / "gatewayworker-nobody.sock").string());
  config.shortest_backoff = config.longest_backoff = 1h;
  Latch tried;
  config.log = [&](LogLevel, std::string_view) { tried.Open(); };
  Worker worker(config);
  const Serving serving(worker);
  tried.Wait();
}

TEST(WorkerFaultsTest, StoppedBeforeItIsServedItIsNotServed) {
  Worker worker(At("127.0.0.1:1"));
  worker.Stop();
  worker.Serve();
}

TEST(WorkerFaultsTest, ASecondStopCutsTheStream) {
  FakeDaemon daemon([](int, AttachStream& stream) {
    v1::AttachRequest request;
    while (stream.Read(&request)) {  // and never lets it go
    }
    return grpc::Status::OK;
  });
  Worker worker(At(daemon.address()));
  Latch attached;
  worker.OnAttached([&](const Welcome&) {
    worker.Stop();
    attached.Open();
  });
  std::thread serving([&] { worker.Serve(); });
  attached.Wait();
  worker.Stop();
  serving.join();
}

TEST(WorkerFaultsTest, LeavingTakesNoLongerThanItMay) {
  FakeDaemon daemon([](int, AttachStream& stream) {
    v1::AttachRequest request;
    while (stream.Read(&request)) {
    }
    return grpc::Status::OK;
  });
  WorkerConfig config = At(daemon.address());
  config.stop_timeout = 1ms;
  Worker worker(config);
  worker.OnAttached([&](const Welcome&) { worker.Stop(); });
  worker.Serve();
}

TEST(WorkerFaultsTest, SigtermStopsWhereItWasAskedTo) {
  FakeDaemon daemon;
  Worker worker(At(daemon.address()));
  worker.OnAttached([](const Welcome&) { std::raise(SIGTERM); });
  EXPECT_EQ(worker.Run(), 0);
}

}  // namespace
}  // namespace gatewayworker
