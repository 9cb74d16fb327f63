"""Which records belong together: association lists inline on a page, or read in batches.

Every record without a link makes the batch answer 207 with NO_ASSOCIATIONS_FOUND; that is the normal case.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.client import Client
from connectors.hubspot.raw import COMPANIES, CONTACTS, DEALS, Links, Raw
from connectors.transport import Request

_BATCH = 1000
_PRIMARY_TYPE = {CONTACTS: 1, DEALS: 5}
"""Association type of the primary company, by the type that is linked to it."""
_PRIMARY_NAME = {CONTACTS: "contact_to_company", DEALS: "deal_to_company"}
"""The same inline: the plain name is the primary link, the other one ends in "_unlabeled"."""


def links_of(client: Client, from_type: str, to_types: Sequence[str], rows: Sequence[Raw]) -> list[Links]:
    """The links of each row, in their order: from the rows themselves where they hold all."""
    read: dict[str, dict[str, tuple[str, ...]]] = {}
    for to_type in to_types:
        inline = {str(raw["id"]): _inline(raw, from_type, to_type) for raw in rows}
        missing = [record_id for record_id, ids in inline.items() if ids is None]
        found = read_links(client, from_type, to_type, missing) if missing else {}
        read[to_type] = {one: found.get(one, ()) if ids is None else ids for one, ids in inline.items()}
    return [{to_type: ids[str(raw["id"])] for to_type, ids in read.items()} for raw in rows]


def _inline(raw: Raw, from_type: str, to_type: str) -> tuple[str, ...] | None:
    """Linked ids that came with a listed row; None where they did not come, or not all of them."""
    if "associations" not in raw:
        return () if raw.get(LISTED) else None
    linked = raw["associations"].get(to_type, {})
    if linked.get("paging", {}).get("next"):
        return None
    primary = _PRIMARY_NAME.get(from_type) if to_type == COMPANIES else None
    return _primary_first((str(one["id"]), one.get("type") == primary) for one in linked.get("results", ()))


LISTED = "_listed_with_associations"
"""Marks rows of a listing that asked for associations: without the key they have none."""


def read_links(
    client: Client, from_type: str, to_type: str, ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Linked ids of each record that has any, the primary company first."""
    primary = _PRIMARY_TYPE.get(from_type) if to_type == COMPANIES else None
    return {
        one: _primary_first((to_id, primary in types) for to_id, types in linked.items())
        for one, linked in read_types(client, from_type, to_type, ids).items()
    }


def read_types(
    client: Client, from_type: str, to_type: str, ids: Sequence[str]
) -> dict[str, dict[str, set[int]]]:
    """The types of each link by linked id, of each record that has any."""
    found: dict[str, dict[str, set[int]]] = {}
    inputs: list[dict[str, Any]] = [{"id": one} for one in ids]
    while inputs:
        batch, inputs = inputs[:_BATCH], inputs[_BATCH:]
        request = Request(
            f"read links of {from_type}",
            "POST",
            version.associations(from_type, to_type),
            json={"inputs": batch},
        )
        for row in client.ask(request).get("results", ()):
            from_id = str(row["from"]["id"])
            linked = found.setdefault(from_id, {})
            for to_id, types in _linked(row):
                linked.setdefault(to_id, set()).update(types)
            after = row.get("paging", {}).get("next", {}).get("after")
            if after:
                inputs.append({"id": from_id, "after": after})
    return found


def _linked(row: Mapping[str, Any]) -> Iterable[tuple[str, set[int]]]:
    for one in row["to"]:
        # toObjectId is a number in live answers and text in the specification.
        yield str(one["toObjectId"]), {int(kind["typeId"]) for kind in one.get("associationTypes", ())}


def _primary_first(linked: Iterable[tuple[str, bool]]) -> tuple[str, ...]:
    """Each id once; ids that are primary in one of their entries come first."""
    entries = list(linked)
    ordered = [one for one, is_primary in entries if is_primary] + [one for one, _ in entries]
    return tuple(dict.fromkeys(ordered))
