"""How the command line speaks: results on stdout (words or JSON), progress and errors on stderr."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Any, Self

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go. With `as_json`, a command prints exactly one JSON document and no words."""

    as_json: bool = False
    console: Console = field(default_factory=lambda: Console(soft_wrap=True, highlight=False))
    errors: Console = field(default_factory=lambda: Console(stderr=True, soft_wrap=True, highlight=False))

    def say(self, text: str = "", *, style: str | None = None) -> None:
        """Print a line for a person; nothing in JSON mode. CRM text in it is never read as markup."""
        if not self.as_json:
            self.console.print(escape(text), style=style)

    def guide(self, text: str) -> None:
        """Print a line on stderr that a person must act on while the command waits, in JSON mode too."""
        self.errors.print(escape(text))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table for a person; numbers stand to the right."""
        if self.as_json:
            return
        listed = [list(row) for row in rows]
        table = Table(title=escape(title), title_justify="left", header_style="bold")
        for place, column in enumerate(columns):
            is_number = bool(listed) and all(isinstance(row[place], int | float) for row in listed)
            table.add_column(column, justify="right" if is_number else "left", overflow="fold")
        for row in listed:
            table.add_row(*(escape(_cell(value)) for value in row))
        self.console.print(table)

    def document(self, data: Any) -> None:
        """Print the JSON document of a command; nothing for a person."""
        if self.as_json:
            options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
            sys.stdout.buffer.write(orjson.dumps(data, option=options, default=str))
            sys.stdout.flush()

    def error(self, message: str) -> None:
        """Print one clear error on stderr, or as JSON on stdout."""
        if self.as_json:
            self.document({"error": message})
        else:
            self.errors.print(escape(message), style="red")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


class Bars:
    """Progress bars on stderr while a terminal looks; silent otherwise. One bar a task, from many threads."""

    def __init__(self, output: Output) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=output.errors,
            disable=output.as_json or not output.errors.is_terminal,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def advance(self, task: str, count: int, total: int | None = None) -> None:
        """Move a task's bar, which appears with its first move."""
        with self._lock:
            if task not in self._tasks:
                self._tasks[task] = self._progress.add_task(escape(task), total=total)
        self._progress.update(self._tasks[task], advance=count)
        if total is not None:
            self._progress.update(self._tasks[task], total=total)
