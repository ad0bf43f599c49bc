#include "api/functions.h"

#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"

namespace gatewayd::api {
namespace {

std::string_view KindText(const Info& info) {
  switch (info.kind) {
    case Kind::kCommand:
      return "command";
    case Kind::kQuery:
      return info.bounded ? "query, bounded" : "query";
    case Kind::kStream:
      return "query, streamed";
    case Kind::kList:
      return "list of commands";
  }
  return "";
}

std::string_view TargetText(Target target) {
  switch (target) {
    case Target::kOneClient:
      return "the client's Gateway";
    case Target::kCurrentClient:
      return "the current client's Gateway";
    case Target::kClients:
      return "the clients' Gateways";
    case Target::kEveryGateway:
      return "every Gateway";
    case Target::kCommands:
      return "as each command";
  }
  return "";
}

std::string CommandsText(const Info& info) {
  std::string text;
  for (const wire::Command command : info.commands) {
    if (command == kNoCommand) continue;
    absl::StrAppend(&text, text.empty() ? "" : " or ", static_cast<int>(command), " ",
                    wire::ToAbsl(wire::CommandName(command)));
  }
  return text.empty() ? "–" : text;
}

std::string_view ResultText(const Info& info) {
  if (!info.merge.empty()) return info.merge;
  return info.target == Target::kEveryGateway ? "how many Gateways took it, and which did not" : "OK";
}

std::vector<Row> AllRows() {
  std::vector<Row> rows;
  for (const auto family :
       {ClientCommandRows(), BroadcastCommandRows(), ClientQueryRows(), CountQueryRows(), ListQueryRows(),
        GroupQueryRows(), ManyQueryRows(), ExecuteRows(), StreamRows()}) {
    rows.insert(rows.end(), family.begin(), family.end());
  }
  return rows;
}

}  // namespace

const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = AllRows();
  return rows;
}

std::string FunctionsMarkdown() {
  std::string out = "| rpc | what it is | sends | to | answer |\n|---|---|---|---|---|\n";
  for (const Row& row : Rows()) {
    const Info& info = *row.info;
    absl::StrAppend(&out, "| ", wire::ToAbsl(info.name), " | ", wire::ToAbsl(KindText(info)), " | ",
                    CommandsText(info), " | ", wire::ToAbsl(TargetText(info.target)), " | ",
                    wire::ToAbsl(ResultText(info)), " |\n");
  }
  return out;
}

}  // namespace gatewayd::api
