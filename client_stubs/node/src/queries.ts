/** The queries of the API, as the Client has them. */

import { SelectField, type SelectFilter } from "./generated/gatewayworker/v1/gateway_service.js";
import { Consistency } from "./generated/gatewayworker/v1/types.js";
import type { CallOptions, Rpc } from "./rpc.js";
import { fromNames, fromSession, type GatewayFailure, type Name, type Session } from "./values.js";
import { toBuffer } from "./wire.js";

/** Options of a query about one client. */
export interface ClientQuery extends CallOptions {
  /** The generation of the client's Gateway that is expected: NotFoundError where it is over. */
  readonly generation?: string | undefined;
  /** Take what the Gateway answers first, even if it has not run earlier commands yet. */
  readonly anyConsistency?: boolean | undefined;
}

/** Options of a query to every Gateway. */
export interface ClusterQuery extends CallOptions {
  /** Take what the Gateways answer first, even if they have not run earlier commands yet. */
  readonly anyConsistency?: boolean | undefined;
  /** Where a Gateway does not answer: return what there is, and the Gateway beside it, as `Partial` has them. */
  readonly partialOk?: boolean | undefined;
}

/** What is known where `partialOk` was asked for. */
export interface Partial<T> {
  /** The result, without the clients of the Gateways that are missing. */
  readonly value: T;
  /** Gateways that did not answer. */
  readonly missing: readonly GatewayFailure[];
}

/** A result; with `partialOk: true` a `Partial` of it. */
export type Answer<T, O> = "partialOk" extends keyof O
  ? O["partialOk"] extends true
    ? Partial<T>
    : O["partialOk"] extends false | undefined
      ? T
      : T | Partial<T>
  : T;

/** What `Client.select` can ask for. */
export type Field = "uid" | "groups" | "session";

/** Which clients `Client.select` lists: those that match any of the lists given; every client where none is. */
export interface Selection {
  /** These clients. */
  readonly clientIds?: Iterable<string> | undefined;
  /** Clients in one of these groups. */
  readonly groups?: Iterable<string> | undefined;
  /** Clients bound to one of these uids. */
  readonly uids?: Iterable<string> | undefined;
}

/** A client as `Client.select` lists it: only what was asked for is set. A Buffer is what is not UTF-8. */
export interface SelectedClient {
  /** 20 hex digits. */
  readonly clientId: string;
  /** Its uid, if it has one. */
  readonly uid: Name | undefined;
  /** Its groups. */
  readonly groups: readonly Name[];
  /** Its session. */
  readonly session: Session | undefined;
}

const FIELDS: Readonly<Record<Field, SelectField>> = {
  uid: SelectField.UID,
  groups: SelectField.GROUPS,
  session: SelectField.SESSION,
};

interface Missing {
  missing: GatewayFailure[];
}

interface OfGroup {
  group: string;
  groupNotUtf8: Uint8Array;
}

/**
 * What a Client can ask. Results hold each uid and client once, in no order; a uid or the name of a group that is not
 * UTF-8 is a Buffer. Each fails with a GatewayError. With `partialOk: true` in their options, those to every Gateway
 * give `{ value, missing }`.
 */
export abstract class Queries {
  /** @internal */
  protected abstract readonly rpc: Rpc;

  // ---- One client

  /** Whether a client is connected. NotFoundError where no member of the cluster carries such ids. */
  async isOnline(clientId: string, options?: ClientQuery): Promise<boolean> {
    return (await this.rpc.unary("isOnline", { clientId, ...one(options) }, options)).online;
  }

  /** A client's session; empty where none was set. NotFoundError where the client is gone. */
  async getSession(clientId: string, options?: ClientQuery): Promise<Session> {
    return fromSession((await this.rpc.unary("getSession", { clientId, ...one(options) }, options)).session);
  }

  /** A client's uid, undefined where it has none. NotFoundError where the client is gone. */
  async getUidByClientId(clientId: string, options?: ClientQuery): Promise<Name | undefined> {
    return fromUid(await this.rpc.unary("getUidByClientId", { clientId, ...one(options) }, options));
  }

  // ---- Counts

  /** Whether any client is bound to the uid. */
  async isUidOnline<const O extends ClusterQuery = {}>(uid: string, options?: O): Promise<Answer<boolean, O>> {
    const response = await this.rpc.unary("isUidOnline", { uid, ...all(options) }, options);
    return answer(response.online, response, options);
  }

  /** How many clients are connected. */
  async getAllClientCount<const O extends ClusterQuery = {}>(options?: O): Promise<Answer<number, O>> {
    const response = await this.rpc.unary("getAllClientCount", all(options), options);
    return answer(response.count, response, options);
  }

