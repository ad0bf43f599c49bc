// A chat room, with groups and presence.
//
// Clients send lines of text: what they say, "/name Ann" to be called so, "/who" to ask who is here. They get
// JSON:
// {"type": "say", "from": "Ann", "text": "hi"}, {"type": "system", "text": "Ann is here"}, {"type": "online",
// "names": […]} The room is a group and names are in sessions: both are kept by the Gateways, so this can be
// restarted, and run twice.
#include <gatewayworker/gatewayworker.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

using gatewayworker::Client;
using gatewayworker::Event;
using gatewayworker::Get;
using gatewayworker::Map;
using gatewayworker::Session;
using gatewayworker::Worker;
using google::protobuf::ListValue;
using google::protobuf::Struct;

namespace {

constexpr std::string_view kRoom = "chat";
constexpr std::string_view kRename = "/name ";
constexpr std::size_t kLongestName = 20;

std::string NameIn(const Session& session) {
  return Get<std::string>(session, "name").value_or("");
}

std::string Trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1));
}

// No more than so many characters.
std::string Shortened(std::string text, std::size_t most) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && characters++ == most) return text.substr(0, at);
  }
  return text;
}

std::string Json(const Struct& message) {
  std::string json;
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &json));
  return json;
}

class Chat {
 public:
  explicit Chat(Worker& worker) : client_(worker.client()) {
    worker.OnConnect([this](const Event& event) { Greet(event); });
    worker.OnMessage([this](const Event& event) { OnMessage(event); });
    worker.OnClose([this](const Event& event) { OnClose(event); });
  }

 private:
  // The client's new name.
  std::string Greet(const Event& event) {
    const std::string name =
        "guest " + std::to_string(std::stoull(event.client_id().substr(12), nullptr, 16));
    Enter(event, name);
    return name;
  }

  void OnMessage(const Event& event) {
    const std::string text = Trimmed(event.body());
    std::string name = NameIn(event.session());
    if (name.empty()) name = Greet(event);  // the client was there before us
    std::string wanted;
    if (text.starts_with(kRename)) wanted = Trimmed(Shortened(text.substr(kRename.size()), kLongestName));
    if (!wanted.empty() && wanted != name) {
      Enter(event, wanted);
      TellAll(Map({{"type", "system"}, {"text", wanted + " is here"}}));
    } else if (text.starts_with("/")) {
      client_.SendToCurrentClient(Json(Online()));
    } else {
      TellAll(Map({{"type", "say"}, {"from", name}, {"text", text}}));
    }
  }

  void OnClose(const Event& event) {
    const std::string name = NameIn(event.session());
    if (name.empty()) return;
    TellAll(Map({{"type", "system"}, {"text", name + " has left"}}));
    Announce();
  }

  void Enter(const Event& event, const std::string& name) {
    // The generation keeps a late answer from a stranger: a Gateway that was restarted uses its client_ids
    // again.
    client_.UpdateSession(event.client_id(), {{"name", name}}, {.generation = event.generation()});
    client_.JoinGroup(event.client_id(), kRoom, {.generation = event.generation()});
    Announce();
  }

  // One at a time, or of two clients that come at once, the list without the second may come last.
  void Announce() {
    const std::lock_guard lock(announcing_);
    TellAll(Online());
  }

  Struct Online() {
    std::multiset<std::string> sorted;
    for (const auto& [client_id, session] : client_.GetClientSessionsByGroup(kRoom))
      sorted.insert(NameIn(session));
    ListValue names;
    for (const std::string& name : sorted)
      names.add_values()->set_string_value(name);
    return Map({{"type", "online"}, {"names", names}});
  }

  void TellAll(const Struct& message) { client_.SendToGroup(kRoom, Json(message)); }

  Client& client_;
  std::mutex announcing_;
};

}  // namespace

int main() {
  Worker worker({.name = "chat"});
  const Chat chat(worker);
  return worker.Run();
}
