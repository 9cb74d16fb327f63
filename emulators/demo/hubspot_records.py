"""HubSpot records: ids (decimal text, rising by type, with the gaps of a busy portal) and their envelope."""

from datetime import datetime
from typing import Final

from emulators.demo.wire import Record, seconds_text

_FIRST: Final = {
    "owners": 71_204_118,
    "users": 9_127_440,
    "companies": 18_340_511_207,
    "contacts": 64_011_903_551,
    "deals": 22_790_184_330,
    "calls": 51_077_320_114,
    "meetings": 53_410_667_902,
    "emails": 55_902_113_478,
    "notes": 57_118_940_265,
}
_GAP: Final = 37


def hubspot_id(kind: str, number: int) -> str:
    """The id of the `number`th record of an object type."""
    return str(_FIRST[kind] + number * _GAP)


def as_record(record_id: str, properties: Record, created_at: datetime, modified_at: datetime) -> Record:
    """An API record; properties that are None are left out, and the rest is text."""
    created, modified = f"{seconds_text(created_at)}Z", f"{seconds_text(max(created_at, modified_at))}Z"
    texts = {name: str(value) for name, value in properties.items() if value not in (None, "")}
    return {
        "id": record_id,
        "properties": {**texts, "hs_object_id": record_id},
        "createdAt": created,
        "updatedAt": modified,
        "archived": False,
    }
