"""Forgetting a person: found by address or record, erased everywhere, scored again, and proved."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import ConfigError
from store.compacting import compact
from store.database import Database
from store.erasing import Erased, erase_people
from store.forgotten import allow, hashes
from store.persons import People, find_people
from store.traces import Trace, search
from sync.connected import Connected
from sync.engine import Engine, recorded
from sync.steps import rematch, rescore


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What of a person was (or would be) erased, by table, and where nothing of them is left."""

    people: People
    before: Sequence[Trace]
    erased: Erased = field(default_factory=Erased)
    proof: Sequence[Trace] = ()
    run_id: int = 0

    @property
    def left(self) -> list[Trace]:
        """Places where something of the person was found after the erasure."""
        return [trace for trace in self.proof if trace.found]


def find(
    database: Database, connections: Sequence[Connected], *, email: str | None, record: str | None
) -> People:
    """The person behind an address or a record (CONNECTION:ID). Raises ConfigError where neither or nonsense is given.

    Somebody whom nobody knows is found as well: the hash keeps them out in future.
    """
    if (email is None) == (record is None):
        raise ConfigError("Name one person: --email ADDRESS, or --record CONNECTION:ID.")
    with database.read() as reader:
        if email is not None:
            if "@" not in email.strip().strip("@"):
                raise ConfigError("--email is no e-mail address.")
            return find_people(reader, emails=[email])
        return find_people(reader, [contact_key(connections, str(record))])


def contact_key(connections: Sequence[Connected], text: str) -> tuple[int, str]:
    """The contact that CONNECTION:ID names; raises ConfigError for a connection that is not there."""
    name, _, remote_id = text.partition(":")
    numbers = {connected.name: connected.id for connected in connections}
    if name not in numbers or not remote_id:
        example = next(iter(numbers), "hubspot")
        raise ConfigError(
            f"Write the contact as CONNECTION:ID, such as {example}:151 (connections: {', '.join(numbers)})."
        )
    return numbers[name], remote_id


def look(engine: Engine, people: People) -> Forgotten:
    """What would be erased; changes nothing."""
    return Forgotten(people, search(engine.database, people))


def forget(engine: Engine, people: People, *, by: str, also_search: Sequence[Path] = ()) -> Forgotten:
    """Erase people, score their accounts without them, rewrite the files, and search for what is left.

    The run keeps who asked for it and how many rows went, and nothing of whom.
    """
    before = search(engine.database, people)
    with recorded(engine, "forget", engine.clock()) as report:
        report.by = by
        with engine.database.write() as writer:
            erased = erase_people(writer, people)
        report.erased = dict(sorted(erased.items()))
        rematch(engine)
        rescore(engine, report)
    compact(engine.database)
    proof = search(engine.database, people, also_search)
    return Forgotten(people, before, erased, proof, report.run_id)


def let_back(engine: Engine, people: People) -> int:
    """Let people land again who were forgotten by mistake; how many hashes went. A full pull brings them back."""
    with engine.database.write() as writer:
        own = hashes(writer)
        found = [own.of_email(one) for one in people.emails] + [
            own.of_contact(*key) for key in people.contacts
        ]
        return allow(writer, found)
