"""Creating, changing, archiving and merging records, under HubSpot's rules for values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.hubspot.auto_companies import SOURCE, company_of, domain_without_company, link_to_company
from emulators.hubspot.catalog.options import LIFECYCLE_STAGES
from emulators.hubspot.errors import (
    ApiError,
    PropertyValueError,
    conflict,
    invalid_properties,
    not_found,
    validation_error,
)
from emulators.hubspot.events import of_app
from emulators.hubspot.object_types import COMPANIES, CONTACTS, DEALS
from emulators.hubspot.pipelines import derived_deal_values
from emulators.hubspot.records import Record, new_record
from emulators.hubspot.rules import broken
from emulators.hubspot.values import canonical, same_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.hubspot.object_types import ObjectType
    from emulators.hubspot.portal import Portal


@dataclass(frozen=True)
class Draft:
    """A checked creation that was not yet done."""

    object_type: ObjectType
    values: dict[str, str]


def draft_new(portal: Portal, object_type: ObjectType, properties: Mapping[str, Any]) -> Draft:
    """Check a creation; ApiError when it is not allowed. Nothing is written."""
    values = {**_defaults(portal, object_type), **checked_values(portal, object_type, properties, None)}
    if object_type is DEALS and "pipeline" not in values:
        values["pipeline"] = portal.pipelines.pipeline_of(values.get("dealstage", "")) or "default"
    _refuse_incomplete(object_type, values)
    _refuse_broken_rules(portal, object_type, values, is_new=True)
    refuse_taken(portal, object_type, values, None)
    return Draft(object_type, values)


def create(portal: Portal, draft: Draft) -> Record:
    """Do a checked creation."""
    object_type = draft.object_type
    record_id = portal.take_id()
    values = {**draft.values, **_derived(portal, object_type, record_id, draft.values)}
    record = new_record(object_type, record_id, values, portal.now_ms())
    portal.store_new(object_type, record)
    if object_type is CONTACTS and portal.settings.companies_from_contacts:
        return _with_company(portal, record)
    return record


def _with_company(portal: Portal, contact: Record) -> Record:
    """A new contact with the company of its e-mail domain, which is made when there is none."""
    domain = domain_without_company(portal, contact)
    if domain:
        with portal.acting_as(SOURCE):
            company = company_of(portal, domain) or create(
                portal, draft_new(portal, COMPANIES, {"domain": domain})
            )
            link_to_company(portal, contact, company)
    return portal.tables[CONTACTS.name].live[contact.id]


def changes_of(
    portal: Portal, object_type: ObjectType, record: Record, properties: Mapping[str, Any]
) -> dict[str, str]:
    """The values of an update that differ from the record's; ApiError when one is not valid."""
    values = checked_values(portal, object_type, properties, record)
    refuse_taken(portal, object_type, values, record)
    _refuse_broken_rules(portal, object_type, {**record.properties, **values}, is_new=False)
    schema = portal.schemas[object_type.name].live
    old = record.properties
    return {
        name: value
        for name, value in values.items()
        if not same_value(schema[name]["type"], old.get(name, ""), value)
    }


def apply_changes(portal: Portal, object_type: ObjectType, record: Record, values: dict[str, str]) -> Record:
    """Write changed values; without any the record stays as it is, its modified date too (recorded)."""
    if not values:
        return record
    if object_type is DEALS and ("dealstage" in values or "pipeline" in values):
        values = {**values, **derived_deal_values(portal.pipelines, {**record.properties, **values})}
    if object_type is CONTACTS and "email" in values:
        values = {**values, "hs_email_domain": values["email"].partition("@")[2]}
    return portal.store_changed(object_type, record, values)


def checked_values(
    portal: Portal, object_type: ObjectType, properties: Mapping[str, Any], record: Record | None
) -> dict[str, str]:
    """The canonical values of a write; one ApiError for all that are not valid."""
    problems: list[PropertyValueError] = []
    values: dict[str, str] = {}
    for name, value in properties.items():
        try:
            values[name] = _checked(portal, object_type, name, value, record)
        except PropertyValueError as problem:
            problems.append(problem)
    problems += _stage_problems(portal, object_type, values, record)
    if problems:
        raise invalid_properties(problems, portal.settings.portal_id)
    return _forward_only(values, record)


def refuse_taken(
    portal: Portal, object_type: ObjectType, values: Mapping[str, str], record: Record | None
) -> None:
    """Raise the 409 for a value of a unique property that another record has."""
    table = portal.tables[object_type.name]
    for name in table.unique:
        holder = table.find_unique(name, values[name]) if values.get(name) else None
        if holder is None or (record is not None and holder.id == record.id):
            continue
        if name == "email":
            raise conflict(f"Contact already exists. Existing ID: {holder.id}")
        # Assumption: the wording for custom unique properties.
        problem = PropertyValueError(
            "CONFLICTING_UNIQUE_VALUE", name, f"{values[name]} is held by {holder.id}"
        )
        raise invalid_properties([problem], portal.settings.portal_id)


