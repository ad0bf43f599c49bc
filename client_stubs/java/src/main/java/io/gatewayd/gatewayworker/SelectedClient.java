package io.gatewayd.gatewayworker;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;

/**
 * A client as {@link Client#select} lists it: only what was asked for is set.
 *
 * @param clientId 20 hex digits
 * @param uid its uid, if it has one
 * @param uidNotUtf8 its uid, where that is not UTF-8
 * @param groups its groups
 * @param session its session
 */
public record SelectedClient(
    String clientId,
    Optional<String> uid,
    Optional<ByteString> uidNotUtf8,
    Listing<String> groups,
    Optional<Session> session) {
  static SelectedClient of(io.gatewayd.gatewayworker.v1.SelectedClient proto) {
    return new SelectedClient(
        proto.getClientId(),
        proto.hasUid() ? Optional.of(proto.getUid()) : Optional.empty(),
        proto.getUidNotUtf8().isEmpty() ? Optional.empty() : Optional.of(proto.getUidNotUtf8()),
        new Listing<>(proto.getGroupsList(), proto.getGroupsNotUtf8List(), List.of()),
        proto.hasSession() ? Optional.of(Session.of(proto.getSession())) : Optional.empty());
  }
}
