#include "simulation/sim_gateway.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "wire/register_line.h"

namespace gatewayd::simulation {
namespace {

wire::GatewayAddress InnerAddress(int index) {
  return {0x0a000001u + static_cast<std::uint32_t>(index), 2900};
}

}  // namespace

SimGateway::SimGateway(Sim& sim, Network& network, Model& model, EventModel* events, int index,
                       SimGatewayOptions options)
    : sim_(sim),
      network_(network),
      model_(model),
      events_(events),
      index_(index),
      options_(std::move(options)),
      right_secret_(options_.secret),
      inner_(InnerAddress(index)) {}

// ---- The process

void SimGateway::Start() {
  ++run_;
  sim_.Trace("gateway ", index_, " starts, run ", run_);
  embedded::GatewayState::Options options;
  options.address = inner_;
  options.secret = options_.secret;
  options.close_clients_without_worker = options_.close_clients_without_worker;
  options.dialect = &options_.dialect->gateway();
  codec_ = options.dialect->NewLinkCodec(options_.secret);
  state_ = std::make_unique<embedded::GatewayState>(std::move(options));
  if (go()) {
    const auto is_there = [this](std::uint32_t client) {
      return std::find(clients_.begin(), clients_.end(), client) != clients_.end();
    };
    writes_ = std::make_shared<ClientWrites>(
        sim_, ClientWrites::Gateway{.is_there = is_there,
                                    .kicked = [this](std::uint32_t client) { RemoveClient(client); },
                                    .rested = [this](std::uint64_t link) { Run(link); },
                                    .no_fault =
                                        [this](std::uint64_t link) {
                                          const Link* old = Find(link);
                                          return old != nullptr && (old->socket->facts().looked_like_an_end ||
                                                                    old->socket->facts().lied);
                                        }});
  }
  clients_.assign(static_cast<std::size_t>(options_.clients), 0);
  for (int i = 0; i < options_.clients; ++i)
    AddClient(i);
  network_.Listen(options_.address, this);
  Talk();
  Ping();
}

void SimGateway::Kill(bool silently) {
  sim_.Trace("gateway ", index_, silently ? " dies with its host" : " is killed");
  network_.Listen(options_.address, nullptr);
  for (auto& [id, link] : links_) {
    if (events_ != nullptr) events_->OnConnectionOver(link.socket->facts(), true);
    network_.Die(*link.socket, silently);
  }
  links_.clear();
  state_.reset();
  held_up_ = held_up();
  writes_.reset();
  frozen_ = false;
}

void SimGateway::Freeze() {
  sim_.Trace("gateway ", index_, " freezes");
  frozen_ = true;
  for (auto& [id, link] : links_)
    link.socket->SetReading(false);
  if (writes_) writes_->Freeze();
}

void SimGateway::Thaw() {
  sim_.Trace("gateway ", index_, " thaws");
  frozen_ = false;
  // Which connection it turns to first is chance.
  std::vector<Link*> order;
  for (auto& [id, link] : links_)
    order.push_back(&link);
  for (std::size_t i = 1; i < order.size(); ++i)
    std::swap(order[i], order[sim_.random.Below(i + 1)]);
  for (Link* link : order)
    link->socket->SetReading(Reads(*link));
  if (writes_) writes_->Thaw();
  for (Link* link : order)
    OnWritable(*link->socket);
}

// ---- Connections

void SimGateway::OnAccept(SocketPtr socket) {
  socket->facts().run = run_;
  socket->set_events(this);
  socket->SetReading(!frozen_);
  const std::uint64_t id = socket->facts().id;
  state_->AddLink(id, "10.1.0.1");
  links_[id].socket = std::move(socket);
}

SimGateway::Link* SimGateway::Find(std::uint64_t id) {
  const auto at = links_.find(id);
  return at == links_.end() ? nullptr : &at->second;
}

SimGateway::Link* SimGateway::SomeLink() {
  if (links_.empty()) return nullptr;
  auto at = links_.begin();
  std::advance(at, sim_.random.Below(links_.size()));
  return &at->second;
}

void SimGateway::OnInput(Socket& socket, std::string_view bytes) {
  Link* link = Find(socket.facts().id);
  if (link == nullptr || link->closing) return;
  link->in.append(bytes);
  Run(socket.facts().id);
}

// Runs one frame after the other; a Go Gateway's handler only while it waits for nothing.
void SimGateway::Run(std::uint64_t id) {
  std::size_t used = 0;
  Link* link = Find(id);
  while (link != nullptr && !link->closing && !Waits(*link)) {
    const embedded::LinkPacket packet = codec_->Next(std::string_view(link->in).substr(used));
    if (packet.kind == embedded::LinkPacket::Kind::kIncomplete) break;
    if (packet.kind != embedded::LinkPacket::Kind::kFrame) return OnBadPacket(id, packet.error);
    used += packet.size;
    Execute(*link, packet.frame);
    link = Find(id);
  }
  if (link == nullptr) return;
  link->in.erase(0, used);
  if (!go()) return;
  link->socket->SetReading(Reads(*link));
  if (link->over && !Waits(*link)) Drop(id);
}

bool SimGateway::Waits(const Link& link) const {
  return go() && (frozen_ || link.answering || writes_->Busy(link.socket->facts().id));
}

// Who waits to write an answer hears that his link is gone.
bool SimGateway::Reads(const Link& link) const {
  return !go() || !(frozen_ || writes_->Busy(link.socket->facts().id));
}

// Under another secret everything is garbage.
void SimGateway::OnBadPacket(std::uint64_t id, const std::string& error) {
  if (options_.secret == right_secret_) {
    sim_.Broken(9, cluster::StrCat("gateway ", index_, " was sent a frame that it must refuse: ", error));
  }
  Drop(id);
}

void SimGateway::Execute(Link& link, const wire::Frame& frame) {
  const Model::Place place{.gateway = index_, .run = run_, .facts = &link.socket->facts()};
  if (events_ != nullptr && link.worker && wire::IsQuery(frame.command)) link.asked = sim_.now();
  if (wire::FrameSize(frame) > wire::kMaxFrameToGateway) sim_.Broken(9, "a frame above 10 MiB was sent");
  // A Go Gateway drops no answer, and the daemon's own queries and DESTROYs may come behind one there.
  if (link.unbounded_due && !place.facts->poisoned && !(go() && !model_.IsCallersQuery(frame))) {
    if (!link.out.empty() || !link.socket->all_read()) {
      sim_.Broken(3, cluster::StrCat("gateway ", index_, ": ", wire::CommandName(frame.command),
                                     " came behind a query of unbounded answer size that is not answered"));
    }
  }
  link.unbounded_due = false;
  model_.OnExecute(place, frame);
  if (events_ != nullptr) TellSessionRun(frame);
  embedded::Actions actions = state_->Execute(link.socket->facts().id, frame);
  if (const std::optional<std::string_view> answer = [&]() -> std::optional<std::string_view> {
        for (const embedded::Action& action : actions) {
          if (const auto* sent = std::get_if<embedded::SendAnswer>(&action)) return sent->payload;
        }
        return std::nullopt;
      }()) {
    link.unbounded_due = model_.OnAnswered(place, frame, *answer);
    if (events_ != nullptr) events_->OnAnswered(*place.facts);
  }
  if (frame.command == wire::Command::kWorkerConnect) link.worker = true;
  // A WORKER_CONNECT that has another connection closed has its key.
  if (frame.command == wire::Command::kWorkerConnect && !actions.empty()) place.facts->takes_over = true;
  Perform(actions, link.socket->facts().id);
}

// The body is the tag of the call, as for every command.
void SimGateway::TellSessionRun(const wire::Frame& frame) {
  if (frame.command != wire::Command::kSetSession && frame.command != wire::Command::kUpdateSession) return;
  std::uint64_t op = 0;
  const std::string_view tag = frame.body.substr(0, frame.body.find(';'));
  if (!tag.starts_with('#') || !absl::SimpleAtoi(wire::ToAbsl(tag.substr(1)), &op)) return;
  events_->OnSessionRun(op,
                        std::find(clients_.begin(), clients_.end(), frame.connection_id) != clients_.end());
}

void SimGateway::Perform(embedded::Actions& actions, std::uint64_t by) {
  for (embedded::Action& action : actions) {
    if (auto* answer = std::get_if<embedded::SendAnswer>(&action)) {
      if (const auto at = links_.find(answer->link); at != links_.end()) Answer(at->second, answer->payload);
    } else if (auto* close = std::get_if<embedded::CloseLink>(&action)) {
      const auto at = links_.find(close->link);
      if (at == links_.end()) continue;
      at->second.closing = true;
      at->second.late = !at->second.out.empty();
      WriteOut(at->second);
    } else if (auto* event = std::get_if<embedded::SendEvent>(&action)) {
      SendEvent(*event);
    } else if (auto* drop = std::get_if<embedded::DropLink>(&action)) {
      sim_.Broken(9, cluster::StrCat("gateway ", index_, " would have been brought down: ", drop->reason));
      Drop(drop->link);
    } else if (auto* destroy = std::get_if<embedded::DestroyClient>(&action)) {
      RemoveClient(destroy->client);
    } else if (auto* kick = std::get_if<embedded::CloseClient>(&action)) {
      if (go() && kick->message) {
        writes_->Add(by, {kick->client}, kick->message->size(), true);
      } else {
        RemoveClient(kick->client);
      }
    } else if (auto* send = std::get_if<embedded::SendToClients>(&action)) {
      if (go()) writes_->Add(by, send->clients, send->body.size(), false);  // PHP's are never held up
    }
  }
}

void SimGateway::Answer(Link& link, std::string_view payload) {
  if (link.closing || link.over) return;
  if (go()) {
    codec_->AppendAnswer(payload, link.out);
    link.answering = true;
    return WriteOut(link);
  }
  // TcpConnection::send: what finds the buffer full is dropped, with nothing said.
  if (link.worker && link.out.size() >= options_.event_buffer) {
    ++dropped_;
    return;
  }
  if (!link.worker && link.out.size() >= options_.send_buffer) {
    sim_.Broken(3, cluster::StrCat("gateway ", index_, " had ", link.out.size(),
                                   " bytes of answers pending on one link and dropped one"));
    return;
  }
  codec_->AppendAnswer(payload, link.out);
  WriteOut(link);
}

void SimGateway::WriteOut(Link& link) {
  if (!link.out.empty()) link.out.erase(0, link.socket->Write(link.out));
  if (!link.out.empty()) {
    link.socket->WaitWritable();
  } else if (link.closing) {
    Drop(link.socket->facts().id);
  } else if (go()) {
    link.answering = false;
    link.waiting.clear();
  }
}

void SimGateway::OnWritable(Socket& socket) {
  const std::uint64_t id = socket.facts().id;
  Link* link = Find(id);
  if (link == nullptr || frozen_) return;
  WriteOut(*link);
  if (go()) Run(id);
}

// End of file and errors alike destroy the connection, with what was not written yet; in go once its handler
// comes to read them.
void SimGateway::OnClosed(Socket& socket, bool, const std::string&) {
  const std::uint64_t id = socket.facts().id;
  Link* link = Find(id);
  if (link == nullptr) return;
  link->over = go() && writes_->Busy(id);
  if (!link->over) Drop(id);
}

void SimGateway::Drop(std::uint64_t id, bool by_fault) {
  const auto at = links_.find(id);
  if (at == links_.end()) return;
  const SocketPtr keep = at->second.socket;
  if (events_ != nullptr) events_->OnConnectionOver(keep->facts(), by_fault);
  keep->Close();
  state_->RemoveLink(id, at->second.late);
  links_.erase(at);
}

// ---- Faults

void SimGateway::WriteGarbage(bool answer) {
  Link* link = SomeLink();
  if (link == nullptr || link->closing) return;
  std::string bytes;
  codec_->AppendAnswer(options_.dialect->gateway().Count(1), bytes);
  if (!answer) {
    bytes.resize(8);
    for (char& byte : bytes)
      byte = static_cast<char>(sim_.random.Below(256));
  }
  sim_.Trace("gateway ", index_, answer ? " sends an answer that nobody asked for" : " sends garbage",
             " on connection ", link->socket->facts().id);
  link->socket->facts().poisoned = true;
  if (answer && !link->socket->facts().cut) link->socket->facts().lied = true;
  link->out += bytes;
  WriteOut(*link);
}

void SimGateway::CloseOne() {
  Link* link = SomeLink();
  if (link == nullptr || Waits(*link)) return;
  sim_.Trace("gateway ", index_, " closes connection ", link->socket->facts().id);
  Drop(link->socket->facts().id, /*by_fault=*/true);
}

void SimGateway::CutOne() {
  if (Link* link = SomeLink()) network_.Cut(*link->socket);
}

// ---- go

void SimGateway::StopSomeReader() {
  const std::uint32_t client = sim_.random.Pick(clients_);
  if (writes_ && client != 0) writes_->StopReading(client);
}

void SimGateway::ReadAll() {
  if (writes_) writes_->ReadAll();
}

bool SimGateway::AskedOnEventLinks(absl::Time since) const {
  return std::all_of(links_.begin(), links_.end(), [&](const auto& at) {
    const Link& link = at.second;
    return !link.worker || link.socket->facts().other_worker || link.asked >= since;
  });
}

bool SimGateway::Rests(const std::set<std::uint64_t>& open) const {
  return std::all_of(links_.begin(), links_.end(), [&](const auto& at) {
    const auto& [id, link] = at;
    return link.socket->facts().other_worker || (open.contains(id) && !Waits(link));
  });
}

}  // namespace gatewayd::simulation
