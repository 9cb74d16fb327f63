"""The one HubSpot API version that is spoken, and every path that is built from it.

HubSpot supports a dated version for 18 months; a new one comes every March and September.
"""

from datetime import date
from urllib.parse import quote

API_VERSION = "2026-03"
SUPPORTED_UNTIL = date(2027, 9, 30)
"""18 months after 2026-03-30, the day this version became generally available."""

_OBJECTS = f"/crm/objects/{API_VERSION}"
_PROPERTIES = f"/crm/properties/{API_VERSION}"
_LISTS = f"/crm/lists/{API_VERSION}"

ACCOUNT_DETAILS = f"/account-info/{API_VERSION}/details"
DAILY_USAGE = f"/account-info/{API_VERSION}/api-usage/daily/private-apps"
CUSTOM_PROPERTY_LIMITS = f"/crm/limits/{API_VERSION}/custom-properties"
TOKEN_INFO = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105 a path, not a password
"""What a private token may do; this one has no dated path (docs: private apps)."""
OAUTH_AUTHORIZE = "/oauth/authorize"
OAUTH_TOKEN = "/oauth/v3/token"  # noqa: S105 a path
OAUTH_INTROSPECT = f"{OAUTH_TOKEN}/introspect"
OAUTH_REVOKE = f"{OAUTH_TOKEN}/revoke"
LISTS = _LISTS
OWNERS = f"/crm/owners/{API_VERSION}"
WEB_EVENTS = f"/events/event-occurrences/{API_VERSION}"
"""Page views, form submissions and whatever else HubSpot's tracking sees; Enterprise accounts only."""
EXPORTS = f"/crm/exports/{API_VERSION}/export/async"
JOURNAL = f"/webhooks-journal/journal/{API_VERSION}"
JOURNAL_SUBSCRIPTIONS = f"/webhooks-journal/subscriptions/{API_VERSION}"


def objects(object_type: str) -> str:
    """The records of one type: GET lists them."""
    return f"{_OBJECTS}/{object_type}"


def record(object_type: str, record_id: str) -> str:
    """One record; an id that was merged away gives the survivor."""
    return f"{_OBJECTS}/{object_type}/{quote(record_id, safe='')}"


def batch(object_type: str, action: str) -> str:
    """POST up to 100 inputs; action is read or update."""
    return f"{_OBJECTS}/{object_type}/batch/{action}"


def search(object_type: str) -> str:
    """POST a filter; counted against the search limit."""
    return f"{_OBJECTS}/{object_type}/search"


def associations(from_type: str, to_type: str) -> str:
    """POST up to 1,000 ids to read what they are linked to."""
    return f"/crm/associations/{API_VERSION}/{from_type}/{to_type}/batch/read"


def association_labels(from_type: str, to_type: str) -> str:
    """GET the types of link between two object types, with their labels."""
    return f"/crm/associations/{API_VERSION}/{from_type}/{to_type}/labels"


def properties(object_type: str) -> str:
    """GET all property definitions of a type."""
    return f"{_PROPERTIES}/{object_type}"


def property_batch(object_type: str, action: str) -> str:
    """POST up to 100 property definitions (create) or names (archive)."""
    return f"{_PROPERTIES}/{object_type}/batch/{action}"


def property_named(object_type: str, name: str) -> str:
    """One property definition."""
    return f"{_PROPERTIES}/{object_type}/{quote(name, safe='')}"


def property_groups(object_type: str) -> str:
    """GET lists the property groups, POST makes one."""
    return f"{_PROPERTIES}/{object_type}/groups"


def property_group(object_type: str, name: str) -> str:
    """One property group."""
    return f"{_PROPERTIES}/{object_type}/groups/{quote(name, safe='')}"


def pipelines(object_type: str) -> str:
    """All pipelines of a type with their stages."""
    return f"/crm/pipelines/{API_VERSION}/{object_type}"


def export_status(task_id: str) -> str:
    """How far an export is, and where its file lies once it is done."""
    return f"{EXPORTS}/tasks/{quote(task_id, safe='')}/status"


def journal_after(offset: str | None) -> str:
    """The journal's file behind an offset; the oldest one that is kept where there is no offset."""
    return f"{JOURNAL}/earliest" if offset is None else f"{JOURNAL}/offset/{quote(offset, safe='')}/next"


def list_by_id(list_id: str) -> str:
    """One list."""
    return f"{_LISTS}/{quote(list_id, safe='')}"


def list_by_name(object_type_id: str, name: str) -> str:
    """One list by its exact name."""
    return f"{_LISTS}/object-type-id/{object_type_id}/name/{quote(name, safe='')}"


def memberships(list_id: str) -> str:
    """GET reads the members of a list, at most 250 a page."""
    return f"{list_by_id(list_id)}/memberships"


def change_memberships(list_id: str) -> str:
    """PUT adds and removes members of a MANUAL list."""
    return f"{memberships(list_id)}/add-and-remove"
