#include "program.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <future>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "calls.h"

namespace conformance {

using gatewayworker::Client;
using gatewayworker::Event;
using gatewayworker::GatewayError;
using gatewayworker::Get;
using gatewayworker::Map;
using gatewayworker::Outcome;
using gatewayworker::Welcome;
using gatewayworker::Worker;
using gatewayworker::WorkerConfig;

namespace {

std::string Text(const Struct& object, const char* name) {
  return Get<std::string>(object, name).value_or("");
}

Struct Object(const Struct& object, const char* name) {
  return Get<Struct>(object, name).value_or(Struct());
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// How a request wants the daemon spoken to, into the configuration of a client or a worker.
void SetConnection(const Struct& request, auto* config) {
  if (request.fields().contains("tls")) {
    const Struct given = Object(request, "tls");
    const auto pem = [&](const char* name) {
      const std::string path = Text(given, name);
      return path.empty() ? std::string() : ReadFile(path);
    };
    config->tls = gatewayworker::Tls{.root_certificates = pem("authorities"),
                                     .private_key = pem("key"),
                                     .certificate_chain = pem("certificate"),
                                     .server_name = Text(given, "server_name")};
  }
  const std::string token = Text(request, "token"), path = Text(request, "token_file");
  if (!token.empty()) config->token = gatewayworker::Token(token);
  if (!path.empty()) config->token = gatewayworker::Token([path] { return ReadFile(path); });
}

// The same for requests that may share a client.
std::string ConnectionKey(const Struct& request) {
  Struct key;
  for (const char* name : {"address", "tls", "token", "token_file"}) {
    const auto at = request.fields().find(name);
    if (at != request.fields().end()) (*key.mutable_fields())[name] = at->second;
  }
  return Print(key);
}

WorkerConfig ConfigOf(const Struct& options) {
  const auto number = [&](const char* name) {
    return static_cast<std::uint64_t>(Get<std::int64_t>(options, name).value_or(0));
  };
  WorkerConfig config;
  config.name = Get<std::string>(options, "name").value_or("conformance");
  config.window_events = static_cast<std::uint32_t>(number("window_events"));
  config.window_bytes = number("window_bytes");
  config.max_message_bytes = number("max_message_bytes");
  const std::string mode = Text(options, "session_mode");
  if (mode == "NONE") config.session_mode = gatewayworker::SessionMode::kNone;
  if (mode == "RAW") config.session_mode = gatewayworker::SessionMode::kRaw;
  if (Text(options, "session_freshness") == "AS_SENT") {
    config.session_freshness = gatewayworker::SessionFreshness::kAsSent;
  }
  config.ack_on_send = Get<bool>(options, "ack_on_send").value_or(false);
  config.keep_links = Get<bool>(options, "keep_links").value_or(false);
  return config;
}

}  // namespace

void Program::Say(const Struct& line) {
  const std::string text = Print(line) + "\n";
  const std::lock_guard lock(saying_);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Program::Answer(const Struct& request) {
  const Value id(request.fields().at("id"));
  try {
    Say(Map({{"id", id}, {"value", Do(request)}}));
  } catch (const GatewayError& error) {
    Say(Map({{"id", id}, {"error", ToJson(error)}}));
  }
}

Value Program::Do(const Struct& request) {
  const std::string what = Text(request, "do");
  if (what == "call") return Call(request);
  if (what == "work") return Work(request);
  if (what == "stop") return Stop();
  if (what != "open") throw std::invalid_argument("unknown request: " + what);
  Open(Text(request, "gate"));
  return nullptr;
}

Value Program::Call(const Struct& request) {
  Client* client = nullptr;
  {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Client>& made = clients_[ConnectionKey(request)];
    if (!made) {
      gatewayworker::ClientConfig config = {.address = Text(request, "address")};
      SetConnection(request, &config);
      made = std::make_unique<Client>(std::move(config));
    }
    client = made.get();
  }
  const Struct arguments = Object(request, "arguments");
  return conformance::Call(*client, Text(request, "call"),
                           Arguments(arguments, "", Get<double>(request, "timeout")));
}

// ---- The worker

Value Program::Work(const Struct& request) {
  const Struct options = Object(request, "options");
  const Outcome outcome = Text(options, "on_error") == "redeliver" ? Outcome::kRedeliver : Outcome::kAck;
  auto welcomed = std::make_shared<std::promise<Value>>();
  auto first = std::make_shared<std::once_flag>();
  std::future<Value> answer = welcomed->get_future();

  WorkerConfig config = ConfigOf(options);
  SetConnection(request, &config);
  worker_ = std::make_unique<Worker>(std::move(config));
  worker_->OnAttached(
      [=](const Welcome& welcome) { std::call_once(*first, [&] { welcomed->set_value(ToJson(welcome)); }); });
  worker_->OnError([this, outcome](const Event&, const std::exception& error) {
    Say(Map({{"failed", error.what()}}));
    return outcome;
  });
  worker_->OnCommandError([this](const gatewayworker::CommandError& error) {
    Say(Map({{"command_failed", Map({{"code", CodeName(error.code)}, {"message", error.message}})}}));
  });
  const Struct handlers = Object(request, "handlers");
  for (const auto& [kind, by_body] : handlers.fields()) {
    Worker::Handler handler = [this, request, actions = by_body.struct_value()](const Event& event) {
      Handle(request, actions, event);
    };
    if (kind == "connect")
      worker_->OnConnect(std::move(handler));
    else if (kind == "websocket_connect")
      worker_->OnWebSocketConnect(std::move(handler));
    else if (kind == "message")
      worker_->OnMessage(std::move(handler));
    else if (kind == "close")
      worker_->OnClose(std::move(handler));
    else
      throw std::invalid_argument("unknown kind: " + kind);
  }
  serving_ = std::thread([this, welcomed, first] {
    try {
      worker_->Serve(true);
      const std::lock_guard lock(mutex_);
      if (!stopped_) ::_exit(0);  // it was told by a signal
    } catch (const GatewayError&) {
      std::call_once(*first, [&] { welcomed->set_exception(std::current_exception()); });
    }
  });
  return answer.get();
}

Value Program::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  worker_->Stop();
  serving_.join();
  return nullptr;
}

void Program::Handle(const Struct& work, const Struct& by_body, const Event& event) {
  if (!Get<bool>(work, "quiet").value_or(false)) Say(Map({{"event", ToJson(event)}}));
  auto actions = by_body.fields().find(event.body());
  if (actions == by_body.fields().end()) actions = by_body.fields().find("*");
  if (actions == by_body.fields().end()) return;
  for (const auto& action : actions->second.list_value().values())
    Act(action.struct_value(), event);
}

void Program::Act(const Struct& action, const Event& event) {
  const std::string what = Text(action, "do");
  if (what == "echo") {
    worker_->SendToCurrentClient(event.body());
  } else if (what == "wait") {
    Wait(Text(action, "gate"));
  } else if (what == "throw" || (what == "throw_once" && FirstTime(Text(action, "text")))) {
    throw std::runtime_error(Text(action, "text"));
  } else if (what == "command") {
    const Struct arguments = Object(action, "arguments");
    Send(*worker_, Text(action, "command"), Arguments(arguments, event.client_id()));
  } else if (what == "sync") {
    Say(Map({{"called", Map({{"call", "sync"}, {"value", ToJson(worker_->Sync())}})}}));
  } else if (what == "call") {
    CallInHandler(action, event);
  }
}

void Program::CallInHandler(const Struct& action, const Event& event) {
  const std::string name = Text(action, "call");
  const Struct arguments = Object(action, "arguments");
  try {
    const Value value = conformance::Call(worker_->client(), name, Arguments(arguments, event.client_id()));
    Say(Map({{"called", Map({{"call", name}, {"value", value}})}}));
  } catch (const GatewayError& error) {
    Say(Map({{"called", Map({{"call", name}, {"error", ToJson(error)}})}}));
  }
}

bool Program::FirstTime(const std::string& text) {
  const std::lock_guard lock(mutex_);
  return thrown_.insert(text).second;
}

void Program::Open(const std::string& gate) {
  const std::lock_guard lock(mutex_);
  open_.insert(gate);
  changed_.notify_all();
}

void Program::Wait(const std::string& gate) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return open_.contains(gate); });
}

}  // namespace conformance
