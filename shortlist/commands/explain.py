"""explain: one account, every point of its scores, why they moved, and what would move its tier."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from core.errors import ConfigError
from scoring.next_tier import words as way_words
from scoring.words import buying_group_text
from shortlist.commands.account_view import show_details, show_explained
from shortlist.commands.movement_view import movement_json, show_movement
from shortlist.session import (
    DEFAULT,
    AsOfOption,
    ConfigOption,
    JsonOption,
    Session,
    command,
    instant,
    session,
)
from store.connections import connection_numbers
from sync.details import Details, details
from sync.explain import Explained
from sync.explain import explain as explain_account
from sync.moved import Moved, moved
from sync.past import moment
from sync.scored import Scored, compute
from sync.steps import names_of

_DATE_LENGTH = len("2026-01-31")


@command
def explain(
    account: Annotated[str, typer.Argument(help="Domain, name or CRM id of an account.")],
    config: ConfigOption = DEFAULT,
    *,
    as_of: AsOfOption = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Also show why the score moved since this day or instant.")
    ] = None,
    show_all: Annotated[
        bool, typer.Option("--all", help="Show every activity and every contact in a row of its own.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show an account's scores, where every point comes from, and what would move its tier."""
    with session(config, as_json=as_json, writes=False) as opened:
        engine, output = opened.engine, opened.output
        scored = compute(engine.database, engine.model, _moment(opened, as_of, "--as-of"), names_of(engine))
        # Also of connections that are not configured any more: what was pulled stays.
        names = {number: name for name, number in connection_numbers(engine.database).items()}
        found = explain_account(scored, account)
        closer = details(engine.database, scored, found)
        movement = _moved(opened, scored, found, since)
        show_explained(output, found, names, show_all=show_all)
        show_details(output, closer, show_all=show_all)
        if movement:
            show_movement(output, movement, show_all=show_all)
        output.document(
            {
                "as_of": scored.as_of,
                **_explained_json(found, names),
                **_details_json(closer),
                "since": movement_json(movement) if movement else None,
            }
        )


def _moved(opened: Session, scored: Scored, found: Explained, since: str | None) -> Moved | None:
    if since is None:
        return None
    start = _moment(opened, since, "--since")
    if start > scored.as_of:
        raise ConfigError(f"--since {since} is later than {scored.as_of:%Y-%m-%d %H:%M} UTC.")
    return moved(opened.engine.database, scored, found.number, start)


def _moment(opened: Session, text: str | None, option: str) -> datetime:
    """An instant; a bare date means that day's scoring where there was one."""
    at = instant(text, option)
    is_date = text is not None and len(text) == _DATE_LENGTH
    return moment(opened.engine.database, at) if is_date else at


def _explained_json(found: Explained, names: dict[int, str]) -> dict[str, Any]:
    return {
        "account": found.key,
        "name": found.name,
        "tier": found.tier._asdict(),
        "scores": found.ledger.scores,
        "buying_group": buying_group_text(found.ledger.scores),
        "ledger": list(found.ledger.rows),
        "why": found.why,
        "records": [
            {
                "connection": names[record.connection_id],
                "remote_id": record.remote_id,
                "owner": record.owner,
                "managed": record.managed,
            }
            for record in found.records
        ],
    }


def _details_json(closer: Details) -> dict[str, Any]:
    way = closer.next_tier
    return {
        "cuts": closer.cuts,
        "people": closer.people,
        "decayed": {"since": closer.decayed_since, "groups": closer.decayed},
        "next_tier": way and {**asdict(way), "words": way_words(way)},
        "trend": [
            {"week": week.week, **(week.score._asdict() if week.score else {"day": None, "priority": None})}
            for week in closer.trend
        ],
    }
