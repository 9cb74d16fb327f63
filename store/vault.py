"""The vault: stored sign-ins, and the lease that lets one process at a time renew one of them.

Every change is one UPDATE whose condition says what must still be true, so that it holds between processes
and machines: who counts one row has won. A process that dies leaves its lease behind as the note that a
renewal was begun; the lease ends by itself, later than any renewal can take.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, RowMapping, delete, insert, select, update
from sqlalchemy import Connection as SqlConnection

from core.clock import Clock, millis
from core.errors import ConfigError, ReconnectNeeded
from core.grants import Grant, Held, Lease
from store.database import Database
from store.sealing import Seals
from store.sql import table_of
from store.tables import Connection, VaultRow

LEASE = timedelta(seconds=90)
"""Longer than a renewal takes (connectors.renewal) by more than clocks of two machines differ."""
_VAULT = table_of(VaultRow)
_C = _VAULT.c
_FREE = {"lease_owner": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class StoredVault:
    """core.grants.Vault on the database."""

    database: Database
    connection_id: int
    connection: str
    seals: Seals
    clock: Clock

    def read(self) -> Held:
        """The stored grant; see core.grants.Vault."""
        row = self._row()
        if row is None:
            raise ConfigError(
                f"connections.{self.connection}: nobody has signed in yet; run `shortlist connect "
                f"{self.connection}`."
            )
        if row["stopped"]:
            raise ReconnectNeeded(
                f"connections.{self.connection}: {row['stopped']} Nothing is tried until you run `shortlist "
                f"connect {self.connection}`."
            )
        return Held(self.seals.open(self.connection, row["sealed"]), row["generation"])

    def peek(self) -> Grant | None:
        """The stored grant, also one that the CRM has refused; raises ConfigError where it cannot be opened."""
        row = self._row()
        return self.seals.open(self.connection, row["sealed"]) if row else None

    def store(self, granted: Grant) -> Held:
        """Keep what a person's sign-in gave, in place of whatever was there."""
        sealed = self.seals.seal(self.connection, granted)
        with self.database.write(moves=False) as transaction:
            known = transaction.execute(select(_C.generation).where(self._own()).with_for_update()).scalar()
            generation = (known or 0) + 1
            values = {"sealed": sealed, "generation": generation, "stopped": None, **_FREE}
            if known is None:
                new = {"connection_id": self.connection_id, **values}
                transaction.execute(insert(_VAULT).values(new))
            else:
                transaction.execute(update(_VAULT).where(self._own()).values(values))
        return Held(granted, generation)

    def erase(self) -> None:
        """Forget the grant."""
        with self.database.write(moves=False) as transaction:
            transaction.execute(delete(_VAULT).where(self._own()))

    def claim(self, held: Held) -> Lease | None:
        """Take the lease; see core.grants.Vault."""
        owner, now = secrets.token_hex(16), millis(self.clock())
        until = now + millis_of(LEASE)
        # An end beyond what anybody could have set means that the clock was turned back.
        is_free = (_C.lease_until <= now) | (_C.lease_until > until) | _C.lease_owner.is_(None)
        with self.database.write(moves=False) as transaction:
            before = transaction.execute(select(_C.lease_owner).where(self._own())).scalar()
            claimed = transaction.execute(
                update(_VAULT)
                .where(self._own(), _C.generation == held.generation, _C.stopped.is_(None), is_free)
                .values(lease_owner=owner, lease_until=until)
            ).rowcount
        return Lease(owner, held, was_cut_short=before is not None) if claimed else None

    def keep(self, lease: Lease, granted: Grant) -> Held:
        """Store the renewed grant and end the lease; see core.grants.Vault."""
        values = {
            "sealed": self.seals.seal(self.connection, granted),
            "generation": lease.held.generation + 1,
            **_FREE,
        }
        with self.database.write(moves=False) as transaction:
            # By generation, not by owner: whoever took over a lease that had ended holds older tokens.
            kept = transaction.execute(
                update(_VAULT)
                .where(self._own(), _C.generation == lease.held.generation)
                .values(values | {"stopped": None})
            ).rowcount
        return Held(granted, lease.held.generation + 1) if kept else self.read()

    def release(self, lease: Lease, *, is_answered: bool) -> None:
        """End a lease without a new grant; see core.grants.Vault."""
        values = _FREE if is_answered and not lease.was_cut_short else {"lease_until": 0}
        with self.database.write(moves=False) as transaction:
            transaction.execute(update(_VAULT).where(self._leased(lease)).values(values))

    def stop(self, lease: Lease, reason: str) -> None:
        """Mark the grant as worthless; see core.grants.Vault."""
        with self.database.write(moves=False) as transaction:
            transaction.execute(update(_VAULT).where(self._leased(lease)).values(stopped=reason, **_FREE))

    def _own(self) -> ColumnElement[bool]:
        return _C.connection_id == self.connection_id

    def _leased(self, lease: Lease) -> ColumnElement[bool]:
        return self._own() & (_C.lease_owner == lease.owner) & (_C.generation == lease.held.generation)

    def _row(self) -> RowMapping | None:
        with self.database.read() as reader:
            return reader.execute(select(_VAULT).where(self._own())).mappings().first()


def millis_of(span: timedelta) -> int:
    """Whole milliseconds of a duration."""
    return span // timedelta(milliseconds=1)


def signed_in(database: Database) -> list[str]:
    """Names of the connections that have a stored sign-in."""
    with database.read() as reader:
        return [name for _, name, _ in _rows(reader)]


def examine(database: Database, keys: Seals) -> None:
    """Open every stored sign-in; raises ConfigError for the first that cannot be."""
    with database.read() as reader:
        for _, name, sealed in _rows(reader):
            keys.open(name, sealed)


def reseal(database: Database, keys: Seals) -> list[str]:
    """Seal every stored sign-in with the first key, all of them or none; gives the connections' names."""
    with database.write(moves=False) as transaction:
        # Held until the end, so that no renewal is overwritten (SQLite holds the whole file already).
        transaction.execute(select(_C.connection_id).with_for_update()).all()
        rows = list(_rows(transaction))
        for connection_id, name, sealed in rows:
            keys.open(name, sealed)
            transaction.execute(
                update(_VAULT).where(_C.connection_id == connection_id).values(sealed=keys.reseal(sealed))
            )
    return [name for _, name, _ in rows]


def _rows(reader: SqlConnection) -> Iterator[tuple[int, str, str]]:
    connection = table_of(Connection)
    found = reader.execute(
        select(_C.connection_id, connection.c.name, _C.sealed)
        .join(connection, connection.c.id == _C.connection_id)
        .order_by(connection.c.name)
    )
    for row in found:
        yield row[0], row[1], row[2]
