"""Which account a signal belongs to: the one that its domain leads to, which matching notes in match_key.

A signal is stored with its domain only, so one that nobody matches today counts as soon as its account
appears in a CRM.
"""

from collections.abc import Sequence
from typing import NamedTuple

from core.domains import registrable_domain
from store.database import Database
from store.signals import DomainCount, domain_counts, matched_keys


class SourceCount(NamedTuple):
    """What there is of one source; instants in milliseconds since 1970."""

    source: str
    signals: int
    unmatched: int
    """Signals whose domain belongs to no account."""
    domains: int
    first_at: int
    last_at: int


def own_key(connection_id: int, remote_id: str, website: str | None) -> str:
    """The key a CRM record would have by itself: its registrable domain, else its number and id."""
    domain = registrable_domain(website) if website else None
    return domain or f"{connection_id}:{remote_id}"


def unmatched(database: Database) -> list[DomainCount]:
    """Signals whose domain belongs to no account, by source and domain, most signals first."""
    known = matched_keys(database)
    rows = [row for row in domain_counts(database) if row.domain not in known]
    return sorted(rows, key=lambda row: (-row.signals, row.domain, row.source))


def sources(database: Database) -> list[SourceCount]:
    """What there is of each source, by name."""
    known, grouped = matched_keys(database), dict[str, list[DomainCount]]()
    for row in domain_counts(database):
        grouped.setdefault(row.source, []).append(row)
    return [_source_count(source, rows, known) for source, rows in grouped.items()]


def _source_count(source: str, rows: Sequence[DomainCount], known: set[str]) -> SourceCount:
    return SourceCount(
        source,
        signals=sum(row.signals for row in rows),
        unmatched=sum(row.signals for row in rows if row.domain not in known),
        domains=len(rows),
        first_at=min(row.first_at for row in rows),
        last_at=max(row.last_at for row in rows),
    )
