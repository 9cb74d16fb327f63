"""What was deleted: Salesforce's feed of deleted ids, and where its memory ends.

Deleted rows show up among the changed ones (queryAll) as long as they are in the recycle bin. The feed also
knows those that have left it, 15 days back, or less where its log has grown too large; it is cleaned every
two hours (documented). Beyond that only a comparison of all ids finds what is gone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.salesforce.client import Client
from connectors.salesforce.errors import Refusal
from connectors.salesforce.ids import canonical_id
from connectors.salesforce.objects import Source
from core.clock import parse_instant, wire_instant
from core.errors import ContractError

_FEED_REACHES = timedelta(days=14)
_ASK_FROM = timedelta(hours=2)
_MINUTE = timedelta(minutes=1)


class Deleted(NamedTuple):
    """Ids from the feed; lost means that deletions of the time asked for may be missing from it."""

    ids: Sequence[str] = ()
    lost: bool = False


def deleted_since(client: Client, source: Source, since: datetime, now: datetime) -> Deleted:
    """What the feed says beyond the changed rows; one call where the time is longer than two hours."""
    if now - since > _FEED_REACHES:
        return Deleted(lost=True)
    if now - since <= _ASK_FROM or not source.with_deleted:
        return Deleted()
    span = {"start": wire_instant(since), "end": wire_instant(now + _MINUTE)}
    try:
        told = client.call(f"read deleted {source.stream.name}").rest_object(
            ["deletedRecords", "earliestDateAvailable"],
            f"sobjects/{source.stream.name}/deleted/",
            params=span,
        )
    except Refusal as refusal:
        # The log begins later, or holds more ids than an answer may.
        if refusal.code in ("INVALID_REPLICATION_DATE", "EXCEEDED_ID_LIMIT"):
            return Deleted(lost=True)
        raise
    try:
        ids = [canonical_id(one["id"]) for one in told["deletedRecords"]]
        return Deleted(ids, lost=parse_instant(told["earliestDateAvailable"]) > since)
    except (KeyError, TypeError, ValueError) as error:
        raise ContractError(f"Salesforce tells deleted ids in a form we do not know: {error}.") from error
