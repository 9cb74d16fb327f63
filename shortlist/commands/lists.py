"""lists: the target lists, and who joined and left them why."""

from typing import Annotated

import typer

from core.clock import from_millis
from core.errors import ConfigError
from shortlist.session import DEFAULT, ConfigOption, JsonOption, Session, command, session
from store.change_log import list_moves
from store.connections import inventory
from store.outbox import our_members
from sync.wanted import lists_of


@command
def lists(
    name: Annotated[
        str | None, typer.Argument(metavar="[LIST]", help="A target list, by its key or name.")
    ] = None,
    config: ConfigOption = DEFAULT,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show at most so many moves.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show the target lists with our members, or the history of one: who joined, who left, and why."""
    with session(config, as_json=as_json, writes=False) as opened:
        if name is None:
            _show_all(opened)
        else:
            _show_history(opened, _key(opened, name), limit)


def _key(opened: Session, text: str) -> str:
    known = lists_of(opened.engine.model)
    found = [one.key for one in known if text.casefold() in (one.key.casefold(), one.name.casefold())]
    if not found:
        raise ConfigError(
            f"The model has no list {text!r}; it has {', '.join(one.key for one in known) or 'none'}."
        )
    return found[0]


def _show_all(opened: Session) -> None:
    database, connections = opened.engine.database, opened.engine.connections
    listed = [
        {
            "list": target.key,
            "name": target.name,
            "connection": connected.name,
            "is_there": any(
                item.type == "list" and item.details.get("key") == target.key
                for item in inventory(database, connected.id)
            ),
            "our_members": len(our_members(database, connected.id, target.key)),
        }
        for target in lists_of(opened.engine.model)
        for connected in connections
    ]
    columns = ("list", "name", "connection", "made by install", "members by us")
    rows = [
        (*list(one.values())[:3], "yes" if one["is_there"] else "no", one["our_members"]) for one in listed
    ]
    opened.output.table("Target lists", columns, rows)
    opened.output.document(listed)


def _show_history(opened: Session, key: str, limit: int) -> None:
    moves = list_moves(opened.engine.database, key, limit=limit)
    rows = [
        (
            f"{from_millis(one.at):%Y-%m-%d %H:%M}",
            one.account,
            "joined" if one.joined else "left",
            one.connection,
            one.run_id,
            one.why,
        )
        for one in moves
    ]
    columns = ("when (UTC)", "account", "did", "connection", "run", "why")
    opened.output.table(f"List {key}: the last {len(rows)} moves", columns, rows)
    opened.output.document([{**one._asdict(), "at": from_millis(one.at)} for one in moves])
