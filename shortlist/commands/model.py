"""model validate, list, show, diff: the registry of scoring models, and what another one would change."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.clock import from_millis
from core.errors import ConfigError
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
from store.models import ModelRow, find_models, list_models
from sync.planner import Planner
from sync.whatif import compare, costs, stops_publishing


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
def list_versions(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List every version that was published or used, newest first."""
    with session(config, as_json=as_json, writes=False) as opened:
        in_use = opened.engine.model.version
        rows = list_models(opened.engine.database)
        opened.output.table(
            "Models",
            ("version", "published (UTC)", "author", "note", "in use"),
            [
                (row.version, day(row), row.author, row.note, "yes" if row.version == in_use else "")
                for row in rows
            ],
        )
        opened.output.say(f"In use: {in_use} ({opened.engine.model.source}).")
        opened.output.document(
            {
                "in_use": in_use,
                "source": opened.engine.model.source,
                "versions": [row_json(row) for row in rows],
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
            opened.output.document({**row_json(row), "text": row.text})
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
        one = resolve(engine.database, first)
        models = (one, resolve(engine.database, second)) if second else (engine.model, one)
        found = compare(engine.database, models, at, connection_names(opened))
        planner = Planner(engine.database, engine.connections, engine.config.sync)
        priced = costs(planner, found)
        show_difference(opened.output, found, priced)
        reason = stops_publishing(found, opened.app.config.guards)
        if reason:
            opened.output.say(f"Publishing will ask for --confirm {found.id}: {reason}", style="yellow")
        opened.output.document({**difference_json(found, priced), "guard": reason or None})


def resolve(database: Database, name: str) -> Model:
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


def connection_names(opened: Session) -> dict[int, str]:
    """The names of the connections by number."""
    return {connected.id: connected.name for connected in opened.engine.connections}


def day(row: ModelRow) -> str:
    """When a version was published, "" where it was not."""
    return f"{from_millis(row.published_at):%Y-%m-%d %H:%M}" if row.published_at is not None else ""


def row_json(row: ModelRow) -> dict[str, Any]:
    """A version in JSON, without its text."""
    return {
        "version": row.version,
        "author": row.author,
        "note": row.note,
        "published_at": None if row.published_at is None else from_millis(row.published_at).isoformat(),
        "first_used_at": from_millis(row.first_used_at).isoformat(),
    }
