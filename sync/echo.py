"""Our own writes when they come back: by a webhook, or when a changed record is read. Pure."""

from collections.abc import Mapping
from datetime import timedelta

from core.clock import millis, parse_instant
from core.fields import canonical
from core.managed_fields import fields_of
from core.records import Kind
from store.written import Own

HEARD_FOR = timedelta(hours=24)
"""For so long a CRM may still tell us what we wrote; after that a report of the same value is news again."""


def is_echo(own: Own | None, kind: Kind, field: str, value: object, occurred_at: str) -> bool:
    """Whether a report "`field` of this record is now `value`" tells nothing but our own last write.

    own: what we wrote onto the record (store.written). field: a managed field by its own name. value: as the
    CRM writes it. occurred_at: when it happened, as an ISO instant; a day after our write it is no echo. An
    edit that somebody else made in the same minute has another value, and passes.
    """
    managed = next((one for one in fields_of(kind) if one.name == field), None)
    wrote = own.fields.get(field) if own else None
    if managed is None or wrote is None or canonical(managed, value) != wrote.value:
        return False
    return abs(millis(parse_instant(occurred_at)) - wrote.at) <= HEARD_FOR / timedelta(milliseconds=1)


def edited(own: Own, known: Mapping[str, str | None], modified_at: int) -> tuple[str, ...]:
    """The fields in which a record says something else than we wrote last: somebody else has written them.

    known: its managed fields as read. modified_at: its stamp in milliseconds since 1970; a version that is not
    newer than the one we wrote over was read before our write, or from an index that lags, and tells nothing.
    """
    return tuple(
        name
        for name, wrote in own.fields.items()
        if modified_at > wrote.base_at and name in known and known[name] != wrote.value
    )
