#include "arguments.h"

#include <utility>

#include "calls.h"

namespace conformance {

using gatewayworker::Get;

namespace {

Value FromJson(const google::protobuf::Value& given);

Struct FromJson(const Struct& given) {
  Struct map;
  for (const auto& [key, value] : given.fields())
    (*map.mutable_fields())[key] = FromJson(value).proto();
  return map;
}

// As a program would have it: an integer of 64 bits, bytes in a string.
Value FromJson(const google::protobuf::Value& given) {
  if (given.has_list_value()) {
    ListValue list;
    for (const auto& value : given.list_value().values())
      *list.add_values() = FromJson(value).proto();
    return list;
  }
  if (!given.has_struct_value()) return given;
  if (const auto integer = Get<std::string>(given.struct_value(), "$int64")) return std::stoll(*integer);
  if (const auto bytes = Get<std::string>(given.struct_value(), "$bytes")) return FromBase64(*bytes);
  return FromJson(given.struct_value());
}

}  // namespace

Arguments::Arguments(const Struct& given, std::string client_id, std::optional<double> timeout)
    : given_(given), client_id_(std::move(client_id)) {
  if (timeout) timeout_ = std::chrono::milliseconds(static_cast<int>(*timeout * 1000));
}

std::optional<std::string> Arguments::MaybeText(const char* name) const {
  const auto text = Get<std::string>(given_, name);
  if (!text) return std::nullopt;
  return Named(*text);
}

std::string Arguments::Text(const char* name) const {
  return MaybeText(name).value_or("");
}

std::optional<std::vector<std::string>> Arguments::MaybeList(const char* name) const {
  const auto list = Get<ListValue>(given_, name);
  if (!list) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& value : list->values())
    texts.push_back(Named(value.string_value()));
  return texts;
}

std::vector<std::string> Arguments::List(const char* name) const {
  return MaybeList(name).value_or(std::vector<std::string>());
}

std::optional<gatewayworker::Message> Arguments::MaybeMessage() const {
  const auto given = Get<Struct>(given_, "message");
  if (!given) return std::nullopt;
  const auto text = Get<std::string>(*given, "text");
  gatewayworker::Message message(text ? *text : FromBase64(Get<std::string>(*given, "data").value_or("")));
  message.raw = Get<bool>(*given, "raw").value_or(false);
  message.websocket_binary = Get<bool>(*given, "websocket_binary").value_or(false);
  return message;
}

gatewayworker::SessionInput Arguments::Session() const {
  const Struct given = Get<Struct>(given_, "session").value();
  if (const auto stored = Get<std::string>(given, "stored")) {
    return gatewayworker::SessionInput::Stored(FromBase64(*stored));
  }
  return FromJson(Get<Struct>(given, "value").value());
}

gatewayworker::Recipients Arguments::Recipients() const {
  if (const auto client_ids = MaybeList("client_ids")) return *client_ids;
  return gatewayworker::Everyone();
}

std::vector<gatewayworker::Field> Arguments::Fields() const {
  std::vector<gatewayworker::Field> fields;
  for (const std::string& name : List("fields")) {
    fields.push_back(name == "UID"      ? gatewayworker::Field::kUid
                     : name == "GROUPS" ? gatewayworker::Field::kGroups
                                        : gatewayworker::Field::kSession);
  }
  return fields;
}

std::vector<gatewayworker::Command> Arguments::Commands() const {
  std::vector<gatewayworker::Command> commands;
  const ListValue given = Get<ListValue>(given_, "commands").value();
  for (const auto& value : given.values()) {
    const Struct& one = value.struct_value();
    commands.push_back(MakeCommand(Get<std::string>(one, "command").value(),
                                   Arguments(one.fields().at("arguments").struct_value(), client_id_)));
  }
  return commands;
}

gatewayworker::ClientOptions Arguments::Options() const {
  return {.generation = Text("generation"),
          .confirm = Flag("confirm"),
          .require_online = Flag("require_online"),
          .timeout = timeout_};
}

gatewayworker::CurrentClientOptions Arguments::CurrentOptions() const {
  return {.client_id = Text("client_id"),
          .generation = Text("generation"),
          .confirm = Flag("confirm"),
          .require_online = Flag("require_online"),
          .timeout = timeout_};
}

gatewayworker::ClusterOptions Arguments::ForMany() const {
  return {.exclude = List("exclude"), .confirm = Flag("confirm"), .timeout = timeout_};
}

}  // namespace conformance
