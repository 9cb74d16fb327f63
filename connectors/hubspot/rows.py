"""Reading records by id, and how long a list of properties may be."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.answers import says_gone
from connectors.hubspot.client import Client
from connectors.hubspot.listing import demand_records
from connectors.hubspot.raw import Raw
from connectors.transport import Request

BATCH = 100
_LONGEST_ADDRESS = 7000
"""Characters of `properties` in an address; longer ones were refused with 414 at some servers."""
_LONGEST_SEARCH = 2500
"""Characters of `properties` in a search, whose body may have 3,000."""


def fits_an_address(properties: Sequence[str]) -> bool:
    """Whether a GET can name all of them."""
    return _length(properties) <= _LONGEST_ADDRESS


def fits_a_search(properties: Sequence[str]) -> bool:
    """Whether a search can name all of them."""
    return _length(properties) <= _LONGEST_SEARCH


def _length(names: Sequence[str]) -> int:
    return sum(map(len, names)) + 3 * len(names)


def read_batch(
    client: Client, object_type: str, properties: Sequence[str], rows: Sequence[Raw]
) -> list[dict[str, Any]]:
    """The same rows with these properties; a row that is gone meanwhile is left out."""
    by_id = read_by_id(client, object_type, properties, [str(raw["id"]) for raw in rows])
    return [{**raw, **by_id[str(raw["id"])]} for raw in rows if str(raw["id"]) in by_id]


def read_by_id(
    client: Client, object_type: str, properties: Sequence[str], ids: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """Records by id; missing ones are left out (HubSpot answers 207 and names them)."""
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(ids), BATCH):
        body = {
            "properties": list(properties),
            "propertiesWithHistory": [],
            "inputs": [{"id": one} for one in ids[start : start + BATCH]],
        }
        request = Request(f"read {object_type}", "POST", version.batch(object_type, "read"), json=body)
        response = client.call(request)
        if says_gone(client.host, request, response):  # Assumption: all of them are gone
            continue
        for raw in demand_records(client.host, request, client.read_list(request, response)).rows:
            found[str(raw["id"])] = raw
    return found


def read_one(
    client: Client, object_type: str, properties: Sequence[str], record_id: str
) -> Mapping[str, Any] | None:
    """One record, or the one it was merged into; None where it is gone.

    Where an address cannot name all the properties, the id that it gives is read in a batch, which can.
    """
    inline = fits_an_address(properties)
    request = Request(
        f"read {object_type}",
        "GET",
        version.record(object_type, record_id),
        params={"properties": ",".join(properties)} if inline else None,
    )
    response = client.call(request)
    if says_gone(client.host, request, response):
        return None
    found = client.read(request, response, "id", "properties")
    living_id = str(found["id"])
    return found if inline else read_by_id(client, object_type, properties, [living_id]).get(living_id)
