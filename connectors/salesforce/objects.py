"""The objects that are read: which fields, which query, which reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce import activities, mapping
from connectors.salesforce.schema import ObjectInfo, managed_name
from connectors.salesforce.settings import SalesforceSettings
from core.changes import Stream
from core.errors import AuthError, ConfigError
from core.records import Kind, Record

Row = Mapping[str, Any]

_COMPOUND = ("address", "location")


@dataclass(frozen=True)
class Source:
    """One stream's object.

    needed: fields without which its rows mean nothing. useful: read where they are there, and missed where
    they are not. optional: read where they are there; not every org has them.
    with_deleted: queryAll shows its deleted rows.
    condition: rows outside it say nothing to us; first_condition is added where nothing was read before.
    """

    stream: Stream
    needed: tuple[str, ...]
    useful: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    with_deleted: bool = True
    condition: str = ""
    first_condition: str = "IsDeleted = false"

    @property
    def kind(self) -> Kind:
        """What its rows become."""
        return self.stream.kind


ACCOUNT = Source(
    Stream("Account", Kind.ACCOUNT),
    ("Id", "IsDeleted", "SystemModstamp", "Name"),
    ("Website", "OwnerId", "ParentId"),
    ("MasterRecordId",),
)
CONTACT = Source(
    Stream("Contact", Kind.CONTACT),
    ("Id", "IsDeleted", "SystemModstamp", "Name"),
    ("AccountId", "Email", "Title"),
    ("MasterRecordId",),
)
SOURCES: tuple[Source, ...] = (
    ACCOUNT,
    CONTACT,
    Source(
        Stream("Opportunity", Kind.DEAL),
        ("Id", "IsDeleted", "SystemModstamp", "Name", "StageName", "IsClosed", "IsWon", "CreatedDate"),
        ("AccountId", "Amount", "CloseDate"),
    ),
    Source(
        Stream("Task", Kind.ACTIVITY),
        ("Id", "IsDeleted", "SystemModstamp", "IsClosed", "CreatedDate"),
        ("AccountId", "WhoId", "ActivityDate", "TaskSubtype"),
        ("Type", "CompletedDateTime", "CallDurationInSeconds", "CallDisposition"),
    ),
    Source(
        Stream("Event", Kind.ACTIVITY),
        ("Id", "IsDeleted", "SystemModstamp", "CreatedDate"),
        ("AccountId", "WhoId", "Subject", "StartDateTime", "DurationInMinutes"),
        ("ActivityDateTime", "ActivityDate", "IsChild", "IsRecurrence"),
    ),
    Source(
        Stream("CampaignMember", Kind.ACTIVITY),
        ("Id", "SystemModstamp", "CampaignId", "ContactId", "HasResponded", "CreatedDate"),
        ("FirstRespondedDate",),
        # It has no recycle bin. Account members are our own target lists and others' lists, not responses.
        with_deleted=False,
        condition="ContactId != null",
        first_condition="HasResponded = true",
    ),
)

_RELATED = {"CampaignMember": ("Campaign.Type", "Contact.AccountId")}
"""Fields of parents; their objects are readable wherever the member's own fields are."""


def columns(source: Source, info: ObjectInfo, settings: SalesforceSettings) -> list[str]:
    """What to select, in a fixed order: only fields that describe shows.

    Raises AuthError for a needed field that is hidden, ConfigError for a configured one.
    """
    _require(source, info)
    names = [*source.needed, *(name for name in (*source.useful, *source.optional) if info.has(name))]
    names += _configured(source, info, settings)
    names += [managed_name(field.name) for field in info.managed(source.kind)]
    return list(dict.fromkeys([*names, *_RELATED.get(source.stream.name, ())]))


def _require(source: Source, info: ObjectInfo) -> None:
    hidden = [name for name in source.needed if not info.has(name)]
    if hidden:
        raise AuthError(
            f"The run-as user cannot read {info.name}.{hidden[0]}: grant read access to {info.name} and its "
            "fields in a permission set."
        )


def _configured(source: Source, info: ObjectInfo, settings: SalesforceSettings) -> list[str]:
    """The fields that the configuration names, apart from defaults that are not there."""
    wanted: list[tuple[str, str]] = []
    if source is ACCOUNT:
        wanted += [(f"fields.{key}", name) for key, name in settings.fields.items()]
        wanted += [("twin_id_field", settings.twin_id_field)] if settings.twin_id_field else []
    if source is CONTACT and settings.buying_role_field:
        wanted.append(("buying_role_field", settings.buying_role_field))
    for key, name in wanted:
        if info.has(name) and info.fields[name].type in _COMPOUND:
            raise ConfigError(f"{key}: {info.name}.{name} holds several values; name one of its parts.")
        if not info.has(name) and key.partition(".")[0] in settings.model_fields_set:
            raise ConfigError(
                f"{key}: {info.name} has no field {name} that the run-as user can read; correct the name or "
                "grant access to the field."
            )
    return [name for _, name in wanted if info.has(name)]


def reader(source: Source, info: ObjectInfo, settings: SalesforceSettings) -> Callable[[Row], Record]:
    """What makes a record of a row; it raises KeyError, TypeError or ValueError for a row it cannot read."""
    match source.stream.name:
        case "Account":
            return mapping.account_reader(info, settings)
        case "Contact":
            return mapping.contact_reader(info, settings)
        case "Opportunity":
            return mapping.read_deal
        case "Task":
            return activities.task_reader(settings)
        case "Event":
            return activities.read_event
        case _:
            return activities.response_reader(settings)
