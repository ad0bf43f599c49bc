# frozen_string_literal: true

require_relative "conversion"
require_relative "results"
require_relative "v1/gateway_service_pb"

module Gatewayworker
  # What a {Client} can ask. Results hold each uid and client once, in no order; a uid or the name of a group that is
  # not UTF-8 is a String in binary encoding.
  #
  # Queries about one client take the options
  # - `generation:` (String) the generation of the client's Gateway that is expected: {NotFoundError} where it is over;
  # - `any_consistency:` (true) take what the Gateway answers first, even if it has not run earlier commands yet;
  # - `timeout:` (Numeric) seconds; else the client's.
  #
  # Queries to every Gateway take `any_consistency:`, `timeout:` and
  # - `partial_ok:` (true) where a Gateway does not answer: return what there is, with the Gateway in `missing` of the
  #   result.
  module Queries
    # Whether a client is connected. {NotFoundError} where no member of the cluster carries such ids.
    # @return [Boolean]
    def is_online(client_id, **options) = ask_one(:is_online, V1::IsOnlineRequest, client_id, **options).online
    alias online? is_online

    # A client's session; empty where none was set. {NotFoundError} where the client is gone.
    # @return [Session]
    def get_session(client_id, **options)
      Conversion.session(ask_one(:get_session, V1::GetSessionRequest, client_id, **options).session)
    end

    # A client's uid, nil where it has none. {NotFoundError} where the client is gone.
    # @return [String, nil]
    def get_uid_by_client_id(client_id, **options)
      uid_in(ask_one(:get_uid_by_client_id, V1::GetUidByClientIdRequest, client_id, **options))
    end

    # Whether any client is bound to the uid.
    # @return [Boolean]
    def is_uid_online(uid, **options)
      ask(:is_uid_online, V1::IsUidOnlineRequest, { uid: Conversion.text("uid", uid) }, **options).online
    end
    alias uid_online? is_uid_online

    # How many clients are connected.
    # @return [Count]
    def get_all_client_count(**options)
      count(ask(:get_all_client_count, V1::GetAllClientCountRequest, **options))
    end

    # How many clients are in a group.
    # @return [Count]
    def get_client_count_by_group(group, **options)
      count(ask(:get_client_count_by_group, V1::GetClientCountByGroupRequest, in_group(group), **options))
    end

    # How many different uids are in a group.
    # @return [Count]
    def get_uid_count_by_group(group, **options)
      count(ask(:get_uid_count_by_group, V1::GetUidCountByGroupRequest, in_group(group), **options))
    end

    # How many different uids are bound.
    # @return [Count]
    def get_all_uid_count(**options) = count(ask(:get_all_uid_count, V1::GetAllUidCountRequest, **options))

    # How many clients are in each group.
    # @return [Dictionary{String => Integer}]
    def get_all_group_client_id_count(**options)
      by_group(ask(:get_all_group_client_id_count, V1::GetAllGroupClientIdCountRequest, **options), &:count)
    end

    # How many different uids are in each group. Groups whose clients have no uid are left out.
    # @return [Dictionary{String => Integer}]
    def get_all_group_uid_count(**options)
      by_group(ask(:get_all_group_uid_count, V1::GetAllGroupUidCountRequest, **options), &:count)
    end

    # How many clients are in each of the groups named, in the order asked.
    # @return [Dictionary{String => Integer}]
    def get_client_count_by_groups(groups, **options)
      fields = { groups: Conversion.texts("groups", groups) }
      by_group(ask(:get_client_count_by_groups, V1::GetClientCountByGroupsRequest, fields, **options), &:count)
    end

    # Every client (of a group) with its session. {Client#stream_all_client_sessions} has no limit of size.
    # @return [Dictionary{String => Session}]
    def get_all_client_sessions(group: nil, **options)
      sessions(ask(:get_all_client_sessions, V1::GetAllClientSessionsRequest, group ? in_group(group) : {}, **options))
    end

    # The clients of a group with their sessions.
    # @return [Dictionary{String => Session}]
    def get_client_sessions_by_group(group, **options)
      sessions(ask(:get_client_sessions_by_group, V1::GetClientSessionsByGroupRequest, in_group(group), **options))
    end

    # Every client_id. {Client#stream_all_client_id_list} has no limit of size.
    # @return [List<String>]
    def get_all_client_id_list(**options)
      list(ask(:get_all_client_id_list, V1::GetAllClientIdListRequest, **options), :client_ids)
    end

    # The client_ids of a group.
    # @return [List<String>]
    def get_client_id_list_by_group(group, **options)
      list(ask(:get_client_id_list_by_group, V1::GetClientIdListByGroupRequest, in_group(group), **options),
           :client_ids)
    end

    # The client_ids bound to a uid.
    # @return [List<String>]
    def get_client_id_by_uid(uid, **options)
      fields = { uid: Conversion.text("uid", uid) }
      list(ask(:get_client_id_by_uid, V1::GetClientIdByUidRequest, fields, **options), :client_ids)
    end

    # The client_ids bound to each of the uids; those without clients too, in the order asked.
    # @return [Dictionary{String => Array<String>}]
    def get_client_id_by_uids(uids, **options)
      fields = { uids: Conversion.texts("uids", uids) }
      response = ask(:get_client_id_by_uids, V1::GetClientIdByUidsRequest, fields, **options)
      dictionary(response, response.uids.to_h { |entry| [entry.uid, entry.client_ids.to_a] })
    end

    # The different uids in a group.
    # @return [List<String>]
    def get_uid_list_by_group(group, **options)
      response = ask(:get_uid_list_by_group, V1::GetUidListByGroupRequest, in_group(group), **options)
      list(response, :uids, :uids_not_utf8)
    end

    # All different uids. {Client#stream_all_uid_list} has no limit of size.
    # @return [List<String>]
    def get_all_uid_list(**options)
      list(ask(:get_all_uid_list, V1::GetAllUidListRequest, **options), :uids, :uids_not_utf8)
    end

    # The names of all groups that have clients.
    # @return [List<String>]
    def get_all_group_id_list(**options)
      list(ask(:get_all_group_id_list, V1::GetAllGroupIdListRequest, **options), :groups, :groups_not_utf8)
    end

    # The different uids in each group.
    # @return [Dictionary{String => Array<String>}]
    def get_all_group_uid_list(**options)
      response = ask(:get_all_group_uid_list, V1::GetAllGroupUidListRequest, **options)
      by_group(response) { |group| [*group.uids, *group.uids_not_utf8] }
    end

    # The client_ids in each group.
    # @return [Dictionary{String => Array<String>}]
    def get_all_group_client_id_list(**options)
      response = ask(:get_all_group_client_id_list, V1::GetAllGroupClientIdListRequest, **options)
      by_group(response) { |group| group.client_ids.to_a }
    end

    # Clients with the fields asked for (`:uid`, `:groups`, `:session`): those that match any of the lists given; every
    # client where none is.
    # @return [List<SelectedClient>]
    def select(fields, client_ids: nil, groups: nil, uids: nil, **options)
      filter = { client_ids:, groups:, uids: }.compact
      filter = filter.to_h { |name, wanted| [name, Conversion.texts(name.name, wanted)] }
      response = ask(:select, V1::SelectRequest,
                     { fields: fields.map { |field| select_field(field) }, filter: filter.empty? ? nil : filter },
                     **options)
      List.new(response.clients.map { |client| selected(client) }, Conversion.failures(response.missing))
    end

    # Whether each of many clients is connected.
    # @return [Dictionary{String => Boolean}]
    def are_online(client_ids, **options)
      response = ask(:are_online, V1::AreOnlineRequest, clients(client_ids), **options)
      dictionary(response, response.online.to_h)
    end

    # The sessions of many clients; nil for those that are not online.
    # @return [Dictionary{String => Session, nil}]
    def get_sessions(client_ids, **options)
      response = ask(:get_sessions, V1::GetSessionsRequest, clients(client_ids), **options)
      sessions(response).merge!(response.offline_client_ids.to_h { |client_id| [client_id, nil] })
    end

    private

    SELECT_FIELDS = { uid: :SELECT_FIELD_UID, groups: :SELECT_FIELD_GROUPS, session: :SELECT_FIELD_SESSION }.freeze
    private_constant :SELECT_FIELDS

    def ask_one(name, type, client_id, generation: "", any_consistency: false, timeout: nil)
      call(name, type.new(client_id: Conversion.text("client_id", client_id), consistency: consistency(any_consistency),
                          generation: Conversion.text("generation", generation)), timeout)
    end

    def ask(name, type, fields = {}, timeout: nil, **options)
      call(name, query(type, fields, **options), timeout)
    end

    def query(type, fields, any_consistency: false, partial_ok: false)
      type.new(**fields, consistency: consistency(any_consistency), partial_ok:)
    end

    def consistency(any) = any ? :CONSISTENCY_ANY : :CONSISTENCY_UNSPECIFIED

    def in_group(group) = { group: Conversion.text("group", group) }

    def clients(client_ids) = { client_ids: Conversion.texts("client_ids", client_ids) }

    def select_field(field)
      SELECT_FIELDS.fetch(field) { raise Errors.invalid("fields", "has no #{field.inspect}") }
    end

    def selected(client)
      SelectedClient.new(client_id: client.client_id, uid: uid_in(client),
                         groups: [*client.groups, *client.groups_not_utf8],
                         session: client.session && Conversion.session(client.session))
    end

    def uid_in(proto)
      return proto.uid if proto.has_uid?

      proto.uid_not_utf8.empty? ? nil : proto.uid_not_utf8
    end

    def count(response) = Count.new(response.count, Conversion.failures(response.missing))

    def list(response, *fields)
      List.new(fields.flat_map { |field| response[field.name].to_a }, Conversion.failures(response.missing))
    end

    def dictionary(response, entries) = Dictionary.new(entries, Conversion.failures(response.missing))

    def by_group(response)
      dictionary(response, response.groups.to_h do |group|
        [group.group.empty? ? group.group_not_utf8 : group.group, yield(group)]
      end)
    end

    def sessions(response)
      dictionary(response, response.clients.to_h { |client| [client.client_id, Conversion.session(client.session)] })
    end
  end
end
