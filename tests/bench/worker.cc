// A worker on WorkerService.Attach: one thread, one read and at most one write under way; what is done while
// a write is under way goes out with the next. By --mode:
//
//   echo      answers each message by SendToCurrentClient; until SIGTERM
//   journal   writes a line of 16 bytes to --journal for each message, then acknowledges: the client's number
//             (4), the number of the message (8), both from the body, the attempt (4); until SIGTERM
//   silent    acknowledges nothing; until SIGTERM
//   count     acknowledges; for --duration after --warmup, prints events a second as JSON
//   commands  takes no events: --batch SendToClient a request, as fast as they are taken, for --duration,
//   then
//             a sync; prints commands a second as JSON
//
// Prints "attached" after the welcome. Ends by a leave, and with its stream.
#include <fcntl.h>
#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "bench/samples.h"
#include "gatewayworker/v1/worker_service.grpc.pb.h"

ABSL_FLAG(std::string, target, "127.0.0.1:50051", "the daemon");
ABSL_FLAG(std::string, mode, "echo", "echo, journal, silent, count or commands");
ABSL_FLAG(std::uint32_t, window_events, 0, "of the hello");
ABSL_FLAG(std::uint64_t, window_bytes, 0, "of the hello");
ABSL_FLAG(bool, sessions, false, "take sessions, fresh ones, as a hello that says nothing of it does");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(1), "how long to measure");
ABSL_FLAG(absl::Duration, warmup, absl::Milliseconds(300), "how long to run before");
ABSL_FLAG(std::string, journal, "", "the file that is appended to");
ABSL_FLAG(std::string, client_id, "7f0000010b5400000001", "who gets the commands");
ABSL_FLAG(int, batch, 100, "commands of a request");
ABSL_FLAG(std::size_t, bytes, 100, "size of a command's message");

namespace {

namespace pb = gatewayworker::v1;
using gatewayd::bench::Clock;

struct JournalLine {
  std::uint32_t client;
  std::uint32_t attempt;
  std::uint64_t number;
};
static_assert(sizeof(JournalLine) == 16);

class Worker {
 public:
  Worker()
      : mode_(absl::GetFlag(FLAGS_mode)),
        stub_(pb::WorkerService::NewStub(
            grpc::CreateChannel(absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials()))) {
    if (mode_ != "journal") return;
    journal_ = ::open(absl::GetFlag(FLAGS_journal).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  }

  // Called on another thread.
  void Stop() { alarm_.Set(&queue_, std::chrono::system_clock::now(), &alarm_); }

  int Run() {
    context_.set_wait_for_ready(true);
    stream_ = stub_->AsyncAttach(&context_, &queue_, &stream_);
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      if (tag == &stream_) OnStarted();
      if (tag == &request_) OnWritten();
      if (tag == &alarm_) Leave();
      if (tag == &status_) break;
      if (tag == &response_) ok ? OnRead() : stream_->Finish(&status_, &status_);
    }
    if (!status_.ok()) std::fprintf(stderr, "the stream ended: %s\n", status_.error_message().c_str());
    return status_.ok() ? 0 : 1;
  }

 private:
  void OnStarted() {
    pb::Hello& hello = *next_.mutable_hello();
    hello.set_worker_name("bench_" + mode_);
    hello.set_window_events(absl::GetFlag(FLAGS_window_events));
    hello.set_window_bytes(absl::GetFlag(FLAGS_window_bytes));
    if (!absl::GetFlag(FLAGS_sessions)) hello.set_session_mode(pb::SESSION_MODE_NONE);
    if (mode_ != "commands") hello.add_kinds(pb::EVENT_KIND_MESSAGE);
    any_ = true;
    Write();
    stream_->Read(&response_, &response_);
  }

