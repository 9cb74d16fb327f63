"""How an account is shown to a person: its ledger, and what stands around it."""

from collections.abc import Sequence
from datetime import date

from scoring.buying_group import GroupPerson
from scoring.cuts import Cut
from scoring.ledger import Ledger
from scoring.movement import MovementGroup
from scoring.next_tier import words as way_words
from scoring.standing import LABELS
from scoring.words import activity_words, buying_group_text, field_value, row_words
from shortlist.console import Output
from sync.details import Details
from sync.explain import Explained
from sync.trend import Week, sparkline

_SHOWN = 0.05
"""Points below this would read as 0.0."""
_MOST_PEOPLE = 12


def show_explained(
    output: Output, found: Explained, names: dict[int, str], *, show_all: bool = False
) -> None:
    """The whole ledger of one account, part by part, with the sums that the record shows."""
    scores = found.ledger.scores
    places = ", ".join(f"{names[record.connection_id]} {record.remote_id}" for record in found.records)
    output.say(f"{found.name} ({found.key}): {LABELS[found.tier.tier]}, {found.tier.reason}", style="bold")
    output.say(f"Records: {places}")
    owners = list(dict.fromkeys(record.owner for record in found.records if record.owner))
    if owners:
        output.say(f"Owner: {', '.join(owners)}")
    for part in ("fit", "engagement", "intent"):
        rows = _rows(found.ledger, part, show_all=show_all)
        title = f"{part.capitalize()} {getattr(scores, part):.1f}"
        if rows:
            rows.append(("sum", "", "", found.ledger.total(part)))
            _table_without_empty(output, title, _COLUMNS[part], rows)
        else:
            output.say(f"{title}: nothing counts.")
    output.say(f"Buying group: {buying_group_text(scores)}.")
    output.say(found.why)


def _table_without_empty(
    output: Output, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """A table without the columns that have nothing to say."""
    used = [place for place in range(len(columns)) if any(row[place] != "" for row in rows)]
    output.table(title, [columns[place] for place in used], [[row[place] for place in used] for row in rows])


_COLUMNS = {
    "fit": ("from", "value", "note", "points"),
    "engagement": ("from", "last", "note", "points"),
    "intent": ("from", "seen", "note", "points"),
}


def _rows(ledger: Ledger, part: str, *, show_all: bool) -> list[tuple[object, ...]]:
    if part == "engagement" and not show_all:
        return _grouped(ledger)
    if part == "fit":
        return [
            (row.subject.replace("_", " "), field_value(row), row.note, row.points) for row in ledger.of(part)
        ]
    rows = sorted(ledger.of(part), key=lambda row: (-row.points, row.key))
    return [(row_words(row), f"{row.at:%Y-%m-%d}" if row.at else "", row.note, row.points) for row in rows]


def _grouped(ledger: Ledger) -> list[tuple[object, ...]]:
    """One row a type and person; groups that would show 0.0 are put together."""
    last: dict[tuple[str, str], date] = {}
    for row in ledger.of("engagement"):
        if row.at and row.points > 0:
            key = (row.subject, row.person_label)
            last[key] = max(last.get(key, date.min), row.at.date())
    groups = ledger.activity_groups(by_week=False)
    rows: list[tuple[object, ...]] = [
        (
            activity_words(group.type, group.count, group.person_label),
            str(last[group.type, group.person_label]),
            "",
            group.points,
        )
        for group in groups
        if group.points >= _SHOWN
    ]
    small = [group for group in groups if group.points < _SHOWN]
    if small:
        count = sum(group.count for group in small)
        rows.append((f"{count:,} smaller ones", "", "", sum(group.points for group in small)))
    return rows


def show_details(output: Output, closer: Details, *, show_all: bool = False) -> None:
    """What caps took, what faded, who is engaged, the way to the next tier, and the last weeks."""
    for cut in closer.cuts:
        output.say(cut_words(cut))
    _show_decay(output, closer, show_all=show_all)
    _show_people(output, closer.people, show_all=show_all)
    if closer.next_tier is not None:
        output.say(way_words(closer.next_tier))
    output.say(trend_words(closer.trend))


def trend_words(weeks: Sequence[Week]) -> str:
    """The priority of the last weeks as a line of blocks, with its ends; a dot is a week without a score."""
    priorities = [week.score.priority if week.score else None for week in weeks]
    known = [priority for priority in priorities if priority is not None]
    if len(known) <= 1:
        return "Past weeks have no scores yet; `shortlist score --backfill 13` makes them."
    line = sparkline(priorities)
    ends = f"{known[0]:.1f} to {known[-1]:.1f}, lowest {min(known):.1f}, highest {max(known):.1f}"
    return f"Priority of the last {len(weeks)} weeks: {line} ({ends})"


def cut_words(cut: Cut) -> str:
    """What the caps took from one channel."""
    parts = []
    if cut.cap is not None and cut.raw > cut.cap:
        parts.append(f"{cut.raw:,.1f} points, of which the cap keeps {cut.kept:,.1f}")
    if cut.over_daily_cap:
        parts.append(f"{cut.over_daily_cap:,} activities beyond what counts of one person and day")
    return f"Cut in the channel {cut.channel}: {'; '.join(parts)}."


def _show_decay(output: Output, closer: Details, *, show_all: bool) -> None:
    if closer.decayed_since is None or not closer.decayed:
        return
    total = sum(group.points for group in closer.decayed)
    output.say(
        f"Faded since the last scoring ({closer.decayed_since:%Y-%m-%d %H:%M} UTC): {total:+.2f} points."
    )
    shown = [group for group in closer.decayed if show_all or abs(group.points) >= _SHOWN]
    for group in shown:
        output.say(f"  {group.points:+.2f}  {_group_words(group)}")


def _group_words(group: MovementGroup) -> str:
    if group.part == "intent":
        return f"{group.subject} ({group.person_label})"
    return activity_words(group.subject, group.count, group.person_label)


def _show_people(output: Output, people: Sequence[GroupPerson], *, show_all: bool) -> None:
    shown = people if show_all else people[:_MOST_PEOPLE]
    rows = [(person.label, role_words(person), person.points) for person in shown]
    if rows:
        output.table("People", ("contact", "role in the buying group", "attention"), rows)
    if len(people) > len(shown):
        output.say(f"{len(people) - len(shown)} more contacts; --all shows them.")


def role_words(person: GroupPerson) -> str:
    """The roles of a contact; what was read from the title says so."""
    names = ", ".join(role.replace("_", " ") for role in person.roles)
    if not person.inferred:
        return names
    return f"{names} (inferred, {person.confidence:.0%})"
