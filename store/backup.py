"""A copy of a SQLite database while it is in use, readable by its owner alone."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from core.errors import ConfigError
from store.sqlite import file_of, make_private

_PAGES = 4_096
"""Pages between two reports of progress."""


def back_up(engine: Engine, target: Path, advance: Callable[[str, int, int], None] | None = None) -> int:
    """Copy the whole database into a new file, check the copy, and give its bytes.

    It is the state of one moment, whatever is written meanwhile. Raises ConfigError where the file is there already,
    cannot be written or does not pass SQLite's own check; then nothing is left of it.
    """
    if target.exists():
        raise ConfigError(f"{target} is there already; name a new file.")
    try:
        make_private(target)
        _copy(file_of(engine.url), target, advance)
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise ConfigError(f"The backup {target} could not be written: {error}.") from error
    return target.stat().st_size


def _copy(source: Path, target: Path, advance: Callable[[str, int, int], None] | None) -> None:
    def progress(_status: int, remaining: int, total: int) -> None:
        if advance is not None:
            advance("back up", total - remaining, total)

    old, new = sqlite3.connect(source), sqlite3.connect(target)
    try:
        old.backup(new, pages=_PAGES, progress=progress)
        (verdict,) = new.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the copy is not whole ({verdict})")
    finally:
        old.close()
        new.close()
