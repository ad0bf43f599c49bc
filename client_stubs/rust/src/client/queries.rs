//! The queries of the API. Results hold each uid and client once, in no order.

use std::collections::HashMap;
use std::future::IntoFuture;
use std::time::Duration;

use super::Client;
use super::call::BoxFuture;
use super::query::{Asked, ClientQuery, ClusterQuery, PartialQuery};
use super::raw::{Options, rpc};
use crate::error::Result;
use crate::names::OneOrMany;
use crate::results::{Field, Name, SelectedClient};
use crate::session::Session;
use crate::v1;

/// A query to every Gateway: what its request has beside what every one has, and what of the response is the result.
macro_rules! cluster_query {
    ($client:expr, $name:literal, $request:ident { $($field:ident),* }, |$response:ident: $type:ident| $value:expr) => {
        ClusterQuery::new(
            $client,
            rpc!($name),
            move |asked: Asked| v1::$request {
                $($field,)*
                consistency: asked.consistency,
                partial_ok: asked.partial_ok,
            },
            |$response: v1::$type| ($value, $response.missing),
        )
    };
}

/// # Queries about one client
impl Client {
    /// Whether a client is connected. `NotFound` where no member of the cluster carries such ids.
    pub fn is_online(&self, client_id: impl Into<String>) -> ClientQuery<bool> {
        let client_id = client_id.into();
        let request =
            |Asked { generation, consistency, .. }| v1::IsOnlineRequest { client_id, generation, consistency };
        ClientQuery::new(self, rpc!("IsOnline"), request, |response: v1::IsOnlineResponse| response.online)
    }

    /// A client's session; empty where none was set. `NotFound` where the client is gone.
    pub fn get_session(&self, client_id: impl Into<String>) -> ClientQuery<Session> {
        let client_id = client_id.into();
        let request =
            |Asked { generation, consistency, .. }| v1::GetSessionRequest { client_id, generation, consistency };
        ClientQuery::new(self, rpc!("GetSession"), request, |response: v1::GetSessionResponse| {
            session(response.session)
        })
    }

    /// A client's uid, None where it has none. `NotFound` where the client is gone.
    pub fn get_uid_by_client_id(&self, client_id: impl Into<String>) -> ClientQuery<Option<Name>> {
        let client_id = client_id.into();
        let request =
            |Asked { generation, consistency, .. }| v1::GetUidByClientIdRequest { client_id, generation, consistency };
        let read = |response: v1::GetUidByClientIdResponse| Name::optional(response.uid, response.uid_not_utf8);
        ClientQuery::new(self, rpc!("GetUidByClientId"), request, read)
    }
}

/// # Counts
impl Client {
    /// Whether any client is bound to the uid.
    pub fn is_uid_online(&self, uid: impl Into<String>) -> ClusterQuery<bool> {
        let uid = uid.into();
        cluster_query!(self, "IsUidOnline", IsUidOnlineRequest { uid }, |it: IsUidOnlineResponse| it.online)
    }

    /// How many clients are connected.
    pub fn get_all_client_count(&self) -> ClusterQuery<u64> {
        cluster_query!(self, "GetAllClientCount", GetAllClientCountRequest {}, |it: GetAllClientCountResponse| it.count)
    }

    /// How many clients are in a group.
    pub fn get_client_count_by_group(&self, group: impl Into<String>) -> ClusterQuery<u64> {
        let group = group.into();
        cluster_query!(
            self,
            "GetClientCountByGroup",
            GetClientCountByGroupRequest { group },
            |it: GetClientCountByGroupResponse| it.count
        )
    }

    /// How many different uids are in a group.
    pub fn get_uid_count_by_group(&self, group: impl Into<String>) -> ClusterQuery<u64> {
        let group = group.into();
        cluster_query!(
            self,
            "GetUidCountByGroup",
            GetUidCountByGroupRequest { group },
            |it: GetUidCountByGroupResponse| it.count
        )
    }

    /// How many different uids are bound.
    pub fn get_all_uid_count(&self) -> ClusterQuery<u64> {
        cluster_query!(self, "GetAllUidCount", GetAllUidCountRequest {}, |it: GetAllUidCountResponse| it.count)
    }

    /// How many clients are in each group.
    pub fn get_all_group_client_id_count(&self) -> ClusterQuery<HashMap<Name, u64>> {
        cluster_query!(
            self,
            "GetAllGroupClientIdCount",
            GetAllGroupClientIdCountRequest {},
            |it: GetAllGroupClientIdCountResponse| counts(it.groups)
        )
    }

