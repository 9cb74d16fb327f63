"""Fit rules as levels: which of a rule's bands each account is in, and the points of each."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.backtest import HINDSIGHT_FIELDS
from scoring.compiled import RuleTable
from scoring.facts import AccountFacts
from scoring.spec import Band, Condition
from scoring.units import MICRO, Flags, Floats, Ints
from scoring.values import Kind, kinds_of, matches, read

MIN_NAMED = 10
"""Decided accounts with the same name in a field (an industry, a country) from which it is looked at alone."""
_SHOWN_NAMES = 3
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Leveled:
    """One rule's accounts by level: its bands in their order, then "other" (in no band), then "unknown"."""

    number: int
    table: RuleTable
    level: Ints

    @property
    def other(self) -> int:
        """The level of known values that are in no band; "unknown" follows."""
        return len(self.table.bands)

    @property
    def ranked(self) -> Ints:
        """The levels that a known value can have. In "other" it must have been seen to count as one."""
        last, _ = self.table.bands[-1]
        has_other = bool(kinds_of(last)) and bool((self.level == self.other).any())
        return np.arange(self.other + has_other)

    @property
    def known(self) -> Flags:
        """Which accounts have a value."""
        readable: Flags = self.level <= self.other
        return readable

    @property
    def current_points(self) -> Floats:
        """Points of every level under the current model."""
        points = [points for _, points in self.table.bands]
        return np.array([*points, 0, self.table.unknown]) / MICRO

    def indicators(self) -> Floats:
        """One column a level, 1 where the account is in it."""
        matrix: Floats = np.eye(self.other + 2)[self.level]
        return matrix

    def of(self, accounts: Flags) -> "Leveled":
        """The same rule over some of the accounts."""
        return replace(self, level=self.level[accounts])

    def unlearnable(self) -> str:
        """Why deals can say nothing of the rule, "" when they can."""
        if self.table.field in HINDSIGHT_FIELDS:
            return "winning a deal changes this field"
        if self.table.largest == 0:
            return "it only takes points away"
        if len(np.unique(self.level[self.known])) < 2:  # noqa: PLR2004 - a difference needs two
            return "the accounts with decided deals do not differ in it"
        return ""


def leveled(number: int, table: RuleTable, accounts: Sequence[AccountFacts]) -> Leveled:
    """Sort the accounts into the levels of a rule; names that many accounts bear become bands of their own."""
    finer = replace(table, bands=tuple(_finer_bands(table, accounts)))
    levels = [_level_of(finer, account) for account in accounts]
    return Leveled(number, finer, np.array(levels, dtype=np.int64))


def _finer_bands(table: RuleTable, accounts: Sequence[AccountFacts]) -> Iterator[tuple[Band, int]]:
    """The bands with the frequent names of a rule over names apart; every value keeps the points it had.

    What is frequent depends on the values alone, never on who won.
    """
    homes = list(_homes(table, accounts)) if table.kind in ("text", "country") else []
    for place, (band, points) in enumerate((*table.bands, (None, 0))):
        apart = [names for names, home in homes if home == place]
        yield from ((_band_of(names, table.kind), points) for names in apart)
        if band is None:
            continue
        rest = _without(band, {name for names in apart for name in names})
        if kinds_of(rest) or not kinds_of(band):
            yield rest, points


def _homes(table: RuleTable, accounts: Sequence[AccountFacts]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Spellings of a frequent name, and the place of its band; what only a part of a text finds stays there."""
    for key, spelled in _frequent(table, accounts):
        places = (place for place, (band, _) in enumerate(table.bands) if matches(band, key))
        home = next(places, len(table.bands))
        band = table.bands[home][0] if home < len(table.bands) else None
        own = tuple(name for name in _names(band) if read(table.kind, name) == key)
        if own or band is None or not kinds_of(band):
            yield own or (spelled,), home


def _frequent(table: RuleTable, accounts: Sequence[AccountFacts]) -> list[tuple[str, str]]:
    """Values as they are compared, and as an account spells them."""
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for account in accounts:
        value = account.fields.get(table.field)
        key = read(table.kind, value)
        if isinstance(value, str) and isinstance(key, str) and len(value) <= _LONGEST_NAME:
            spelled[key] = min(value, spelled.get(key, value))
            counts[key] += 1
    return [(key, spelled[key]) for key in sorted(counts) if counts[key] >= MIN_NAMED]


def _names(band: Band | None) -> tuple[str, ...]:
    return () if band is None else (*band.one_of, *band.country)


def _band_of(names: tuple[str, ...], kind: Kind) -> Band:
    return Band.model_validate({"points": 0, "country" if kind == "country" else "in": names})


def _without(band: Band, names: Collection[str]) -> Band:
    one_of, country = (
        tuple(name for name in listed if name not in names) for listed in (band.one_of, band.country)
    )
    return band.model_copy(update={"one_of": one_of, "country": country})


def _level_of(table: RuleTable, account: AccountFacts) -> int:
    value = read(table.kind, account.fields.get(table.field))
    if value is None:
        return len(table.bands) + 1
    hits = (place for place, (band, _) in enumerate(table.bands) if matches(band, value))
    return next(hits, len(table.bands))


def label_of(condition: Condition) -> str:
    """A band in a few words: "200 to 1,000", "Technology, Software, …", "everything else"."""
    if condition.at_least is not None or condition.below is not None:
        return _range(condition.at_least, condition.below)
    if condition.is_true is not None:
        return "yes" if condition.is_true else "no"
    names = [*condition.country, *condition.one_of, *condition.contains]
    shown = ", ".join(names[:_SHOWN_NAMES])
    return f"{shown}, …" if len(names) > _SHOWN_NAMES else shown or "everything else"


def _range(at_least: float | None, below: float | None) -> str:
    if at_least is None:
        return f"under {_number(below or 0)}"
    return f"{_number(at_least)} or more" if below is None else f"{_number(at_least)} to {_number(below)}"


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:,}"
