"""What a full read does not show any more: records that are gone, or a read that went wrong."""

from core.changes import Stream
from core.errors import ContractError, GuardStopped
from store.landing import bury, known_ids
from sync.connected import Connected
from sync.pull_context import PullContext

_MUCH = 20


def compare(context: PullContext, connected: Connected, stream: Stream) -> int:
    """Bury what the CRM no longer has among its ids; how many records that were."""
    # First ours: what lands while the CRM's ids are read must not look as if it were gone.
    unseen = known_of(context, connected, stream)
    known, found = len(unseen), False
    for living in connected.connector.living(stream):
        found = found or bool(living)
        unseen.difference_update(living)
    return bury_missing(context, connected, stream, (known, unseen), is_empty=not found)


def known_of(context: PullContext, connected: Connected, stream: Stream) -> set[str]:
    """What a read from the very beginning should show again."""
    with context.writer:
        return known_ids(context.database, connected.id, stream)


def bury_missing(
    context: PullContext,
    connected: Connected,
    stream: Stream,
    missing: tuple[int, set[str]],
    *,
    is_empty: bool,
) -> int:
    """What we knew and the CRM did not show is gone; `missing` is how many were known, and those not shown.

    Raises ContractError where the CRM showed nothing although there was much: that is no empty world. Raises
    GuardStopped where it showed far less than there was. A person may say that it is so.
    """
    known, unseen = missing
    name = f"{connected.name}:{stream.name}"
    if unseen and name not in context.accepted:
        _refuse_loss(context, name, (known, len(unseen)), is_empty=is_empty)
    with context.writer:
        return bury(context.database, connected.id, stream, unseen) if unseen else 0


def _refuse_loss(context: PullContext, name: str, counts: tuple[int, int], *, is_empty: bool) -> None:
    known, lost = counts
    advice = (
        "Nothing was removed. Look at the CRM and the permissions of its integration user, then pull again; "
        f"if they are really gone, run `shortlist pull --full --accept-loss {name}`."
    )
    if is_empty and known >= _MUCH:
        raise ContractError(f"{name} reads as empty, but {known} records are known. {advice}")
    share, most = 100 * lost / known, context.guards.loss_percent
    if known >= context.guards.floor and share > most:
        raise GuardStopped(
            f"{name}: a full read does not show {lost} of {known} known records any more ({share:.0f}%, allowed "
            f"are {most:.0f}%: guards.loss_percent). {advice}"
        )
