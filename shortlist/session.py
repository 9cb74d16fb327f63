"""What every command shares: options, an open engine, and how errors become messages and exit codes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from core.clock import parse_as_of, system_clock
from core.config import Config
from core.errors import ConfigError, GuardStopped, ShortlistError
from core.records import NO_TYPE
from scoring.model import DEFAULT_MODEL, Model, load_model, parse_model
from shortlist.console import Bars, Output
from shortlist.wiring import DEFAULT_CONFIG, App, open_app
from store.database import Database
from store.lock import exclusive
from store.models import newest_published
from sync.engine import Engine
from sync.mapping import unknown_types

DONE, FAILED, CHANGES, STOPPED = 0, 1, 2, 3

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="The instant to score at: 2026-01-31 or 2026-01-31T09:00Z.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would be done; exit code 2 if anything.")
]
DEFAULT = DEFAULT_CONFIG
_PATIENCE_SECONDS = 3.0
"""How long a command waits for a task of the service to end."""

_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class Session:
    """An open engine, the output, and the configuration it came from."""

    app: App
    engine: Engine
    output: Output


@contextmanager
def session(config: Path, *, as_json: bool, writes: bool = True) -> Iterator[Session]:
    """Open everything a command needs; a command that writes has the database for itself."""
    output = Output(as_json=as_json)
    with (
        open_app(config) as app,
        exclusive(app.config.store.url, wanted=writes, wait_seconds=_PATIENCE_SECONDS),
        Bars(output) as bars,
    ):
        model, text = load_chosen_model(app.database, app.config.model.file)
        check_types(app.config, model, config)
        engine = Engine(app.database, app.connections, app.config, model, text, bars, system_clock)
        yield Session(app, engine, output)


def load_chosen_model(database: Database, file: str | None) -> tuple[Model, str]:
    """The model that runs use, and its text.

    It is the configured file, else what was published last, else the model that comes with Shortlist.
    """
    published = None if file else newest_published(database)
    if published:
        return parse_model(published.text, f"published as {published.version}"), published.text
    path = Path(file).expanduser() if file else DEFAULT_MODEL
    model = load_model(path)
    return model, path.read_text(encoding="utf-8")


def check_types(config: Config, model: Model, path: Path) -> None:
    """Raise ConfigError where the configuration maps to types of activity that the model does not have."""
    faults = list(unknown_types(config.connections, (*model.spec.engagement.types, NO_TYPE)))
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise ConfigError(f"{path} cannot be used:\n{lines}")


def instant(text: str | None, option: str = "--as-of") -> datetime:
    """What an option says, else now; raises ConfigError for something else."""
    if text is None:
        return system_clock()
    try:
        return parse_as_of(text)
    except ValueError as error:
        raise ConfigError(f"{option} {text!r} is no date or instant; write 2026-01-31.") from error


def command(run: Callable[_P, int | None]) -> Callable[_P, None]:
    """Turn a command's result into its exit code, and errors into one message with the right code."""

    @wraps(run)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> None:
        output = Output(as_json=bool(kwargs.get("as_json", False)))
        try:
            code = run(*args, **kwargs) or DONE
        except GuardStopped as stopped:
            output.error(str(stopped))
            code = STOPPED
        except ShortlistError as error:
            output.error(str(error))
            code = FAILED
        except KeyboardInterrupt:
            output.error("Stopped by you. What was done is kept; run the same command again to go on.")
            code = FAILED
        raise typer.Exit(code)

    return wrapped
