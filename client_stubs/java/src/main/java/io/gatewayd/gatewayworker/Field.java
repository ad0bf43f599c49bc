package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.SelectField;

/** What {@link Client#select} can ask for. */
public enum Field {
  /** The client's uid. */
  UID(SelectField.SELECT_FIELD_UID),
  /** Its groups. */
  GROUPS(SelectField.SELECT_FIELD_GROUPS),
  /** Its session. */
  SESSION(SelectField.SELECT_FIELD_SESSION);

  final SelectField proto;

  Field(SelectField proto) {
    this.proto = proto;
  }
}
