"""Buying roles that people gave to contacts of a deal: labels of the links between them.

HubSpot keeps no time with a link, so the roles of the newest deal count.
"""

from collections.abc import Iterator, Mapping, Sequence

from connectors.hubspot import version
from connectors.hubspot.client import Client
from connectors.hubspot.links import read_types
from connectors.hubspot.raw import CONTACTS, DEALS, Raw, modified_at
from connectors.hubspot.settings import DEAL_ROLES
from connectors.hubspot.values import text
from connectors.transport import Request
from core.clock import parse_instant
from core.records import DealRoles


def role_labels(client: Client, configured: Mapping[str, str]) -> dict[int, str]:
    """The buying role behind each type of link that has one, by one call."""
    roles = {label.casefold(): role for label, role in (*DEAL_ROLES.items(), *configured.items())}
    listed = client.ask_list(Request("describe deals", "GET", version.association_labels(DEALS, CONTACTS)))
    labels = {int(one["typeId"]): str(one.get("label") or "").casefold() for one in listed.rows}
    return {type_id: roles[label] for type_id, label in labels.items() if label in roles}


def deal_roles(client: Client, labels: Mapping[int, str], rows: Sequence[Raw]) -> Iterator[DealRoles]:
    """The roles in each deal, none included, by one call for up to 1,000 deals; nothing without labels."""
    if not labels or not rows:
        return
    types = read_types(client, DEALS, CONTACTS, [str(raw["id"]) for raw in rows])
    for raw in rows:
        linked = types.get(str(raw["id"]), {})
        people = ((contact, _roles(found, labels)) for contact, found in sorted(linked.items()))
        yield DealRoles(
            remote_id=str(raw["id"]),
            modified_at=modified_at(raw, "hs_lastmodifieddate"),
            deal_id=str(raw["id"]),
            set_at=parse_instant(text(raw["properties"], "createdate") or raw["createdAt"]),
            people=tuple((contact, role) for contact, role in people if role),
        )


def _roles(types: set[int], labels: Mapping[int, str]) -> str:
    return ";".join(sorted({labels[one] for one in types if one in labels}))