  void OnRead() {
    if (response_.has_welcome()) {
      std::printf("attached\n");
      std::fflush(stdout);
      begin_ = Clock::now() + absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_warmup));
      end_ = begin_ + absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_duration));
      welcomed_ = true;
    }
    failed_ += static_cast<std::uint64_t>(response_.command_errors().errors_size());
    if (response_.has_synced()) {
      Print("commands", sent_, Clock::now());
      Leave();
    }
    if (response_.has_events()) OnEvents(response_.events().events());
    Write();
    stream_->Read(&response_, &response_);
  }

  void OnEvents(const google::protobuf::RepeatedPtrField<pb::Event>& events) {
    if (mode_ == "silent") return;
    if (mode_ == "echo") Echo(events);
    if (mode_ == "journal") Journal(events);
    if (mode_ == "count") Count(static_cast<std::uint64_t>(events.size()));
    next_.mutable_acks()->set_up_to(events.rbegin()->id());
    any_ = true;
  }

  void Echo(const google::protobuf::RepeatedPtrField<pb::Event>& events) {
    for (const pb::Event& event : events) {
      pb::NumberedCommand& command = *next_.add_commands();
      command.set_number(event.id());
      command.set_event_id(event.id());
      command.mutable_command()->mutable_send_to_current_client()->mutable_message()->set_data(event.body());
    }
  }

  // One write for a batch, before it is acknowledged: what it says outlives the process.
  void Journal(const google::protobuf::RepeatedPtrField<pb::Event>& events) {
    std::vector<JournalLine> lines;
    for (const pb::Event& event : events) {
      JournalLine& line = lines.emplace_back();
      std::memcpy(&line.client, event.body().data(), sizeof(line.client));
      std::memcpy(&line.number, event.body().data() + sizeof(line.client), sizeof(line.number));
      line.attempt = event.attempt();
    }
    const std::size_t size = lines.size() * sizeof(JournalLine);
    if (::write(journal_, lines.data(), size) != static_cast<ssize_t>(size))
      std::perror("journal"), std::abort();
  }

  void Count(std::uint64_t events) {
    const auto now = Clock::now();
    if (now >= begin_ && first_ == Clock::time_point()) {
      first_ = now;  // the batch that is counted from is not counted
    } else if (now >= begin_ && now < end_) {
      counted_ += events;
    } else if (now >= end_ && !left_) {
      Print("events", counted_, now);
      Leave();
    }
  }

  void Print(const char* what, std::uint64_t count, Clock::time_point now) {
    const double seconds = std::chrono::duration<double>(now - first_).count();
    std::printf("{\"%s\": %llu, \"per_second\": %.0f, \"failed\": %llu}\n", what,
                static_cast<unsigned long long>(count), static_cast<double>(count) / seconds,
                static_cast<unsigned long long>(failed_));
    std::fflush(stdout);
  }

  void OnWritten() {
    writing_ = false;
    request_.Clear();
    Write();
  }

  void Write() {
    if (writing_) return;
    if (!any_ && mode_ == "commands" && welcomed_ && !left_) AddCommands();
    if (!any_) return;
    any_ = false;
    writing_ = true;
    request_.Swap(&next_);
    stream_->Write(request_, &request_);
  }

  void AddCommands() {
    const auto now = Clock::now();
    if (first_ == Clock::time_point()) first_ = now;
    if (now >= end_) {
      if (std::exchange(syncing_, true)) return;
      next_.mutable_sync()->set_number(1);
    } else {
      for (int i = 0; i < absl::GetFlag(FLAGS_batch); ++i) {
        pb::NumberedCommand& command = *next_.add_commands();
        command.set_number(++sent_);
        pb::SendToClientRequest& send = *command.mutable_command()->mutable_send_to_client();
        send.set_client_id(absl::GetFlag(FLAGS_client_id));
        send.mutable_message()->set_data(body_);
      }
    }
    any_ = true;
  }

  void Leave() {
    if (std::exchange(left_, true)) return;
    next_.mutable_leave()->set_mode(pb::LEAVE_MODE_CLOSE_LINKS);
    any_ = true;
    Write();
  }

  const std::string mode_;
  const std::string body_ = std::string(absl::GetFlag(FLAGS_bytes), 'x');
  grpc::CompletionQueue queue_;
  grpc::Alarm alarm_;
  const std::unique_ptr<pb::WorkerService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<pb::AttachRequest, pb::AttachResponse>> stream_;
  grpc::Status status_;
  pb::AttachResponse response_;
  pb::AttachRequest request_;  // being written
  pb::AttachRequest next_;
  bool any_ = false;  // next_ is to be written
  bool writing_ = false;
  bool welcomed_ = false;
  bool syncing_ = false;
  bool left_ = false;
  int journal_ = -1;
  Clock::time_point begin_;
  Clock::time_point first_;
  Clock::time_point end_;
  std::uint64_t counted_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as gatewayd does
  absl::ParseCommandLine(argc, argv);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  Worker worker;
  std::thread([&] {
    int signal = 0;
    sigwait(&stop, &signal);
    worker.Stop();
  }).detach();
  const int result = worker.Run();
  std::fflush(stdout);
  ::_exit(result);  // the thread above waits for ever
}
