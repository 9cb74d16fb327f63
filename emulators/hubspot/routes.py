"""Every route once; the versions of the API differ only in how a path begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule

from emulators.hubspot import (
    account,
    batches,
    list_requests,
    member_requests,
    objects,
    old_property_requests,
    owners,
    pipelines,
    property_requests,
    search,
    web_events,
)
from emulators.hubspot import association_requests as links_api
from emulators.hubspot.errors import ApiError, not_found
from emulators.hubspot.exports import requests as exports
from emulators.hubspot.journal import requests as journal
from emulators.hubspot.oauth import tokens
from emulators.hubspot.oauth.authorize import authorize

if TYPE_CHECKING:
    from emulators.hubspot.http import Reply

Handler = Callable[..., "Reply"]

DATED = ("2026-03", "2026-09")
# How a path may begin, and what it is routed as.
_BEGINNINGS = {
    **{f"/crm/{version}/objects": "/objects" for version in ("v3", "v4")},
    **{f"/crm/objects/{version}": "/objects" for version in ("v3", "v4", *DATED)},
    "/crm/v4/associations": "/associations",
    "/crm/v3/associations": "/associations-v3",
    **{f"/crm/associations/{version}": "/associations" for version in ("v4", *DATED)},
    **{
        beginning: f"/{area}"
        for area in ("properties", "lists", "owners", "pipelines", "exports", "limits")
        for beginning in (f"/crm/v3/{area}", *(f"/crm/{area}/{version}" for version in ("v3", *DATED)))
    },
    **{f"/appinstalls/{version}": "/appinstalls" for version in ("v3", *DATED)},
    **{f"/account-info/{version}": "/account-info" for version in ("v3", *DATED)},
    **{f"/oauth/{version}": "/oauth" for version in ("v1", "v2", "v3", *DATED)},
    "/oauth/authorize": "/oauth/authorize",
    "/properties/v2": "/properties-v2",
    "/crm/v3/schemas": "/schemas",
    **{f"/crm-object-schemas/{version}/schemas": "/schemas" for version in ("v3", *DATED)},
    "/_files/journal": "/files/journal",
    "/_files/exports": "/files/exports",
    "/events/v3/events": "/events",
    **{f"/events/event-occurrences/{version}": "/events" for version in DATED},
    **{
        f"/webhooks-journal/{given}/{version}": routed
        for version in DATED
        for given, routed in (
            ("journal", "/journal"),
            ("journal-local", "/journal"),
            ("subscriptions", "/journal-subscriptions"),
            ("snapshots", "/journal-snapshots"),
        )
    },
    "/webhooks/v4/journal": "/journal",
    "/webhooks/v4/subscriptions": "/journal-subscriptions",
    "/webhooks/v4/snapshots": "/journal-snapshots",
}


@dataclass(frozen=True)
class Route:
    """A handler and what a token must be allowed: `area` and `access` as in `scopes.require`, or area open."""

    handler: Handler
    area: str
    access: str
    needs_token: bool = True
    is_search: bool = False
    is_exempt: bool = False


def find_route(method: str, path: str) -> tuple[Route, dict[str, Any]]:
    """The route of a request and the values in its path; 404 or 405 when there is none."""
    try:
        route, values = _ADAPTER.match(_canonical(path), method)
    except MethodNotAllowed as problem:
        raise ApiError(405, "Method Not Allowed") from problem  # Assumption: the body.
    except HTTPException as problem:
        raise not_found() from problem
    return route, dict(values)


def _canonical(path: str) -> str:
    """The path without its version: `/crm/v3/objects/deals/1` and its dated form give `/objects/deals/1`."""
    path = path.rstrip("/")
    parts = path.split("/")
    for length in (4, 3):
        area = _BEGINNINGS.get("/".join(parts[:length]))
        if area is not None:
            return "/".join([area, *parts[length:]])
    return "/unknown"


def _rules() -> list[Rule]:
    rules = []
    for line, handler in _TABLE.items():
        method, pattern, area, access = line.split()
        route = Route(
            handler,
            area,
            access,
            needs_token=area != "open",
            is_search=handler is search.search_records,
            is_exempt=area == "journal",  # documented: the journal counts towards no limit
        )
        rules.append(Rule(pattern, methods=[method], endpoint=route))
    return rules


_TABLE: dict[str, Handler] = {
    "GET /objects/<type_name> objects read": objects.list_records,
    "POST /objects/<type_name> objects write": objects.create_record,
    "GET /objects/<type_name>/<record_id> objects read": objects.get_record,
    "PATCH /objects/<type_name>/<record_id> objects write": objects.update_record,
    "DELETE /objects/<type_name>/<record_id> objects write": objects.archive_record,
    "POST /objects/<type_name>/merge objects write": objects.merge_records,
    "POST /objects/<type_name>/gdpr-delete objects write": objects.erase_record,
    "POST /objects/<type_name>/search objects read": search.search_records,
    "POST /objects/<type_name>/batch/read objects read": batches.read_batch,
    "POST /objects/<type_name>/batch/create objects write": batches.create_batch,
    "POST /objects/<type_name>/batch/update objects write": batches.update_batch,
    "POST /objects/<type_name>/batch/upsert objects write": batches.upsert_batch,
    "POST /objects/<type_name>/batch/archive objects write": batches.archive_batch,
    "GET /objects/<from_name>/<record_id>/associations/<to_name> objects read": links_api.list_linked,
    "PUT /objects/<from_name>/<record_id>/associations/default/<to_name>/<to_id> objects write": (
        links_api.put_default
    ),
    "PUT /objects/<from_name>/<record_id>/associations/<to_name>/<to_id> objects write": (
        links_api.put_labels
    ),
    "DELETE /objects/<from_name>/<record_id>/associations/<to_name>/<to_id> objects write": (
        links_api.delete_link
    ),
    "POST /associations/<from_name>/<to_name>/batch/read objects read": links_api.batch_read,
    "POST /associations/<from_name>/<to_name>/batch/create objects write": links_api.batch_create,
    "POST /associations/<from_name>/<to_name>/batch/associate/default objects write": (
        links_api.batch_default
    ),
    "POST /associations/<from_name>/<to_name>/batch/archive objects write": links_api.batch_archive,
    "POST /associations/<from_name>/<to_name>/batch/labels/archive objects write": (
        links_api.batch_archive_labels
    ),
    "GET /associations/<from_name>/<to_name>/labels objects read": links_api.list_labels,
    "POST /associations/<from_name>/<to_name>/labels objects write": links_api.create_label,
    "POST /associations-v3/<from_name>/<to_name>/batch/read objects read": links_api.batch_read_v3,
    "GET /properties/<type_name> schemas read": property_requests.list_properties,
    "POST /properties/<type_name> schemas write": property_requests.create_property,
    "GET /properties/<type_name>/<name> schemas read": property_requests.get_property,
    "PATCH /properties/<type_name>/<name> schemas write": property_requests.update_property,
    "DELETE /properties/<type_name>/<name> schemas write": property_requests.archive_property,
    "POST /properties/<type_name>/batch/read schemas read": property_requests.read_properties,
    "POST /properties/<type_name>/batch/create schemas write": property_requests.create_properties,
    "POST /properties/<type_name>/batch/archive schemas write": property_requests.archive_properties,
    "GET /properties/<type_name>/groups schemas read": property_requests.list_groups,
    "POST /properties/<type_name>/groups schemas write": property_requests.create_group,
    "GET /properties/<type_name>/groups/<name> schemas read": property_requests.get_group,
    "PATCH /properties/<type_name>/groups/<name> schemas write": property_requests.update_group,
    "DELETE /properties/<type_name>/groups/<name> schemas write": property_requests.archive_group,
    "GET /properties-v2/<type_name>/properties schemas read": old_property_requests.list_properties,
    "GET /schemas none read": property_requests.list_custom_objects,
    "POST /lists lists write": list_requests.create_list,
    "GET /lists lists read": list_requests.get_lists,
    "POST /lists/search lists read": list_requests.search_lists,
    "GET /lists/<list_id> lists read": list_requests.get_list,
    "DELETE /lists/<list_id> lists write": list_requests.delete_list,
    "PUT /lists/<list_id>/restore lists write": list_requests.restore_list,
    "PUT /lists/<list_id>/update-list-name lists write": list_requests.rename_list,
    "GET /lists/object-type-id/<type_id>/name/<path:name> lists read": list_requests.get_list_by_name,
    "GET /lists/records/<type_id>/<record_id>/memberships lists read": member_requests.get_record_lists,
    "POST /lists/records/memberships/batch/read lists read": member_requests.read_record_lists,
    "GET /lists/<list_id>/memberships lists read": member_requests.get_members,
    "GET /lists/<list_id>/memberships/join-order lists read": member_requests.get_members_by_time,
    "PUT /lists/<list_id>/memberships/add-from/<source_id> lists write": member_requests.add_from_list,
    "DELETE /lists/<list_id>/memberships lists write": member_requests.remove_all_members,
    "PUT /lists/<list_id>/memberships/add lists write": member_requests.add_members,
    "PUT /lists/<list_id>/memberships/remove lists write": member_requests.remove_members,
    "PUT /lists/<list_id>/memberships/add-and-remove lists write": member_requests.add_and_remove_members,
    "GET /owners owners read": owners.list_owners,
    "GET /owners/<owner_id> owners read": owners.get_owner,
    "GET /pipelines/<type_name> schemas read": pipelines.list_pipelines,
    "GET /pipelines/<type_name>/<pipeline_id> schemas read": pipelines.get_pipeline,
    "GET /pipelines/<type_name>/<pipeline_id>/stages schemas read": pipelines.list_stages,
    "GET /account-info/details none read": account.get_details,
    "GET /limits/custom-properties none read": account.get_custom_property_limits,
    "GET /events events read": web_events.list_events,
    "GET /events/event-types events read": web_events.list_types,
    "POST /exports/export/async exports read": exports.start_export,
    "GET /exports/export/async/tasks/<task_id>/status exports read": exports.get_status,
    "GET /exports/export/<export_id> exports read": exports.get_export,
    "GET /files/exports/<name> open read": exports.get_file,
    "GET /journal/earliest journal read": journal.get_earliest,
    "GET /journal/latest journal read": journal.get_latest,
    "GET /journal/offset/<offset>/next journal read": journal.get_next,
    "GET /journal/batch/earliest/<number> journal read": journal.batch_earliest,
    "GET /journal/batch/latest/<number> journal read": journal.batch_latest,
    "GET /journal/batch/<offset>/next/<number> journal read": journal.batch_next,
    "POST /journal/batch/read journal read": journal.batch_read,
    "GET /journal/status/<status_id> journal snapshots.read": journal.get_snapshot,
    "POST /journal-snapshots/crm journal snapshots.write": journal.create_snapshots,
    "GET /journal-subscriptions journal subscriptions.read": journal.list_subscriptions,
    "POST /journal-subscriptions journal subscriptions.write": journal.create_subscription,
    "GET /journal-subscriptions/<number> journal subscriptions.read": journal.get_subscription,
    "DELETE /journal-subscriptions/<number> journal subscriptions.write": journal.delete_subscription,
    "DELETE /journal-subscriptions/portals/<number> journal subscriptions.write": (
        journal.delete_subscriptions
    ),
    "GET /files/journal/<offset> open read": journal.get_file,
    "DELETE /appinstalls/external-install none write": account.uninstall,
    "GET /oauth/authorize open read": authorize,
    "POST /oauth/token open read": tokens.issue_token,
    "POST /oauth/token/introspect open read": tokens.introspect,
    "POST /oauth/token/revoke open read": tokens.revoke_token,
    "GET /oauth/access-tokens/<token> open read": tokens.get_access_token,
    "GET /oauth/refresh-tokens/<token> open read": tokens.get_refresh_token,
    "DELETE /oauth/refresh-tokens/<token> open read": tokens.delete_refresh_token,
    "POST /oauth/private-apps/get/access-token-info open read": account.get_private_token,
}
_ADAPTER = Map(_rules(), strict_slashes=False, merge_slashes=False).bind("")
