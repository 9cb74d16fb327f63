"""Who decides: the options of commands that keep an author with what they do."""

import getpass
from typing import Annotated

import typer

from core.clock import millis, system_clock
from sync.deciding import Author

ByOption = Annotated[str, typer.Option("--by", help="Who decides: your name.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for whoever looks at it later.")]
ByDefaultOption = Annotated[
    str | None, typer.Option("--by", help="Who does this; your user name on this machine unless you say.")
]


def author(by: str, reason: str) -> Author:
    """Who decides now, and why; raises ConfigError where one of them is empty."""
    return Author(by, reason, millis(system_clock()))


def whoever(by: str | None) -> str:
    """A name that was given, else the user's on this machine."""
    return (by or "").strip() or getpass.getuser()
