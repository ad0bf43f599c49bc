#include "wire/command.h"

namespace gatewayd::wire {

std::string_view CommandName(Command command) {
  switch (command) {
    case Command::kOnConnect:
      return "ON_CONNECT";
    case Command::kOnMessage:
      return "ON_MESSAGE";
    case Command::kOnClose:
      return "ON_CLOSE";
    case Command::kSendToOne:
      return "SEND_TO_ONE";
    case Command::kSendToAll:
      return "SEND_TO_ALL";
    case Command::kKick:
      return "KICK";
    case Command::kDestroy:
      return "DESTROY";
    case Command::kUpdateSession:
      return "UPDATE_SESSION";
    case Command::kGetAllClientSessions:
      return "GET_ALL_CLIENT_SESSIONS";
    case Command::kIsOnline:
      return "IS_ONLINE";
    case Command::kBindUid:
      return "BIND_UID";
    case Command::kUnbindUid:
      return "UNBIND_UID";
    case Command::kSendToUid:
      return "SEND_TO_UID";
    case Command::kGetClientIdByUid:
      return "GET_CLIENT_ID_BY_UID";
    case Command::kBatchGetClientIdByUid:
      return "BATCH_GET_CLIENT_ID_BY_UID";
    case Command::kJoinGroup:
      return "JOIN_GROUP";
    case Command::kLeaveGroup:
      return "LEAVE_GROUP";
    case Command::kSendToGroup:
      return "SEND_TO_GROUP";
    case Command::kGetClientSessionsByGroup:
      return "GET_CLIENT_SESSIONS_BY_GROUP";
    case Command::kGetClientCountByGroup:
      return "GET_CLIENT_COUNT_BY_GROUP";
    case Command::kSelect:
      return "SELECT";
    case Command::kGetGroupIdList:
      return "GET_GROUP_ID_LIST";
    case Command::kUngroup:
      return "UNGROUP";
    case Command::kBatchGetClientCountByGroup:
      return "BATCH_GET_CLIENT_COUNT_BY_GROUP";
    case Command::kWorkerConnect:
      return "WORKER_CONNECT";
    case Command::kPing:
      return "PING";
    case Command::kGatewayClientConnect:
      return "GATEWAY_CLIENT_CONNECT";
    case Command::kGetSessionByClientId:
      return "GET_SESSION_BY_CLIENT_ID";
    case Command::kSetSession:
      return "SET_SESSION";
    case Command::kOnWebSocketConnect:
      return "ON_WEBSOCKET_CONNECT";
  }
  return "UNKNOWN";
}

bool IsQuery(Command command) {
  switch (command) {
    case Command::kGetAllClientSessions:
    case Command::kIsOnline:
    case Command::kGetClientIdByUid:
    case Command::kBatchGetClientIdByUid:
    case Command::kGetClientSessionsByGroup:
    case Command::kGetClientCountByGroup:
    case Command::kSelect:
    case Command::kGetGroupIdList:
    case Command::kBatchGetClientCountByGroup:
    case Command::kGetSessionByClientId:
      return true;
    default:
      return false;
  }
}

}  // namespace gatewayd::wire
