"""Which points of an account's activities the caps took away."""

from dataclasses import dataclass
from math import fsum

from scoring.ledger import Ledger, LedgerRow
from scoring.model import Model


@dataclass(frozen=True, slots=True)
class Cut:
    """What one channel lost, in points of attention before breadth.

    raw is what the channel came to, kept what its cap left; over_daily_cap counts activities that earned
    nothing because their person had done the same too often on that day.
    """

    channel: str
    raw: float
    kept: float
    cap: float | None
    over_daily_cap: int


def cuts(ledger: Ledger, model: Model) -> list[Cut]:
    """The channels in which a cap took something, by name."""
    channels: dict[str, list[LedgerRow]] = {}
    for row in ledger.of("engagement"):
        channels.setdefault(row.channel, []).append(row)
    found = (_cut(channel, rows, model) for channel, rows in sorted(channels.items()))
    return [cut for cut in found if cut.over_daily_cap or (cut.cap is not None and cut.raw > cut.cap)]


def _cut(channel: str, rows: list[LedgerRow], model: Model) -> Cut:
    return Cut(
        channel,
        raw=fsum(row.attention for row in rows),
        kept=fsum(row.kept for row in rows),
        cap=model.spec.engagement.channels[channel].cap,
        over_daily_cap=sum(row.over_daily_cap for row in rows),
    )
