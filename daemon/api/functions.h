// The table of rpcs: one row each, and everything about a rpc in one place. A row is a struct (see
// commands_*.cc, queries_*.cc, streams.cc): what it is called and what it does (`kInfo`), the generated
// method that takes its calls (`kTake`), and the small functions that are its own: how its frames are built,
// how an answer is read, how answers are merged. All else (ids, generations, routing, confirmation, fan-out,
// partial failure, deadlines) is done by the executors, the same for all.
//
// A 38th function: the rpc in gateway_service.proto, one struct in the file of its family, its name in the
// list at the end of that file. The unit test then prints the line that docs/functions.md lacks.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/command.h"

namespace gatewayd::api {

class Core;
class Method;
struct CommandCall;

// What a rpc does, for people and for the tests.
enum class Kind { kCommand, kQuery, kStream, kList };

// Where its frames go.
enum class Target {
  kOneClient,      // the Gateway that the client_id names
  kCurrentClient,  // the same; without a client_id, the client of the event at hand
  kClients,        // the Gateways that the client_ids name
  kEveryGateway,
  kCommands,  // wherever the commands of the list go
};

inline constexpr wire::Command kNoCommand = {};

// What is known of a rpc before any call: the constant `kInfo` of its row, which lives as long as the
// program.
struct Info {
  std::string_view name;  // of the rpc
  Kind kind = Kind::kQuery;
  Target target = Target::kEveryGateway;
  // What it sends; two where the request decides. kNoCommand: no further one.
  std::array<wire::Command, 2> commands = {};
  bool bounded = false;    // a query whose answers are small and share the command link
  std::string_view merge;  // what becomes of the answers
};

struct Row {
  const Info* info = nullptr;
  // Starts to serve it.
  std::unique_ptr<Method> (*serve)(Core& core) = nullptr;
  // Commands only: which of Command's fields it is in a list of commands, and how it is run there. True: it
  // is answered (see commands.h).
  int field = 0;
  bool (*run)(const CommandCall& call) = nullptr;
};

// Every rpc of GatewayService, in the order of the families.
const std::vector<Row>& Rows();

// The rows of each family, where they are defined.
std::span<const Row> ClientCommandRows();
std::span<const Row> BroadcastCommandRows();
std::span<const Row> ExecuteRows();
std::span<const Row> ClientQueryRows();
std::span<const Row> CountQueryRows();
std::span<const Row> ListQueryRows();
std::span<const Row> GroupQueryRows();
std::span<const Row> ManyQueryRows();
std::span<const Row> StreamRows();

// The table of docs/functions.md.
std::string FunctionsMarkdown();

}  // namespace gatewayd::api