  /** How many clients are in a group. */
  async getClientCountByGroup<const O extends ClusterQuery = {}>(
    group: string,
    options?: O,
  ): Promise<Answer<number, O>> {
    const response = await this.rpc.unary("getClientCountByGroup", { group, ...all(options) }, options);
    return answer(response.count, response, options);
  }

  /** How many different uids are in a group. */
  async getUidCountByGroup<const O extends ClusterQuery = {}>(
    group: string,
    options?: O,
  ): Promise<Answer<number, O>> {
    const response = await this.rpc.unary("getUidCountByGroup", { group, ...all(options) }, options);
    return answer(response.count, response, options);
  }

  /** How many different uids are bound. */
  async getAllUidCount<const O extends ClusterQuery = {}>(options?: O): Promise<Answer<number, O>> {
    const response = await this.rpc.unary("getAllUidCount", all(options), options);
    return answer(response.count, response, options);
  }

  /** How many clients are in each group. */
  async getAllGroupClientIdCount<const O extends ClusterQuery = {}>(
    options?: O,
  ): Promise<Answer<Map<Name, number>, O>> {
    const response = await this.rpc.unary("getAllGroupClientIdCount", all(options), options);
    return answer(
      byGroup(response.groups, (group) => group.count),
      response,
      options,
    );
  }

  /** How many different uids are in each group. Groups whose clients have no uid are left out. */
  async getAllGroupUidCount<const O extends ClusterQuery = {}>(options?: O): Promise<Answer<Map<Name, number>, O>> {
    const response = await this.rpc.unary("getAllGroupUidCount", all(options), options);
    return answer(
      byGroup(response.groups, (group) => group.count),
      response,
      options,
    );
  }

  /** How many clients are in each of the groups named, in the order asked. */
  async getClientCountByGroups<const O extends ClusterQuery = {}>(
    groups: Iterable<string>,
    options?: O,
  ): Promise<Answer<Map<Name, number>, O>> {
    const response = await this.rpc.unary(
      "getClientCountByGroups",
      { groups: [...groups], ...all(options) },
      options,
    );
    return answer(
      byGroup(response.groups, (group) => group.count),
      response,
      options,
    );
  }

  // ---- Lists. Those that may pass `maxMessageBytes` have a streaming form in Client.

  /** Every client (of `group`) with its session. */
  async getAllClientSessions<const O extends ClusterQuery & { readonly group?: string | undefined } = {}>(
    options?: O,
  ): Promise<Answer<Map<string, Session>, O>> {
    const request = { group: options?.group, ...all(options) };
    const response = await this.rpc.unary("getAllClientSessions", request, options);
    return answer(byClient(response.clients), response, options);
  }

  /** The clients of a group with their sessions. */
  async getClientSessionsByGroup<const O extends ClusterQuery = {}>(
    group: string,
    options?: O,
  ): Promise<Answer<Map<string, Session>, O>> {
    const response = await this.rpc.unary("getClientSessionsByGroup", { group, ...all(options) }, options);
    return answer(byClient(response.clients), response, options);
  }

  /** Every client_id. */
  async getAllClientIdList<const O extends ClusterQuery = {}>(options?: O): Promise<Answer<string[], O>> {
    const response = await this.rpc.unary("getAllClientIdList", all(options), options);
    return answer(response.clientIds, response, options);
  }

  /** The client_ids of a group. */
  async getClientIdListByGroup<const O extends ClusterQuery = {}>(
    group: string,
    options?: O,
  ): Promise<Answer<string[], O>> {
    const response = await this.rpc.unary("getClientIdListByGroup", { group, ...all(options) }, options);
    return answer(response.clientIds, response, options);
  }

  /** The client_ids bound to a uid. */
  async getClientIdByUid<const O extends ClusterQuery = {}>(uid: string, options?: O): Promise<Answer<string[], O>> {
    const response = await this.rpc.unary("getClientIdByUid", { uid, ...all(options) }, options);
    return answer(response.clientIds, response, options);
  }

  /** The client_ids bound to each of the uids; those without clients too, in the order asked. */
  async getClientIdByUids<const O extends ClusterQuery = {}>(
    uids: Iterable<string>,
    options?: O,
  ): Promise<Answer<Map<string, string[]>, O>> {
    const response = await this.rpc.unary("getClientIdByUids", { uids: [...uids], ...all(options) }, options);
    return answer(new Map(response.uids.map((entry) => [entry.uid, entry.clientIds])), response, options);
  }

  /** The different uids in a group. */
  async getUidListByGroup<const O extends ClusterQuery = {}>(group: string, options?: O): Promise<Answer<Name[], O>> {
    const response = await this.rpc.unary("getUidListByGroup", { group, ...all(options) }, options);
    return answer(fromNames(response.uids, response.uidsNotUtf8), response, options);
  }

  /** All different uids. */
  async getAllUidList<const O extends ClusterQuery = {}>(options?: O): Promise<Answer<Name[], O>> {
    const response = await this.rpc.unary("getAllUidList", all(options), options);
    return answer(fromNames(response.uids, response.uidsNotUtf8), response, options);
  }

