"""Everything that people decided, from wherever it is kept: tiers, matches, plans, rollbacks, models."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from core.records import Kind
from store.database import Database
from store.decisions import Decision, decisions
from store.tier_overrides import Decided, override_log


class LoggedDecision(NamedTuple):
    """One decision. Instants are milliseconds since 1970; until: when it ends by itself.

    what: tier, match, plan, rollback, loss, forget or model. subject: what it is about; decision: what was decided.
    """

    at: int
    what: str
    author: str
    subject: str
    decision: str
    reason: str = ""
    until: int | None = None


def decision_log(database: Database) -> list[LoggedDecision]:
    """Every decision, oldest first."""
    accounts, connections = _names(database, "account"), _names(database, "connection")
    found = [
        *(_of_override(one, accounts) for one in override_log(database)),
        *(_of_match(one, connections) for one in decisions(database)),
        *_of_runs(database),
        *_of_models(database),
    ]
    return sorted(found)


def _names(database: Database, table: str) -> dict[int, str]:
    with database.read() as reader:
        return {row[0]: row[1] for row in reader.exec_driver_sql(f"SELECT id, name FROM {table}")}  # noqa: S608 ours


def _of_override(one: Decided, names: dict[int, str]) -> LoggedDecision:
    where = f" (in {one.source})" if one.source else ""
    subject = f"{names.get(one.account_id, 'account')} #{one.account_id}"
    return LoggedDecision(
        one.decided_at,
        "tier",
        one.author,
        subject,
        f"{one.tier or 'withdrawn'}{where}",
        one.reason,
        one.expires_at,
    )


def _of_match(one: Decision, connections: dict[int, str]) -> LoggedDecision:
    def shown(key: tuple[int, str]) -> str:
        return f"{connections.get(key[0], key[0])}:{key[1]}"

    kind = "contact " if one.kind == Kind.CONTACT else ""
    others = ", ".join(shown(other) for other in one.others)
    decision = f"{one.verdict} {others}".strip()
    return LoggedDecision(
        one.decided_at, "match", one.author, f"{kind}{shown(one.record)}", decision, one.reason
    )


def _of_runs(database: Database) -> Iterator[LoggedDecision]:
    """Runs that somebody answers for: the writer of counts leaves `by` empty in all others (sync.report)."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            """SELECT id, command, started_at, state, counts FROM run WHERE counts LIKE '%"by":"%' ORDER BY id"""
        ).all()
    for number, command, at, state, text in rows:
        counts: dict[str, Any] = orjson.loads(text)
        if counts.get("rolled_back"):
            what, subject, decision = (
                "rollback",
                f"run {counts['rolled_back']}",
                f"rolled back by run {number}",
            )
        elif counts.get("confirmed"):
            what, subject, decision = (
                "plan",
                f"plan {counts['confirmed']}",
                f"confirmed: run {number}, {state}",
            )
        elif counts.get("accepted"):
            what, subject, decision = (
                "loss",
                ", ".join(counts["accepted"]),
                f"accepted: run {number}, {state}",
            )
        else:
            what, subject, decision = command, f"run {number}", state
        yield LoggedDecision(at, what, counts["by"], subject, decision)


def _of_models(database: Database) -> Iterator[LoggedDecision]:
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT published_at, author, version, note FROM model_version WHERE published_at IS NOT NULL"
        ).all()
    for at, author, version, note in rows:
        yield LoggedDecision(at, "model", author or "unknown", f"model {version}", "published", note or "")
