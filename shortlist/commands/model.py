"""model validate, publish, list, show, diff: the registry of scoring models, and what another one would change."""

import getpass
import sys
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from core.clock import from_millis, millis
from core.errors import ConfigError, GuardStopped
from scoring.model import Model, load_model, parse_model
from shortlist.commands.model_diff import difference_json, show_difference
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
from store.database import Database
from store.models import ModelRow, find_models, list_models, published_as
from store.models import publish as keep_version
from sync.planning import Planner
from sync.whatif import Difference, compare, costs, stops_publishing


class _Draft(NamedTuple):
    """A model file that is about to be published."""

    model: Model
    text: str
    author: str
    note: str


@command
def validate(
    file: Annotated[Path, typer.Argument(help="A scoring model.")], *, as_json: JsonOption = False
) -> None:
    """Check a scoring model file: every fault with its key and the reason."""
    model = load_model(file)
    output = Output(as_json=as_json)
    output.say(f"{file} is a sound model: version {model.version}, {len(model.spec.fit.rules)} fit rules.")
    output.document({"file": str(file), "version": model.version})


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
        found = compare(database, (opened.engine.model, model), at, _connection_names(opened))
        reason = "" if is_known else stops_publishing(found, opened.app.config.guards)
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
    engine, output, file = opened.engine, opened.output, opened.app.config.model.file
    row, is_new = keep_version(
        engine.database,
        draft.model.version,
        draft.text,
        author=draft.author,
        note=draft.note,
        now_ms=millis(engine.clock()),
    )
    newest = list_models(engine.database)[0].version
    new_lists = _new_lists(found)
    if is_new:
        output.say(f"{row.version} is published; {len(found.moves):,} accounts change tier under it.")
    else:
        output.say(f"{row.version} was published already, on {_day(row)} UTC; nothing changed.")
    if file:
        output.say(f"Runs go on using {file}, because the configuration names it (model.file).")
    elif newest != row.version:
        output.say(
            f"In use is {newest}, published later; to go back, publish this one under a new `version`."
        )
    if is_new and new_lists:
        output.say(f"New target lists: {', '.join(new_lists)}. `shortlist install` makes them in the CRMs.")
    output.document(
        {
            **_row_json(row),
            "is_new": is_new,
            "in_use": engine.model.version if file else newest,
            "difference": found.id,
            "tier_moves": len(found.moves),
            "new_lists": new_lists,
        }
    )


def _new_lists(found: Difference) -> list[str]:
    had = {entry.key for entry in found.before.model.spec.lists}
    return [entry.name for entry in found.after.model.spec.lists if entry.key not in had]


@command
def list_versions(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List every version that was published or used, newest first."""
    with session(config, as_json=as_json, writes=False) as opened:
        in_use = opened.engine.model.version
        rows = list_models(opened.engine.database)
        opened.output.table(
            "Models",
            ("version", "published (UTC)", "author", "note", "in use"),
            [
                (row.version, _day(row), row.author, row.note, "yes" if row.version == in_use else "")
                for row in rows
            ],
        )
        opened.output.say(f"In use: {in_use} ({opened.engine.model.source}).")
        opened.output.document(
            {
                "in_use": in_use,
                "source": opened.engine.model.source,
                "versions": [_row_json(row) for row in rows],
            }
        )


@command
def show(
    version: Annotated[str, typer.Argument(help="A version, or the name its author gave it.")],
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Print a version's TOML as it was published."""
    with session(config, as_json=as_json, writes=False) as opened:
        row = _one(opened.engine.database, version)
        if row is None:
            raise ConfigError(f"There is no model {version!r}; `shortlist model list` lists them.")
        if as_json:
            opened.output.document({**_row_json(row), "text": row.text})
        else:
            typer.echo(row.text, nl=False)


@command
def diff(
    first: Annotated[str, typer.Argument(help="A version or a file.", metavar="A")],
    second: Annotated[
        str | None,
        typer.Argument(help="Another one; without it, A is compared with the one in use.", metavar="B"),
    ] = None,
    config: ConfigOption = DEFAULT,
    *,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would change from A to B, or from the model in use to A; writes nothing."""
    at = instant(as_of)
    with session(config, as_json=as_json, writes=False) as opened:
        engine = opened.engine
        one = _resolve(engine.database, first)
        models = (one, _resolve(engine.database, second)) if second else (engine.model, one)
        found = compare(engine.database, models, at, _connection_names(opened))
        planner = Planner(engine.database, engine.connections, engine.config.sync)
        priced = costs(planner, found)
        show_difference(opened.output, found, priced)
        reason = stops_publishing(found, opened.app.config.guards)
        if reason:
            opened.output.say(f"Publishing will ask for --confirm {found.id}: {reason}", style="yellow")
        opened.output.document({**difference_json(found, priced), "guard": reason or None})


def _resolve(database: Database, name: str) -> Model:
    """A version of the registry, else a file; raises ConfigError where it is neither."""
    row = _one(database, name)
    if row is not None:
        return parse_model(row.text, f"version {row.version}")
    if not Path(name).expanduser().exists():
        raise ConfigError(
            f"{name!r} is neither a model in the registry (`shortlist model list` lists them) nor a file."
        )
    return load_model(Path(name).expanduser())


def _one(database: Database, name: str) -> ModelRow | None:
    found = find_models(database, name)
    if len(found) > 1:
        versions = ", ".join(row.version for row in found)
        raise ConfigError(f"{name!r} names {len(found)} models: {versions}. Write the whole version.")
    return found[0] if found else None


def _read(file: Path) -> tuple[Model, str]:
    model = load_model(file)
    return model, file.read_text(encoding="utf-8")


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        raise ConfigError("This user has no name here; say who publishes with --author.") from error


def _connection_names(opened: Session) -> dict[int, str]:
    return {connected.id: connected.name for connected in opened.engine.connections}


def _day(row: ModelRow) -> str:
    return f"{from_millis(row.published_at):%Y-%m-%d %H:%M}" if row.published_at is not None else ""


def _row_json(row: ModelRow) -> dict[str, Any]:
    return {
        "version": row.version,
        "author": row.author,
        "note": row.note,
        "published_at": None if row.published_at is None else from_millis(row.published_at).isoformat(),
        "first_used_at": from_millis(row.first_used_at).isoformat(),
    }
