"""The objects that are read: which fields, which query, which reader."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce import activities, emails, mapping
from connectors.salesforce.schema import PARENT_FIELDS, ObjectInfo, managed_name
from connectors.salesforce.settings import SalesforceSettings
from core.changes import Stream
from core.errors import AuthError, ConfigError
from core.fields import Policy
from core.records import Kind, Record
from core.section import Section

Row = Mapping[str, Any]

_COMPOUND = ("address", "location")
_NEEDED_TYPES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "deal_fields.amount": ("a number", ("double", "int", "long", "currency", "percent")),
    "deal_fields.closes_on": ("a date or a date with a time", ("date", "datetime")),
}
"""What the field behind a key must hold, in words and in describe's types; others may hold anything."""


@dataclass(frozen=True)
class Source:
    """One stream's object.

    needed: fields without which its rows mean nothing. useful: read where they are there, and missed where
    they are not. optional: read where they are there; not every org has them.
    with_deleted: queryAll shows its deleted rows. leaves_trace: deletions are told of, by it or by the feed of ids;
    where not, only a comparison of ids finds them. is_everywhere: where it is hidden, the connection stops.
    condition: rows outside it say nothing to us; first_condition is added to a read of everything.
    only_if: a checkbox without which a row says nothing to us, or nothing any more.
    """

    stream: Stream
    needed: tuple[str, ...]
    useful: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    with_deleted: bool = True
    leaves_trace: bool = True
    condition: str = ""
    first_condition: str = "IsDeleted = false"
    is_everywhere: bool = True
    only_if: str = ""

    def first_conditions(self, info: ObjectInfo) -> list[str]:
        """What a read of everything asks for beyond `condition`: what is there, and what became of merged rows."""
        if "MasterRecordId" in self.optional and self.first_condition and info.has("MasterRecordId"):
            return [f"({self.first_condition} OR MasterRecordId != null)"]
        return [self.first_condition] if self.first_condition else []

    def is_absent(self, info: ObjectInfo) -> bool:
        """Whether this org does not have it, or hides it, and that is no fault."""
        return not self.is_everywhere and not info.fields

    @property
    def kind(self) -> Kind:
        """What its rows become."""
        return self.stream.kind


ACCOUNT = Source(
    Stream("Account", Kind.ACCOUNT),
    ("Id", "IsDeleted", "SystemModstamp", "Name"),
    optional=("MasterRecordId",),
)
CONTACT = Source(
    Stream("Contact", Kind.CONTACT),
    ("Id", "IsDeleted", "SystemModstamp", "Name"),
    ("AccountId",),
    ("MasterRecordId",),
)
LEAD = Source(
    Stream("Lead", Kind.CONTACT, is_prefixed=True),
    ("Id", "IsDeleted", "SystemModstamp", "Name"),
    ("IsConverted", "ConvertedContactId"),
    ("MasterRecordId",),
    is_everywhere=False,
)
OPPORTUNITY = Source(
    Stream("Opportunity", Kind.DEAL),
    ("Id", "IsDeleted", "SystemModstamp", "Name", "StageName", "IsClosed", "IsWon", "CreatedDate"),
    ("AccountId",),
)
SOURCES: tuple[Source, ...] = (
    ACCOUNT,
    CONTACT,
    LEAD,
    OPPORTUNITY,
    Source(
        Stream("OpportunityContactRole", Kind.DEAL_ROLES),
        ("Id", "IsDeleted", "SystemModstamp", "OpportunityId", "ContactId", "Role"),
        optional=("LastModifiedDate",),
        # It has no recycle bin (describe: undeletable false), and queryAll was seen not to show deleted ones.
        leaves_trace=False,
        is_everywhere=False,
    ),
    Source(
        Stream("User", Kind.OWNER),
        ("Id", "SystemModstamp", "Name"),
        ("Email", "IsActive"),
        # Users are never deleted. Those of portals own no accounts, and there can be millions of them.
        with_deleted=False,
        leaves_trace=False,
        condition="UserType = 'Standard'",
        first_condition="Id != null",
    ),
    Source(
        Stream("Task", Kind.ACTIVITY),
        ("Id", "IsDeleted", "SystemModstamp", "IsClosed", "CreatedDate"),
        ("AccountId", "WhoId", "WhatId", "ActivityDate", "TaskSubtype"),
        ("Type", "CompletedDateTime", "CallDurationInSeconds", "CallDisposition"),
    ),
    Source(
        Stream("Event", Kind.ACTIVITY),
        ("Id", "IsDeleted", "SystemModstamp", "CreatedDate"),
        ("AccountId", "WhoId", "WhatId", "Subject", "StartDateTime", "DurationInMinutes"),
        ("ActivityDateTime", "ActivityDate", "IsChild", "IsRecurrence", "Type", "EventSubtype"),
    ),
    Source(
        Stream("EmailMessage", Kind.ACTIVITY),
        ("Id", "IsDeleted", "SystemModstamp", "Incoming", "Status", "CreatedDate"),
        ("MessageDate", "RelatedToId", "ActivityId"),
        is_everywhere=False,
    ),
    Source(
        Stream("CampaignMember", Kind.ACTIVITY),
        ("Id", "SystemModstamp", "CampaignId", "ContactId", "LeadId", "HasResponded", "CreatedDate"),
        ("FirstRespondedDate",),
        # It has no recycle bin. Account members are our own target lists and others' lists, not responses.
        with_deleted=False,
        leaves_trace=False,
        condition="(ContactId != null OR LeadId != null)",
        first_condition="HasResponded = true",
        # Whoever was only invited is not kept: a read of everything would not show it again.
        only_if="HasResponded",
    ),
)
DESCRIBED = (*(source.stream.name for source in SOURCES), "Campaign")
"""The objects that are described: those that are read, and the one parent that is not."""


