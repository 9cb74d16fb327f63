"""Which records belong together: association lists inline on a page, or read in batches.

Every record without a link makes the batch answer 207 with NO_ASSOCIATIONS_FOUND; that is the normal case.
What else such an answer tells is an error (connectors.hubspot.answers).
"""

from collections.abc import Sequence
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.client import Client
from connectors.hubspot.listing import Forward, next_after, odd
from connectors.hubspot.raw import COMPANIES, CONTACTS, DEALS, Links, Raw
from connectors.transport import Request

_BATCH = 1000
_PRIMARY_TYPE = {CONTACTS: 1, DEALS: 5}
"""Association type of the primary company, by the type that is linked to it."""
_PRIMARY_NAME = {CONTACTS: "contact_to_company", DEALS: "deal_to_company"}
"""The same inline: the plain name is the primary link, the other one ends in "_unlabeled"."""


_Ids = tuple[str, ...]


def links_of(
    client: Client, from_type: str, to_types: Sequence[str], rows: Sequence[Raw], *, listed: bool = False
) -> list[Links]:
    """The links of each row, in their order: from the rows themselves where they hold all.

    listed: the rows come from a listing that asked for links: without the key they have none.
    """
    links: list[dict[str, _Ids]] = [{} for _ in rows]
    for to_type in to_types:
        for of_row, ids in zip(links, _column(client, from_type, to_type, rows, listed=listed), strict=True):
            of_row[to_type] = ids
    return [*links]


def _column(
    client: Client, from_type: str, to_type: str, rows: Sequence[Raw], *, listed: bool
) -> Sequence[_Ids]:
    """The links of each row to one type."""
    primary = _PRIMARY_NAME.get(from_type) if to_type == COMPANIES else None
    inline = [_inline(raw, to_type, primary, listed=listed) for raw in rows]
    missing = [str(raw["id"]) for raw, ids in zip(rows, inline, strict=True) if ids is None]
    found = read_links(client, from_type, to_type, missing)
    return [
        found.get(str(raw["id"]), ()) if ids is None else ids for raw, ids in zip(rows, inline, strict=True)
    ]


def _inline(raw: Raw, to_type: str, primary: str | None, *, listed: bool) -> _Ids | None:
    """Linked ids that came with a listed row; None where they did not come, or not all of them."""
    associations = raw.get("associations")
    if associations is None:
        return () if listed else None
    linked = associations.get(to_type)
    if linked is None:
        return ()
    if "paging" in linked and linked["paging"].get("next"):
        return None
    results = linked.get("results", ())
    each_once: dict[Any, None] = {}
    for one in results:
        if primary and one.get("type") == primary:
            each_once[one["id"]] = None
    for one in results:
        each_once[one["id"]] = None
    return tuple([str(one) for one in each_once])


def listed_company(raw: Raw) -> str | None:
    """The company that counts of a contact that was listed with its links: the primary one, or else the first.

    Raises ValueError where not all links came with it.
    """
    linked = (raw.get("associations") or {}).get(COMPANIES)
    if linked is None:
        return None
    if "paging" in linked and linked["paging"].get("next"):
        raise ValueError("there are more links than were listed")
    results, primary = linked.get("results", ()), _PRIMARY_NAME[CONTACTS]
    for one in results:
        if one.get("type") == primary:
            return str(one["id"])
    return str(results[0]["id"]) if results else None


def read_links(
    client: Client, from_type: str, to_type: str, ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Linked ids of each record that has any, the primary company first."""
    primary = _PRIMARY_TYPE.get(from_type) if to_type == COMPANIES else None
    return {
        one: tuple(dict.fromkeys([to_id for to_id, types in linked.items() if primary in types] + [*linked]))
        for one, linked in read_types(client, from_type, to_type, ids).items()
    }


def read_types(
    client: Client, from_type: str, to_type: str, ids: Sequence[str]
) -> dict[str, dict[str, set[int]]]:
    """The types of each link by linked id, of each record that has any."""
    found: dict[str, dict[str, set[int]]] = {}
    forward = Forward(client.host, f"links of {from_type}")
    inputs: list[dict[str, Any]] = [{"id": one} for one in ids]
    while inputs:
        batch, inputs = inputs[:_BATCH], inputs[_BATCH:]
        request = Request(
            f"read links of {from_type}",
            "POST",
            version.associations(from_type, to_type),
            json={"inputs": batch},
        )
        for row in client.ask_list(request).rows:
            try:
                from_id = _take(row, found)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise odd(client.host, request, "links that can be read", row) from error
            if after := next_after(client.host, request, row):
                forward.to(f"{from_id}:{after}")
                inputs.append({"id": from_id, "after": after})
    return found


def _take(row: Raw, found: dict[str, dict[str, set[int]]]) -> str:
    """Note the links of one row; the id of the record that has them."""
    from_id = str(row["from"]["id"])
    linked = found.setdefault(from_id, {})
    for one in row["to"]:
        # toObjectId is a number in live answers and text in the specification.
        types = linked.setdefault(str(one["toObjectId"]), set())
        types.update([int(kind["typeId"]) for kind in one.get("associationTypes", ())])
    return from_id
