"""model publish: keep a model for good, after a look at what it moves."""

import getpass
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from core.clock import millis
from core.errors import ConfigError, GuardStopped
from scoring.model import Model, load_model
from shortlist.commands.model import connection_names, day, row_json
from shortlist.console import Output
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
from store.models import list_models, published_as
from store.models import publish as keep_version
from sync.whatif import Difference, compare, stops_publishing


class _Draft(NamedTuple):
    """A model file that is about to be published."""

    model: Model
    text: str
    author: str
    note: str


@command
def publish(
    file: Annotated[Path, typer.Argument(help="A scoring model.")],
    config: ConfigOption = DEFAULT,
    *,
    note: Annotated[str, typer.Option("--note", help="What changed and why; kept with the version.")],
    author: Annotated[
        str | None, typer.Option("--author", help="Who publishes; else your user name.")
    ] = None,
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="Publish exactly this difference (its id) past the guard.")
    ] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a model for good: from the next run on it is the one in use.

    Asks first when more accounts would change tier than guards.tier_moves_percent allows.
    """
    if not note.strip():
        raise ConfigError("--note is empty: say in a sentence what changed and why.")
    model, text = _read(file)
    draft = _Draft(model, text, author or _user_name(), note.strip())
    at = instant(as_of)
    with session(config, as_json=as_json, writes=False) as opened:
        database = opened.engine.database
        is_known = published_as(database, model.version, text) is not None
        found = compare(database, (opened.engine.model, model), at, connection_names(opened))
        reason = stops_publishing(found, opened.app.config.guards)
    if not is_known:
        _agree(found, reason, confirm, Output(as_json=as_json))
    with session(config, as_json=as_json) as opened:
        _publish(opened, draft, found)


def _agree(found: Difference, reason: str, confirm: str | None, output: Output) -> None:
    """Raise GuardStopped unless the difference is small enough or a person agrees to it."""
    if confirm is not None:
        if confirm != found.id:
            raise GuardStopped(
                f"The difference {confirm} is not what would change now (that is {found.id}). Nothing was "
                "published. Look at it with `shortlist model diff FILE`, then confirm the new one."
            )
        return
    if not reason or (_can_ask(output) and typer.confirm(f"{reason} Publish anyway?")):
        return
    raise GuardStopped(
        f"A guard stopped the model, nothing was published:\n  {reason}\nLook at it with `shortlist model diff "
        f"FILE`; publish it with `shortlist model publish FILE --note TEXT --confirm {found.id}`."
    )


def _can_ask(output: Output) -> bool:
    return sys.stdin.isatty() and not output.as_json


def _publish(opened: Session, draft: _Draft, found: Difference) -> None:
    engine, file = opened.engine, opened.app.config.model.file
    row, is_new = keep_version(
        engine.database,
        draft.model.version,
        draft.text,
        author=draft.author,
        note=draft.note,
        now_ms=millis(engine.clock()),
    )
    in_use = engine.model.version if file else list_models(engine.database)[0].version
    if is_new:
        _tell_new(opened.output, row.version, found)
    else:
        opened.output.say(f"{row.version} was published already, on {day(row)} UTC; nothing changed.")
    if file:
        opened.output.say(f"Runs go on using {file}, because the configuration names it (model.file).")
    elif in_use != row.version:
        opened.output.say(f"In use is {in_use}, published later. To go back, publish under a new `version`.")
    numbers = {"difference": found.id, "tier_moves": len(found.moves), "new_lists": _new_lists(found)}
    opened.output.document({**row_json(row), "is_new": is_new, "in_use": in_use, **numbers})


def _tell_new(output: Output, version: str, found: Difference) -> None:
    output.say(f"{version} is published; {len(found.moves):,} accounts change tier under it.")
    if lists := _new_lists(found):
        output.say(f"New target lists: {', '.join(lists)}. `shortlist install` makes them in the CRMs.")


def _new_lists(found: Difference) -> list[str]:
    had = {entry.key for entry in found.before.model.spec.lists}
    return [entry.name for entry in found.after.model.spec.lists if entry.key not in had]


def _read(file: Path) -> tuple[Model, str]:
    model = load_model(file)
    return model, file.read_text(encoding="utf-8")


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        raise ConfigError("This user has no name here; say who publishes with --author.") from error