def find_record(portal: Portal, object_type: ObjectType, text: str, id_property: str) -> Record:
    """The live record by id or by the value of a unique property; 404 when there is none."""
    table = portal.tables[object_type.name]
    if id_property in ("", "hs_object_id"):
        record = table.find(text)
    else:
        require_unique(portal, object_type, id_property)
        record = table.find_unique(id_property, text)
    if record is None:
        raise not_found()
    return record


def require_unique(portal: Portal, object_type: ObjectType, name: str) -> None:
    """Raise a 400 when a property cannot identify records."""
    if name not in portal.tables[object_type.name].unique:
        # Assumption: the wording.
        raise validation_error(f"Property {name} is not a unique property of {object_type.name}")


def _checked(portal: Portal, object_type: ObjectType, name: str, value: Any, record: Record | None) -> str:
    definition = portal.schemas[object_type.name].live.get(name)
    if definition is None:
        raise PropertyValueError("PROPERTY_DOESNT_EXIST", name, f'Property "{name}" does not exist')
    current = record.properties.get(name, "") if record else ""
    text = canonical(definition, value, current)
    if name == "hubspot_owner_id" and text and text not in portal.owners.by_id:
        # Assumption: the code and the wording.
        raise PropertyValueError("INVALID_OWNER_ID", name, f"Owner {text} does not exist")
    return text


def _stage_problems(
    portal: Portal, object_type: ObjectType, values: Mapping[str, str], record: Record | None
) -> list[PropertyValueError]:
    """A deal's stage must be one of its pipeline."""
    if object_type is not DEALS or not values.get("dealstage"):
        return []
    stage = values["dealstage"]
    current = record.properties.get("pipeline", "") if record else ""
    pipeline = values.get("pipeline") or current or portal.pipelines.pipeline_of(stage) or "default"
    if portal.pipelines.stage(pipeline, stage) is not None:
        return []
    allowed = [item["id"] for item in portal.pipelines.by_object["deals"].get(pipeline, {}).get("stages", [])]
    message = f"{stage} was not one of the allowed options: [{', '.join(allowed)}]"
    return [PropertyValueError("INVALID_OPTION", "dealstage", message)]


def _forward_only(values: dict[str, str], record: Record | None) -> dict[str, str]:
    """Leave out a lifecycle stage that would go back; it must be cleared first (documented)."""
    old = record.properties.get("lifecyclestage", "") if record else ""
    new = values.get("lifecyclestage", "")
    both_known = old in LIFECYCLE_STAGES and new in LIFECYCLE_STAGES
    if both_known and LIFECYCLE_STAGES.index(new) < LIFECYCLE_STAGES.index(old):
        return {name: value for name, value in values.items() if name != "lifecyclestage"}
    return values


def _refuse_incomplete(object_type: ObjectType, values: Mapping[str, str]) -> None:
    missing = [group for group in object_type.required if not any(values.get(name) for name in group)]
    if missing:
        # Assumption: the wording, from memory of live answers.
        raise ApiError(
            400,
            f"Error creating {object_type.singular.upper()}. Some required properties were not set.",
            context={"properties": [name for group in missing for name in group]},
            category="VALIDATION_ERROR",
        )


def _refuse_broken_rules(
    portal: Portal, object_type: ObjectType, values: Mapping[str, str], *, is_new: bool
) -> None:
    problem = broken(portal.rules, object_type, values, is_new=is_new) if portal.enforces_rules else None
    if problem is not None:
        raise problem


def _defaults(portal: Portal, object_type: ObjectType) -> dict[str, str]:
    """What HubSpot sets on every record that is made."""
    maker = portal.source or of_app(portal.settings.app_id)
    source = {
        "hs_object_source": maker.name,
        "hs_object_source_id": maker.id,
        "hs_object_source_label": maker.name,
    }
    if object_type in (COMPANIES, CONTACTS):
        # Assumption: a portal with the default setting, where new records are leads.
        return {**source, "lifecyclestage": "lead", "hs_pipeline": f"{object_type.name}-lifecycle-pipeline"}
    return source


def _derived(
    portal: Portal, object_type: ObjectType, record_id: int, values: Mapping[str, str]
) -> dict[str, str]:
    """What HubSpot computes from the values of a new record (recorded for companies and contacts)."""
    if object_type is COMPANIES:
        name = values.get("domain") or _bare_host(values.get("website", ""))
        return {"domain": name, "website": values.get("website") or name} if name else {}
    if object_type is CONTACTS:
        contact = {
            "hs_all_contact_vids": str(record_id),
            "hs_is_contact": "true",
            "hs_is_unworked": "true",
        }
        email = values.get("email", "")
        return {**contact, "hs_email_domain": email.partition("@")[2]} if email else contact
    if object_type is DEALS:
        return derived_deal_values(portal.pipelines, dict(values))
    return {}


def _bare_host(website: str) -> str:
    host = website.partition("://")[2] or website
    return host.partition("/")[0].removeprefix("www.").lower()