    /// How many different uids are in each group. Groups whose clients have no uid are left out.
    pub fn get_all_group_uid_count(&self) -> ClusterQuery<HashMap<Name, u64>> {
        cluster_query!(self, "GetAllGroupUidCount", GetAllGroupUidCountRequest {}, |it: GetAllGroupUidCountResponse| {
            counts(it.groups)
        })
    }

    /// How many clients are in each of the groups named.
    pub fn get_client_count_by_groups(&self, groups: impl OneOrMany) -> ClusterQuery<HashMap<String, u64>> {
        let groups = groups.into_names();
        cluster_query!(
            self,
            "GetClientCountByGroups",
            GetClientCountByGroupsRequest { groups },
            |it: GetClientCountByGroupsResponse| it
                .groups
                .into_iter()
                .map(|group| (group.group, group.count))
                .collect()
        )
    }
}

/// # Lists
///
/// Those that may pass `max_message_bytes` have a streaming form: [`stream_all_client_id_list`](Client::stream_all_client_id_list)
/// and its like.
impl Client {
    /// Every client (of a group) with its session.
    pub fn get_all_client_sessions(&self, group: Option<&str>) -> ClusterQuery<HashMap<String, Session>> {
        let group = group.map(str::to_owned);
        cluster_query!(
            self,
            "GetAllClientSessions",
            GetAllClientSessionsRequest { group },
            |it: GetAllClientSessionsResponse| sessions(it.clients)
        )
    }

    /// The clients of a group with their sessions.
    pub fn get_client_sessions_by_group(&self, group: impl Into<String>) -> ClusterQuery<HashMap<String, Session>> {
        let group = group.into();
        cluster_query!(
            self,
            "GetClientSessionsByGroup",
            GetClientSessionsByGroupRequest { group },
            |it: GetClientSessionsByGroupResponse| sessions(it.clients)
        )
    }

    /// Every client_id.
    pub fn get_all_client_id_list(&self) -> ClusterQuery<Vec<String>> {
        cluster_query!(self, "GetAllClientIdList", GetAllClientIdListRequest {}, |it: GetAllClientIdListResponse| it
            .client_ids)
    }

    /// The client_ids of a group.
    pub fn get_client_id_list_by_group(&self, group: impl Into<String>) -> ClusterQuery<Vec<String>> {
        let group = group.into();
        cluster_query!(
            self,
            "GetClientIdListByGroup",
            GetClientIdListByGroupRequest { group },
            |it: GetClientIdListByGroupResponse| it.client_ids
        )
    }

    /// The client_ids bound to a uid.
    pub fn get_client_id_by_uid(&self, uid: impl Into<String>) -> ClusterQuery<Vec<String>> {
        let uid = uid.into();
        cluster_query!(self, "GetClientIdByUid", GetClientIdByUidRequest { uid }, |it: GetClientIdByUidResponse| it
            .client_ids)
    }

    /// The client_ids bound to each of the uids; those without clients too.
    pub fn get_client_id_by_uids(&self, uids: impl OneOrMany) -> ClusterQuery<HashMap<String, Vec<String>>> {
        let uids = uids.into_names();
        cluster_query!(self, "GetClientIdByUids", GetClientIdByUidsRequest { uids }, |it: GetClientIdByUidsResponse| it
            .uids
            .into_iter()
            .map(|entry| (entry.uid, entry.client_ids))
            .collect())
    }

    /// The different uids in a group.
    pub fn get_uid_list_by_group(&self, group: impl Into<String>) -> ClusterQuery<Vec<Name>> {
        let group = group.into();
        cluster_query!(
            self,
            "GetUidListByGroup",
            GetUidListByGroupRequest { group },
            |it: GetUidListByGroupResponse| { Name::list(it.uids, it.uids_not_utf8) }
        )
    }

    /// All different uids.
    pub fn get_all_uid_list(&self) -> ClusterQuery<Vec<Name>> {
        cluster_query!(self, "GetAllUidList", GetAllUidListRequest {}, |it: GetAllUidListResponse| Name::list(
            it.uids,
            it.uids_not_utf8
        ))
    }

    /// The names of all groups that have clients.
    pub fn get_all_group_id_list(&self) -> ClusterQuery<Vec<Name>> {
        cluster_query!(self, "GetAllGroupIdList", GetAllGroupIdListRequest {}, |it: GetAllGroupIdListResponse| {
            Name::list(it.groups, it.groups_not_utf8)
        })
    }

    /// The different uids in each group.
    pub fn get_all_group_uid_list(&self) -> ClusterQuery<HashMap<Name, Vec<Name>>> {
        let read = |group: v1::GroupUids| {
            (Name::of(group.group, group.group_not_utf8), Name::list(group.uids, group.uids_not_utf8))
        };
        ClusterQuery::new(
            self,
            rpc!("GetAllGroupUidList"),
            |Asked { consistency, partial_ok, .. }| v1::GetAllGroupUidListRequest { consistency, partial_ok },
            move |it: v1::GetAllGroupUidListResponse| (it.groups.into_iter().map(read).collect(), it.missing),
        )
    }

