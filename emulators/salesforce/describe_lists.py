"""The lists of a describe: who points to the object, and its record types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.record_types import types_of
from emulators.salesforce.relationships import CHILD_LISTS

if TYPE_CHECKING:
    from emulators.salesforce.fields import Field, ObjectType
    from emulators.salesforce.org import Org

_MASTER_RECORD_TYPE = "012000000000000AAA"
_WITHOUT_RECORD_TYPES = ("OpportunityContactRole",)  # recorded


def child_lists(org: Org, item: ObjectType) -> list[dict[str, Any]]:
    """What points to the object: child objects and their fields."""
    return [
        {
            "cascadeDelete": _cascades(child, field),
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": _list_name(child, field),
            "restrictedDelete": False,
        }
        for child in org.schema.objects.values()
        for field in child.fields.values()
        if item.name in field.reference_to
    ]


def _cascades(child: ObjectType, field: Field) -> bool:
    listing = CHILD_LISTS.get((child.name, field.name))
    return listing is not None and listing.cascades


def _list_name(child: ObjectType, field: Field) -> str | None:
    listing = CHILD_LISTS.get((child.name, field.name))
    return listing.name if listing else None


def record_type_infos(org: Org, item: ObjectType, base: str) -> list[dict[str, Any]]:
    """The object's record types, the first of which is the default; Salesforce's own one comes last."""
    # Assumption: the user's profile has all of them and the first one as its default.
    if item.name in _WITHOUT_RECORD_TYPES:
        return []
    own = types_of(org.store, item.name)
    types = [(row["Id"], row["Name"], row["DeveloperName"]) for row in own]
    types.append((_MASTER_RECORD_TYPE, "Master", "Master"))
    return [
        {
            "active": True,
            "available": True,
            "defaultRecordTypeMapping": place == 0,
            "developerName": developer_name,
            "master": type_id == _MASTER_RECORD_TYPE,
            "name": name,
            "recordTypeId": type_id,
            "urls": {"layout": f"{base}/sobjects/{item.name}/describe/layouts/{type_id}"},
        }
        for place, (type_id, name, developer_name) in enumerate(types)
    ]