def columns(source: Source, info: ObjectInfo, settings: SalesforceSettings) -> list[str]:
    """What to select, in a fixed order: only fields that describe shows.

    Raises AuthError for a needed field that is hidden, ConfigError for a configured one.
    """
    _require(source, info)
    names = [*source.needed, *(name for name in (*source.useful, *source.optional) if info.has(name))]
    names += _configured(source, info, settings)
    if source in (ACCOUNT, CONTACT):
        names += [managed_name(field.name) for field in info.managed(source.kind)]
    return list(dict.fromkeys([*names, *(path for path in _related(source) if info.has(path))]))


def unreadable(source: Source, info: ObjectInfo, settings: SalesforceSettings) -> list[str]:
    """What is read where it is there, and is missed here: the fields that describe does not show."""
    wanted = (*source.useful, *mapped(source, settings).values(), *_related(source))
    return [name for name in wanted if not info.has(name)]


def read_fields(source: Source, info: ObjectInfo, settings: SalesforceSettings) -> list[str]:
    """The columns of a source without the fields that Shortlist itself fills; none where it is absent.

    What people write into a field of ours while it is hidden is read when it is seen again, as of any other field.
    """
    if source.is_absent(info):
        return []
    ours = {managed_name(one.name) for one in info.managed(source.kind) if one.policy is not Policy.READS}
    return [name for name in columns(source, info, settings) if name not in ours]


def _related(source: Source) -> Iterable[str]:
    return PARENT_FIELDS.get(source.stream.name, ())


def _require(source: Source, info: ObjectInfo) -> None:
    hidden = [name for name in source.needed if not info.has(name)]
    if hidden:
        raise AuthError(
            f"The run-as user cannot read {info.name}.{hidden[0]}: grant read access to {info.name} and its "
            "fields in a permission set."
        )


def mapped(source: Source, settings: SalesforceSettings) -> dict[str, str]:
    """The fields of an object that the settings name, by section and key."""
    if source is ACCOUNT:
        found = {f"fields.{key}": name for key, name in settings.fields.items()}
        found |= _section("account_fields", settings.account_fields)
        return found | ({"twin_id_field": settings.twin_id_field} if settings.twin_id_field else {})
    if source is CONTACT:
        return _section("contact_fields", settings.contact_fields)
    if source is LEAD:
        return _section("lead_fields", settings.lead_fields)
    return _section("deal_fields", settings.deal_fields) if source is OPPORTUNITY else {}


def formulas(source: Source, info: ObjectInfo, settings: SalesforceSettings) -> dict[str, str]:
    """Mapped fields, by section and key, whose values change without a mark on the record."""
    wanted = mapped(source, settings).items()
    return {key: name for key, name in wanted if info.has(name) and info.fields[name].calculated}


def _section(name: str, section: Section) -> dict[str, str]:
    return {f"{name}.{key}": field for key, field in section if field is not None}


def is_default(key: str, settings: SalesforceSettings) -> bool:
    """Whether a key of `mapped` is one that the configuration does not name."""
    name, _, inner = key.partition(".")
    section = getattr(settings, name)
    if isinstance(section, Section) and inner not in section.model_fields_set:
        return True
    return name not in settings.model_fields_set


def _configured(source: Source, info: ObjectInfo, settings: SalesforceSettings) -> list[str]:
    """The fields that the configuration names, apart from defaults that are not there."""
    wanted = mapped(source, settings)
    faults = [
        fault
        for key, name in wanted.items()
        if (fault := _fault(key, name, info, is_default=is_default(key, settings)))
    ]
    if faults:
        raise ConfigError("\n".join(faults))
    return [name for name in wanted.values() if info.has(name)]


def _fault(key: str, name: str, info: ObjectInfo, *, is_default: bool) -> str | None:
    if info.has(name) and info.fields[name].type in _COMPOUND:
        return f"{key}: {info.name}.{name} holds several values; name one of its parts."
    words, types = _NEEDED_TYPES.get(key, ("", ()))
    if types and info.has(name) and info.fields[name].type not in types:
        return f"{key}: {info.name}.{name} is of type {info.fields[name].type}; it must hold {words}."
    if info.has(name) or is_default:
        return None
    return (
        f"{key}: {info.name} has no field {name} that the run-as user can read; correct the name or "
        "grant access to the field."
    )


Reader = Callable[[Row], Record]
_READERS: Mapping[str, Callable[[ObjectInfo, SalesforceSettings], Reader]] = {
    "Account": mapping.account_reader,
    "Contact": mapping.contact_reader,
    "Lead": lambda _, settings: mapping.lead_reader(settings),
    "Opportunity": lambda _, settings: mapping.deal_reader(settings),
    "OpportunityContactRole": lambda _, __: mapping.read_role,
    "User": lambda _, __: mapping.read_owner,
    "Task": lambda _, settings: activities.task_reader(settings.activities),
    "Event": lambda _, settings: activities.event_reader(settings.activities),
    "EmailMessage": lambda _, settings: emails.email_reader(settings.activities),
    "CampaignMember": lambda _, settings: activities.response_reader(settings.activities),
}


def reader(source: Source, info: ObjectInfo, settings: SalesforceSettings) -> Reader:
    """What makes a record of a row; it raises KeyError, TypeError or ValueError for a row it cannot read."""
    return _READERS[source.stream.name](info, settings)