    /// The client_ids in each group.
    pub fn get_all_group_client_id_list(&self) -> ClusterQuery<HashMap<Name, Vec<String>>> {
        let read = |group: v1::GroupClientIds| (Name::of(group.group, group.group_not_utf8), group.client_ids);
        ClusterQuery::new(
            self,
            rpc!("GetAllGroupClientIdList"),
            |Asked { consistency, partial_ok, .. }| v1::GetAllGroupClientIdListRequest { consistency, partial_ok },
            move |it: v1::GetAllGroupClientIdListResponse| (it.groups.into_iter().map(read).collect(), it.missing),
        )
    }
}

/// # Many clients
impl Client {
    /// Clients with the fields asked for: those that match any of the lists given to [`Select`]; every client where none is.
    pub fn select(&self, fields: impl IntoIterator<Item = Field>) -> Select {
        let fields = fields.into_iter().map(Field::to_proto).collect();
        Select { client: self.clone(), fields, filter: None, asked: Asked::default(), options: Options::new() }
    }

    /// Whether each of many clients is connected, by client_id.
    pub fn are_online(&self, client_ids: impl OneOrMany) -> ClusterQuery<HashMap<String, bool>> {
        let client_ids = client_ids.into_names();
        cluster_query!(self, "AreOnline", AreOnlineRequest { client_ids }, |it: AreOnlineResponse| it.online)
    }

    /// The sessions of many clients, by client_id; None for those that are not online.
    pub fn get_sessions(&self, client_ids: impl OneOrMany) -> ClusterQuery<HashMap<String, Option<Session>>> {
        let client_ids = client_ids.into_names();
        cluster_query!(self, "GetSessions", GetSessionsRequest { client_ids }, |it: GetSessionsResponse| {
            let online = it.clients.into_iter().map(|client| (client.client_id, Some(session(client.session))));
            online.chain(it.offline_client_ids.into_iter().map(|client_id| (client_id, None))).collect()
        })
    }
}

/// A [`Client::select`], made by `.await`.
#[derive(Debug)]
#[must_use = "a call is made by .await"]
pub struct Select {
    client: Client,
    fields: Vec<i32>,
    filter: Option<v1::SelectFilter>,
    asked: Asked,
    options: Options,
}

impl Select {
    /// These clients too. An empty list is nobody.
    pub fn client_ids(mut self, client_ids: impl OneOrMany) -> Self {
        self.filter.get_or_insert_default().client_ids = client_ids.into_names();
        self
    }

    /// The clients in one of these groups too.
    pub fn groups(mut self, groups: impl OneOrMany) -> Self {
        self.filter.get_or_insert_default().groups = groups.into_names();
        self
    }

    /// The clients bound to one of these uids too.
    pub fn uids(mut self, uids: impl OneOrMany) -> Self {
        self.filter.get_or_insert_default().uids = uids.into_names();
        self
    }

    /// As [`ClusterQuery::any_consistency`].
    pub fn any_consistency(mut self) -> Self {
        self.asked.consistency = v1::Consistency::Any.into();
        self
    }

    /// As [`ClusterQuery::timeout`].
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.options.set_timeout(timeout.into());
        self
    }

    /// As [`ClusterQuery::partial_ok`].
    pub fn partial_ok(self) -> PartialQuery<Vec<SelectedClient>> {
        self.query().partial_ok()
    }

    fn query(self) -> ClusterQuery<Vec<SelectedClient>> {
        let Self { client, fields, filter, asked, options } = self;
        let mut query = cluster_query!(&client, "Select", SelectRequest { fields, filter }, |it: SelectResponse| it
            .clients
            .into_iter()
            .map(SelectedClient::from)
            .collect());
        (query.asked, query.options) = (asked, options);
        query
    }
}

impl IntoFuture for Select {
    type Output = Result<Vec<SelectedClient>>;
    type IntoFuture = BoxFuture<Vec<SelectedClient>>;

    fn into_future(self) -> Self::IntoFuture {
        self.query().into_future()
    }
}

fn session(session: Option<v1::Session>) -> Session {
    session.map(Session::from).unwrap_or_default()
}

fn sessions(clients: Vec<v1::ClientSession>) -> HashMap<String, Session> {
    clients.into_iter().map(|client| (client.client_id, session(client.session))).collect()
}

fn counts(groups: Vec<v1::GroupCount>) -> HashMap<Name, u64> {
    groups.into_iter().map(|group| (Name::of(group.group, group.group_not_utf8), group.count)).collect()
}
