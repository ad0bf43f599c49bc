// A Go Gateway of a simulated world, as far as it writes to clients: one handler for each link, which runs
// one frame after the other and stands still in the middle of a write to a client that does not read. A
// closed link does not end its handler's write. Two handlers that write to one client at one time end the
// process: that is the promise which this world checks.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/network.h"
#include "wire/aes_cbc.h"
#include "wire/dialect.h"

namespace gatewayd::simulation {

class GoGateway : public Acceptor, public SocketEvents {
 public:
  // `on_run` is told the body of each command that is run, and the connection that brought it.
  using OnRun = std::function<void(const wire::Frame& frame, std::uint64_t connection)>;

  GoGateway(Sim& sim, Network& network, std::string address, std::string secret, OnRun on_run);

  void Start();  // a new process: its clients come again, with ids from 1
  void Kill(bool silently);
  void Freeze();
  void Thaw();
  bool running() const { return running_; }
  bool frozen() const { return frozen_; }

  // A client reads nothing any more; all read again.
  void StopSomeReader();
  void ReadAll();
  // The network cuts a link; the Gateway closes one whose handler is at rest.
  void CutOne();
  void CloseOne();
  // No handler is at work, but for those of `open` connections: what an operator sees before he clears.
  bool Rests(const std::set<std::uint64_t>& open) const;
  std::uint32_t SomeClient();
  std::uint64_t writes() const { return writes_; }
  std::uint64_t blocked() const { return blocked_; }  // writes that a client held up

  void OnAccept(SocketPtr socket) override;
  void OnInput(Socket& socket, std::string_view bytes) override;
  void OnWritable(Socket& socket) override;
  void OnClosed(Socket& socket, bool orderly, const std::string& error) override;

 private:
  struct Write {
    std::uint32_t client = 0;
    std::size_t size = 0;
    bool kick = false;
  };
  struct Client {
    bool reads = true;
    std::size_t unread = 0;
    std::uint64_t writer = 0;  // the handler that is writing to it
    std::size_t size = 0;      // of what it writes
  };
  struct Handler {
    SocketPtr socket;
    std::unique_ptr<wire::PacketCodec> codec;
    std::unique_ptr<wire::go::AesCbc> cipher;
    std::string in, out;
    std::deque<Write> writes;  // still to be done of the frame it is at
    bool busy = false;
    bool over = false;  // its link is gone
  };

  void Run(std::uint64_t id);
  void Execute(std::uint64_t id, const wire::Frame& frame);
  void NextWrite(std::uint64_t id);
  void FinishWrite(std::uint64_t id, std::uint32_t client);
  void Destroy(std::uint32_t client);
  void Answer(Handler& handler, std::string_view payload);
  void WriteOut(Handler& handler);
  void End(std::uint64_t id);
  void AddClient();

  Sim& sim_;
  Network& network_;
  const std::string address_;
  const std::string secret_;
  const OnRun on_run_;
  bool running_ = false;
  bool frozen_ = false;
  int run_ = 0;
  std::uint32_t next_client_ = 1;
  std::map<std::uint32_t, Client> clients_;
  std::map<std::uint64_t, Handler> handlers_;  // by connection
  std::uint64_t writes_ = 0;
  std::uint64_t blocked_ = 0;
};

}  // namespace gatewayd::simulation
