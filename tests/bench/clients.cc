// Clients of Gateways that send messages and wait for the echoes: --clients connections over --ports, in one
// thread. Each keeps --window messages in flight; or, with --rate, they send so many a second in turn, each
// with at most one in flight. Before that, each port is tried until somebody echoes there. Echoes must come
// in order and whole. Prints "echoed" once all are connected, then the figures as JSON.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/time.h"
#include "bench/samples.h"

ABSL_FLAG(std::vector<std::string>, ports, {}, "of the Gateways, on 127.0.0.1");
ABSL_FLAG(std::string, protocol, "websocket", "websocket or text");
ABSL_FLAG(std::size_t, clients, 50, "connections");
ABSL_FLAG(std::size_t, window, 4, "messages in flight, for each");
ABSL_FLAG(std::size_t, bytes, 100, "size of a message, 16 to 125");
ABSL_FLAG(double, rate, 0, "messages a second over all; 0: as the window allows");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(1), "how long to measure");
ABSL_FLAG(absl::Duration, warmup, absl::Milliseconds(300), "how long to run before");

namespace {

using gatewayd::bench::Clock;

constexpr auto kPatience = std::chrono::seconds(20);
constexpr auto kOneTry =
    std::chrono::milliseconds(300);  // for an echo, while it is not sure that anybody echoes
constexpr std::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "bench_clients: %s\n", what);
  std::exit(1);
}

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Client {
 public:
  // `patience`: for each thing that is waited for.
  Client(int port, std::chrono::milliseconds patience)
      : websocket_(absl::GetFlag(FLAGS_protocol) == "websocket") {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const timeval limit{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (connected_ && websocket_) connected_ = Upgrade();
  }
  ~Client() { ::close(descriptor_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int descriptor() const { return descriptor_; }
  bool connected() const { return connected_; }
  std::size_t in_flight() const { return sent_at_.size(); }
  void SetNonBlocking() { ::fcntl(descriptor_, F_SETFL, O_NONBLOCK); }

  // `count` messages in one write. Windows are far below what a socket takes.
  void Send(std::size_t count) {
    out_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      AppendMessage(++sent_);
      sent_at_.push_back(Clock::now());
    }
    if (::send(descriptor_, out_.data(), out_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out_.size()))
      connected_ = false;
  }

  // Reads what is there; calls took(Clock::duration) for each echo. Returns how many came.
  template <typename Function>
  std::size_t Read(Function&& took) {
    char buffer[16 * 1024];
    const ssize_t size = ::recv(descriptor_, buffer, sizeof(buffer), 0);
    if (size == 0 || (size < 0 && errno != EAGAIN)) connected_ = false;
    if (size <= 0) return 0;
    in_.append(buffer, static_cast<std::size_t>(size));
    std::size_t used = 0, echoes = 0;
    const auto now = Clock::now();
    for (std::string_view message; Next(&used, &message); ++echoes) {
      if (sent_at_.empty() || Number(message) != ++echoed_) Fail("an echo that was not due, or out of order");
      took(now - sent_at_.front());
      sent_at_.pop_front();
    }
    in_.erase(0, used);
    return echoes;
  }

 private:
  bool Upgrade() {
    if (::send(descriptor_, kUpgrade.data(), kUpgrade.size(), MSG_NOSIGNAL) < 0) return false;
    std::string answer;
    char byte = 0;
    while (answer.find("\r\n\r\n") == std::string::npos) {
      if (::recv(descriptor_, &byte, 1, 0) != 1) return false;
      answer += byte;
    }
    return answer.find(" 101 ") != std::string::npos;
  }

  void AppendMessage(std::uint64_t number) {
    const std::size_t size = absl::GetFlag(FLAGS_bytes);
    if (websocket_) {  // text, masked by zeros
      const char head[] = {'\x81', static_cast<char>(0x80 | size), 0, 0, 0, 0};
      out_.append(head, sizeof(head));
    }
    char text[17];
    std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(number));
    out_.append(text, 16).append(size - 16, 'x');
    if (!websocket_) out_ += '\n';
  }

  static std::uint64_t Number(std::string_view message) {
    if (message.size() != absl::GetFlag(FLAGS_bytes)) Fail("an echo of another size");
    return std::strtoull(std::string(message.substr(0, 16)).c_str(), nullptr, 16);
  }

  bool Next(std::size_t* used, std::string_view* message) const {
    const std::string_view rest = std::string_view(in_).substr(*used);
    if (!websocket_) {
      const std::size_t end = rest.find('\n');
      if (end == std::string_view::npos) return false;
      *message = rest.substr(0, end);
      *used += end + 1;
      return true;
    }
    if (rest.size() < 2) return false;
    if (rest[0] != '\x81') Fail("no text frame");
    const auto size = static_cast<std::size_t>(rest[1]);
    if (rest.size() < 2 + size) return false;
    *message = rest.substr(2, size);
    *used += 2 + size;
    return true;
  }

  const bool websocket_;
  int descriptor_ = -1;
  bool connected_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t echoed_ = 0;
  std::deque<Clock::time_point> sent_at_;
  std::string in_;
  std::string out_;
};

// A PHP Gateway closes its clients while no worker is there, the embedded one drops what they say.
void WaitForEcho(int port) {
  const auto deadline = Clock::now() + kPatience;
  while (Clock::now() < deadline) {
    Client client(port, kOneTry);
    if (client.connected()) client.Send(1);
    if (client.connected() && client.Read([](Clock::duration) {}) > 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  Fail("nobody echoes");
}

class Load {
 public:
  explicit Load(const std::vector<int>& ports) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < absl::GetFlag(FLAGS_clients); ++i) {
      clients_.push_back(std::make_unique<Client>(ports[i % ports.size()], kPatience));
      if (!clients_.back()->connected()) Fail("cannot connect");
      clients_.back()->SetNonBlocking();
      epoll_event event{.events = EPOLLIN, .data = {.ptr = clients_.back().get()}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, clients_.back()->descriptor(), &event);
    }
  }

  void Run() {
    start_ = Clock::now();
    begin_ = start_ + absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_warmup));
    const auto end = begin_ + absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_duration));
    if (rate_ == 0) {
      for (const auto& client : clients_)
        client->Send(absl::GetFlag(FLAGS_window));
    }
    epoll_event events[256];
    while (Clock::now() < end) {
      if (rate_ > 0) SendDue();
      const int ready = ::epoll_wait(epoll_, events, 256, rate_ > 0 ? 1 : 100);
      for (int i = 0; i < ready; ++i)
        Serve(*static_cast<Client*>(events[i].data.ptr));
    }
    char more[200];
    std::snprintf(more, sizeof(more),
                  "\"clients\": %zu, \"per_second\": %.0f, \"not_sent\": %llu, \"cpu_seconds\": %.3f, ",
                  clients_.size(),
                  static_cast<double>(samples_.size()) / absl::ToDoubleSeconds(absl::GetFlag(FLAGS_duration)),
                  static_cast<unsigned long long>(not_sent_), CpuSeconds() - cpu_before_);
    samples_.Print(more);
  }

 private:
  void Serve(Client& client) {
    const bool counts = Clock::now() >= begin_;
    const std::size_t echoes = client.Read([&](Clock::duration took) {
      if (counts) samples_.Add(took);
    });
    if (rate_ == 0 && echoes > 0) client.Send(echoes);
    if (!client.connected()) Fail("a client was closed");
  }

  void SendDue() {
    const std::chrono::duration<double> gone = Clock::now() - start_;
    for (const auto due = static_cast<std::uint64_t>(gone.count() * rate_); turns_ < due; ++turns_) {
      Client& client = *clients_[turns_ % clients_.size()];
      client.in_flight() == 0 ? client.Send(1) : static_cast<void>(++not_sent_);
    }
  }

  const int epoll_;
  const double rate_ = absl::GetFlag(FLAGS_rate);
  std::vector<std::unique_ptr<Client>> clients_;
  double cpu_before_ = CpuSeconds();
  Clock::time_point start_, begin_;
  std::uint64_t turns_ = 0;
  std::uint64_t not_sent_ = 0;  // its client had no echo yet
  gatewayd::bench::Samples samples_;
};

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  std::vector<int> ports;
  for (const std::string& port : absl::GetFlag(FLAGS_ports))
    ports.push_back(std::stoi(port));
  if (ports.empty()) Fail("no --ports");
  for (const int port : ports)
    WaitForEcho(port);
  Load load(ports);
  std::printf("echoed\n");
  std::fflush(stdout);
  load.Run();
}
