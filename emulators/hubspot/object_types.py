"""The CRM object types this portal has, with the names and ids HubSpot gives them."""

from __future__ import annotations

from dataclasses import dataclass

from emulators.hubspot.errors import validation_error


@dataclass(frozen=True)
class ObjectType:
    """One object type; `name` is the plural used as key everywhere inside.

    `required` lists alternatives: one property of each group must be set on creation.
    """

    name: str
    singular: str
    type_id: str
    default_properties: tuple[str, ...]
    searchable: tuple[str, ...]
    required: tuple[tuple[str, ...], ...] = ()
    created_property: str = "hs_createdate"
    modified_property: str = "hs_lastmodifieddate"
    scope: str = "contacts"  # engagements are read and written with the scopes of contacts

    @property
    def always(self) -> tuple[str, str, str]:
        """The properties of every reply, asked for or not."""
        return (self.created_property, self.modified_property, "hs_object_id")


COMPANIES = ObjectType(
    "companies",
    "company",
    "0-2",
    ("name", "domain"),
    ("name", "domain", "website", "phone"),
    required=(("name", "domain"),),
    created_property="createdate",
    scope="companies",
)
CONTACTS = ObjectType(
    "contacts",
    "contact",
    "0-1",
    ("email", "firstname", "lastname"),
    ("email", "firstname", "lastname", "phone", "company"),
    created_property="createdate",
    modified_property="lastmodifieddate",
)
DEALS = ObjectType(
    "deals",
    "deal",
    "0-3",
    ("amount", "closedate", "dealname", "dealstage", "pipeline"),
    ("dealname", "description"),
    required=(("dealname",), ("dealstage",)),
    created_property="createdate",
    scope="deals",
)
_TIMESTAMP = ("hs_timestamp",)
CALLS = ObjectType("calls", "call", "0-48", (), ("hs_call_title", "hs_call_body"), (_TIMESTAMP,))
MEETINGS = ObjectType(
    "meetings", "meeting", "0-47", (), ("hs_meeting_title", "hs_meeting_body"), (_TIMESTAMP,)
)
EMAILS = ObjectType(
    "emails", "email", "0-49", (), ("hs_email_subject",), (_TIMESTAMP, ("hs_email_direction",))
)
NOTES = ObjectType("notes", "note", "0-46", (), ("hs_note_body",), (_TIMESTAMP,))
TASKS = ObjectType("tasks", "task", "0-27", (), ("hs_task_subject", "hs_task_body"), (_TIMESTAMP,))

ALL = (COMPANIES, CONTACTS, DEALS, CALLS, MEETINGS, EMAILS, NOTES, TASKS)
# Every portal has tickets. Here there are none, so nothing is linked to one.
_ALWAYS_EMPTY = frozenset(["tickets", "ticket", "0-5"])
BY_NAME = {item.name: item for item in ALL}
_BY_ANY_NAME = {key: item for item in ALL for key in (item.name, item.singular, item.type_id)}


def find_type(text: str) -> ObjectType:
    """The type called `companies`, `company`, `COMPANY` or `0-2`; a 400 for any other name."""
    found = _BY_ANY_NAME.get(text.lower())
    if found is None:
        # Assumption: the wording; the status and the category are documented.
        raise validation_error(f"Unable to infer object type from: {text}")
    return found


def linked_types(names: list[str]) -> list[ObjectType]:
    """The types a request wants the links to, as far as there can be any; a 400 for a name HubSpot lacks."""
    return [find_type(name) for name in names if name.lower() not in _ALWAYS_EMPTY]
