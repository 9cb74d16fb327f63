"""Processes that begin with everything imported: each is forked from one server, because tests start many.

They are processes of their own all the same, and can be killed; tests of how a command starts use the interpreter.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["shortlist.cli", "tests.kill_points"])


def start_command(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path, errors: Path
) -> ForkServerProcess:
    """`shortlist WORDS` in a folder, what it prints in two files; its exitcode is there when it has ended."""
    process = FORKS.Process(target=_command, args=(words, folder, dict(environment), output, errors))
    process.start()
    return process


def _command(
    words: Sequence[str], folder: Path, environment: dict[str, str], output: Path, errors: Path
) -> None:
    from shortlist.cli import main  # noqa: PLC0415 the server has it already

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in ((1, output), (2, errors)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["shortlist", *words]
    main()