  /** The names of all groups that have clients. */
  async getAllGroupIdList<const O extends ClusterQuery = {}>(options?: O): Promise<Answer<Name[], O>> {
    const response = await this.rpc.unary("getAllGroupIdList", all(options), options);
    return answer(fromNames(response.groups, response.groupsNotUtf8), response, options);
  }

  /** The different uids in each group. */
  async getAllGroupUidList<const O extends ClusterQuery = {}>(options?: O): Promise<Answer<Map<Name, Name[]>, O>> {
    const response = await this.rpc.unary("getAllGroupUidList", all(options), options);
    return answer(
      byGroup(response.groups, (group) => fromNames(group.uids, group.uidsNotUtf8)),
      response,
      options,
    );
  }

  /** The client_ids in each group. */
  async getAllGroupClientIdList<const O extends ClusterQuery = {}>(
    options?: O,
  ): Promise<Answer<Map<Name, string[]>, O>> {
    const response = await this.rpc.unary("getAllGroupClientIdList", all(options), options);
    return answer(
      byGroup(response.groups, (group) => group.clientIds),
      response,
      options,
    );
  }

  // ---- Many clients

  /**
   * Clients with the fields asked for: those that match any of the lists in `options`; every client where none is
   * there.
   */
  async select<const O extends ClusterQuery & Selection = {}>(
    fields: Iterable<Field>,
    options?: O,
  ): Promise<Answer<SelectedClient[], O>> {
    const request = {
      fields: Array.from(fields, (field) => FIELDS[field]),
      filter: filterOf(options),
      ...all(options),
    };
    const response = await this.rpc.unary("select", request, options);
    const clients = response.clients.map((client) => ({
      clientId: client.clientId,
      uid: fromUid(client),
      groups: fromNames(client.groups, client.groupsNotUtf8),
      session: client.session && fromSession(client.session),
    }));
    return answer(clients, response, options);
  }

  /** Whether each of many clients is connected. */
  async areOnline<const O extends ClusterQuery = {}>(
    clientIds: Iterable<string>,
    options?: O,
  ): Promise<Answer<Map<string, boolean>, O>> {
    const response = await this.rpc.unary("areOnline", { clientIds: [...clientIds], ...all(options) }, options);
    return answer(new Map(Object.entries(response.online)), response, options);
  }

  /** The sessions of many clients; undefined for those that are not online. */
  async getSessions<const O extends ClusterQuery = {}>(
    clientIds: Iterable<string>,
    options?: O,
  ): Promise<Answer<Map<string, Session | undefined>, O>> {
    const response = await this.rpc.unary("getSessions", { clientIds: [...clientIds], ...all(options) }, options);
    const sessions = new Map<string, Session | undefined>(byClient(response.clients));
    response.offlineClientIds.forEach((clientId) => sessions.set(clientId, undefined));
    return answer(sessions, response, options);
  }
}

/** What every request to all Gateways has. */
export function all(options: ClusterQuery | undefined): { consistency: Consistency; partialOk: boolean } {
  return { consistency: consistency(options), partialOk: options?.partialOk ?? false };
}

function one(options: ClientQuery | undefined): { generation: string; consistency: Consistency } {
  return { generation: options?.generation ?? "", consistency: consistency(options) };
}

function consistency(options: { anyConsistency?: boolean | undefined } | undefined): Consistency {
  return options?.anyConsistency ? Consistency.ANY : Consistency.UNSPECIFIED;
}

function filterOf(options: Selection | undefined): SelectFilter | undefined {
  const { clientIds, groups, uids } = options ?? {};
  if (clientIds === undefined && groups === undefined && uids === undefined) {
    return undefined;
  }
  return { clientIds: [...(clientIds ?? [])], groups: [...(groups ?? [])], uids: [...(uids ?? [])] };
}

function answer<T, O extends ClusterQuery>(value: T, { missing }: Missing, options: O | undefined): Answer<T, O> {
  return (options?.partialOk ? { value, missing } : value) as Answer<T, O>;
}

function byGroup<G extends OfGroup, T>(groups: G[], value: (group: G) => T): Map<Name, T> {
  return new Map(groups.map((group) => [group.group || toBuffer(group.groupNotUtf8), value(group)]));
}

/** Sessions by client_id. */
function byClient(clients: { clientId: string; session: Parameters<typeof fromSession>[0] }[]): Map<string, Session> {
  return new Map(clients.map((client) => [client.clientId, fromSession(client.session)]));
}

function fromUid(found: { uid?: string | undefined; uidNotUtf8: Uint8Array }): Name | undefined {
  return found.uid ?? (found.uidNotUtf8.length > 0 ? toBuffer(found.uidNotUtf8) : undefined);
}
