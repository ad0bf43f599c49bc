// A PHP Gateway of a simulated world: the embedded Gateway's state as brain, and around it what PHP does to
// bytes. It keeps what it has to send to a worker up to a limit and drops answers above it without a word;
// it destroys a connection whose end it reads, unsent bytes included; it closes at a wrong secret saying
// nothing; it refuses frames above 10 MiB. It can be killed, replaced, and frozen.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "embedded/gateway_state.h"
#include "simulation/model.h"
#include "simulation/model_events.h"
#include "simulation/network.h"

namespace gatewayd::simulation {

struct SimGatewayOptions {
  std::string address;  // "10.0.0.1:2900"
  std::string secret;
  std::size_t send_buffer = 10'240'000;  // TcpConnection::$maxSendBufferSize of its worker connections
  int clients = 10;                      // that are there, and come back when they are closed
  std::size_t session_size = 20;
  // Events, in worlds that have them.
  std::size_t event_buffer = 10'240'000;  // what finds so much unsent for its worker is dropped
  bool close_clients_without_worker = false;
  absl::Duration talk = absl::InfiniteDuration();  // between two things that clients do
  int talk_burst = 1;                              // messages at most of one client at a time
  std::size_t message_size = 20;                   // at most, but for a few
  std::size_t large_message = 0;                   // added to those few
  unsigned poison = 0;                             // per mille of messages on which a handler may die
};

// One address; the processes that serve it one after the other are its runs.
class SimGateway : public Acceptor, public SocketEvents {
 public:
  SimGateway(Sim& sim, Network& network, Model& model, EventModel* events, int index,
             SimGatewayOptions options);

  void Start();  // a new run: connection ids from 1, the same clients come again under other ids
  // The process ends. `silently`: with its host, so that no other end hears of it.
  void Kill(bool silently);
  void Freeze();
  void Thaw();
  bool running() const { return state_ != nullptr; }
  bool frozen() const { return frozen_; }
  int run() const { return run_; }
  int index() const { return index_; }
  std::uint64_t dropped() const { return dropped_; }   // events and answers that found a buffer full
  std::size_t links() const { return links_.size(); }  // connections that are open
  const std::string& address() const { return options_.address; }
  void set_secret(std::string secret) { options_.secret = std::move(secret); }

  // Faults. Garbage is written to some connection of the daemon; `answer` as a real answer to IS_ONLINE that
  // nobody asked for. CloseOne: the Gateway ends some connection by itself.
  void WriteGarbage(bool answer);
  void CloseOne();
  void CutOne();

  // Its clients do nothing by themselves any more; all do very much at once; each says one more thing.
  void Quieten() { quiet_ = true; }
  void Burst(int messages);
  void SayOnce();

  // Ids that a caller might know: living ones, and some that are not.
  std::uint32_t SomeClient();

  // ---- Acceptor, SocketEvents
  void OnAccept(SocketPtr socket) override;
  void OnInput(Socket& socket, std::string_view bytes) override;
  void OnWritable(Socket& socket) override;
  void OnClosed(Socket& socket, bool orderly, const std::string& error) override;

 private:
  struct Link {
    SocketPtr socket;
    std::string in, out;
    bool closing = false;
    bool unbounded_due = false;  // the last query was one of unbounded answer size
    bool worker = false;         // it gets events
    bool late = false;           // it had still to be written to when it was to be closed
  };

  Link* Find(Socket& socket);
  void Execute(Link& link, const wire::Frame& frame);
  void Perform(embedded::Actions& actions);
  void Answer(Link& link, std::string_view payload);
  void WriteOut(Link& link);
  void Drop(std::uint64_t id, bool by_fault = false);
  void TellSessionRun(const wire::Frame& frame);
  // sim_gateway_clients.cc
  void AddClient(int number);
  void RemoveClient(std::uint32_t id);
  void Talk();
  void Ping();  // to every worker, each 25 s
  void SaySomething(std::uint32_t client, int messages);
  void SendEvent(const embedded::SendEvent& event);
  Link* SomeLink();

  Sim& sim_;
  Network& network_;
  Model& model_;
  EventModel* const events_;  // null: this world has none
  const int index_;
  SimGatewayOptions options_;
  wire::GatewayAddress inner_;
  std::unique_ptr<embedded::GatewayState> state_;
  int run_ = 0;
  bool frozen_ = false;
  bool quiet_ = false;
  std::uint64_t messages_ = 0;
  std::uint64_t dropped_ = 0;
  std::map<std::uint64_t, Link> links_;  // by connection id
  std::vector<std::uint32_t> clients_;   // by number
};

}  // namespace gatewayd::simulation
