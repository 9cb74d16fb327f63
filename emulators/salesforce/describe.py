"""The describe answers: every key of the recorded ones, computed from the tables and the permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.describe_lists import child_lists, record_type_infos
from emulators.salesforce.fields import NUMBER_TYPES, STRING_TYPES, Field, ObjectType

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

_BYTES_PER_CHARACTER = 3
_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}


def object_summary(org: Org, user_id: str, item: ObjectType, base: str) -> dict[str, Any]:
    """An entry of the global describe as a user sees it."""
    path = f"{base}/sobjects/{item.name}"
    urls = {"rowTemplate": f"{path}/{{ID}}", "describe": f"{path}/describe", "sobject": path}
    if "layout" in item.can:
        urls["layouts"] = f"{path}/describe/layouts"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": org.access.may(item, "create", user_id),
        "custom": False,
        "customSetting": False,
        "deepCloneable": "clone" in item.can,
        "deletable": org.access.may(item, "delete", user_id),
        "deprecatedAndHidden": False,
        "feedEnabled": "feed" in item.can,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": item.prefix,
        "label": item.label,
        "labelPlural": item.label_plural,
        "layoutable": "layout" in item.can,
        "mergeable": "merge" in item.can,
        "mruEnabled": "mru" in item.can,
        "name": item.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": "search" in item.can,
        "triggerable": "trigger" in item.can,
        "undeletable": "undelete" in item.can,
        "updateable": org.access.may(item, "update", user_id),
        "urls": urls,
    }


def describe_object(org: Org, user_id: str, item: ObjectType, base: str, host_url: str) -> dict[str, Any]:
    """The describe of an object for a user: fields hidden from him are absent."""
    editable = org.access.editable(user_id, item)
    readable = org.access.readable(user_id, item).values()
    summary = object_summary(org, user_id, item, base)
    ui = {
        "uiDetailTemplate": f"{host_url}/{{ID}}",
        "uiEditTemplate": f"{host_url}/{{ID}}/e",
        "uiNewRecord": f"{host_url}/{item.prefix}/e",
    }
    rest: dict[str, Any] = {
        "actionOverrides": [],
        "childRelationships": child_lists(org, item),
        "compactLayoutable": "layout" in item.can,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [describe_field(field, editable=field.name in editable) for field in readable],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": record_type_infos(org, item, base),
        "searchLayoutable": "search" in item.can,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"All {item.label_plural.lower()}", "name": "everything"},
            {"label": f"My {item.label_plural.lower()}", "name": "mine"},
        ],
    }
    everything = {**summary, **rest, "urls": {**summary["urls"], **ui}}
    return {key: everything[key] for key in sorted(everything)}


def describe_field(field: Field, *, editable: bool) -> dict[str, Any]:
    """A field of a describe; `editable` is what the user's permissions leave of its nature."""
    described = {
        **_NEVER,
        "aggregatable": field.aggregatable,
        "byteLength": _byte_length(field),
        "calculated": field.formula is not None,
        "calculatedFormula": field.formula.path if field.formula and not field.formula.function else None,
        "cascadeDelete": False,
        "compoundFieldName": field.compound,
        "createable": field.createable and editable,
        "custom": field.custom,
        "defaultValue": _default_value(field),
        "defaultedOnCreate": field.defaulted,
        "digits": field.digits,
        "externalId": field.external_id,
        "extraTypeInfo": "plaintextarea" if field.type == "textarea" else None,
        "filterable": field.filterable,
        "groupable": field.groupable,
        "idLookup": field.id_lookup,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.name_field,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "picklistValues": [
            _picklist_value(value, is_default=d, is_active=value not in field.inactive)
            for value, d in field.picklist
        ],
        "polymorphicForeignKey": field.polymorphic,
        "precision": field.precision,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": field.type == "reference" and field.permissionable,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable and editable,
    }
    return {key: described[key] for key in sorted(described)}


def _byte_length(field: Field) -> int:
    if field.type in ("id", "reference"):
        return field.length
    return _BYTES_PER_CHARACTER * field.length if field.type in STRING_TYPES else 0


def _default_value(field: Field) -> object:
    if field.type == "boolean":
        return bool(field.default_value)
    return None if field.type in NUMBER_TYPES else field.default_value


def _picklist_value(value: str, *, is_default: bool, is_active: bool) -> dict[str, Any]:
    # Assumption: values that were switched off are listed, not left out.
    return {
        "active": is_active,
        "defaultValue": is_default,
        "label": value,
        "validFor": None,
        "value": value,
    }


# Keys whose value is the same for every field here.
_NEVER: dict[str, Any] = {
    **dict.fromkeys(
        [
            "aiPredictionField",
            "autoNumber",
            "caseSensitive",
            "dependentPicklist",
            "deprecatedAndHidden",
            "displayLocationInDecimal",
            "encrypted",
            "formulaTreatNullNumberAsZero",
            "highScaleNumber",
            "htmlFormatted",
            "namePointing",
            "queryByDistance",
            "restrictedDelete",
            "writeRequiresMasterRead",
        ],
        False,
    ),
    **dict.fromkeys(
        [
            "controllerName",
            "defaultValueFormula",
            "filteredLookupInfo",
            "inlineHelpText",
            "mask",
            "maskType",
            "referenceTargetField",
            "relationshipOrder",
        ]
    ),
}
