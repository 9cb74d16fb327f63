"""Links of records in the recycle bin, which come back with them.

What was linked with a deleted contact is unlinked, and is there again once the contact is restored (documented, for
activities). Assumption: so it is with companies and deals, and with all their links.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.hubspot.links import Links, Pair
    from emulators.hubspot.records import Table

_Links = list[tuple["Pair", int, tuple[int, ...]]]
"""Direction, record at the other end, types."""


class Severed:
    """What was linked with the records that are in the recycle bin."""

    def __init__(self) -> None:
        self._links: dict[tuple[str, int], _Links] = {}

    def keep(self, links: Links, name: str, record_id: int) -> None:
        """Remember the links of a record that is about to be unlinked."""
        self._links[name, record_id] = links.of_record(name, record_id)

    def forget(self, name: str, record_id: int) -> None:
        """The record is gone for good."""
        self._links.pop((name, record_id), None)

    def give_back(
        self, links: Links, tables: Mapping[str, Table], name: str, record_id: int
    ) -> list[tuple[str, int]]:
        """Link a restored record again; returns those at the other ends as (object, id).

        A record that was merged meanwhile is linked as its survivor. Where the other one is in the recycle bin itself,
        the link comes back with whichever of the two is restored last.
        """
        linked = []
        for pair, other_id, type_ids in self._links.pop((name, record_id), []):
            other = tables[pair[1]].find(str(other_id))
            if other is not None:
                links.take_over(pair, record_id, other.id, type_ids)
                linked.append((pair[1], other.id))
            elif other_id in tables[pair[1]].archived:
                back = links.opposites(pair, type_ids)
                self._links.setdefault((pair[1], other_id), []).append((pair[::-1], record_id, back))
        return linked
