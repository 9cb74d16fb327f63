"""The one registry of tasks: names that schedules and couriers carry, and what they do.

Arguments are plain JSON with a version. A worker takes those of its own version and of the one before; what a newer
program asked for waits for a worker of that program.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.errors import ConfigError
from store.jobs import Arguments, Job
from sync.engine import Engine
from sync.hinted import run_hints
from sync.journal import poll_journal
from sync.retention import run_purge
from sync.runs import run_pull, run_push, run_read, run_score, run_sync

VERSION = 1
"""Version of the arguments. Version 0 had no version in them, and nothing else that was different."""
_KNOWN = range(VERSION - 1, VERSION + 1)
CONNECTION = "connection"


@dataclass(frozen=True, slots=True)
class Task:
    """What a name stands for. of_connection: it is done for one connection, which its arguments name.

    All other tasks touch every connection, and so exclude everything else.
    """

    words: str
    run: Callable[[Engine, Arguments], object]
    of_connection: bool = False


Tasks = Mapping[str, Task]


def _catch_up(engine: Engine, _arguments: Arguments) -> object:
    """A sync that also writes what moved too little for the others."""
    settings = engine.config.sync.model_copy(update={"min_change": 0.0})
    return run_sync(replace(engine, config=engine.config.model_copy(update={"sync": settings})))


def _hints(engine: Engine, _arguments: Arguments) -> object:
    """Hints of one CRM move values in all of them, so they are served together."""
    for connected in engine.connections:
        if connected.journal is not None:
            poll_journal(engine, connected.name)
    return run_hints(engine)


HINTS = "hints"
TASKS: Tasks = {
    "sync": Task("pull, score, plan and push", lambda engine, _: run_sync(engine)),
    "pull": Task("read what changed", lambda engine, _: run_pull(engine)),
    "read": Task(
        "read what changed in one CRM, beside what is done for others",
        lambda engine, arguments: run_read(engine, arguments[CONNECTION]),
        of_connection=True,
    ),
    "compare": Task(
        "read what changed, and compare all ids", lambda engine, _: run_pull(engine, compare=True)
    ),
    "score": Task("score every account", lambda engine, _: run_score(engine, engine.clock())),
    "push": Task("score, plan and push", lambda engine, _: run_push(engine, engine.clock())),
    HINTS: Task("read again what the CRMs told of (and their journals), score and push it", _hints),
    "catch_up": Task("a sync that writes small moves, too", _catch_up),
    "purge": Task("delete what [retention] no longer keeps", lambda engine, _: run_purge(engine)),
}


def key_of(task: str, arguments: Arguments) -> str:
    """What a job is known by: equal keys are equal work."""
    return f"{task}:{arguments[CONNECTION]}" if CONNECTION in arguments else task


def versioned(arguments: Mapping[str, Any]) -> Arguments:
    """Arguments as this program writes them."""
    return {**arguments, "version": VERSION}


def is_ours(tasks: Tasks, job: Job) -> bool:
    """Whether this program can do a job: it knows the task and can read its arguments."""
    return job.task in tasks and job.arguments.get("version", 0) in _KNOWN


def task_of(tasks: Tasks, name: str) -> Task:
    """The task of a name that a person wrote; raises ConfigError for another one."""
    if name not in tasks:
        known = "\n".join(f"  {known}: {task.words}" for known, task in tasks.items())
        raise ConfigError(f"There is no task {name!r}. There are:\n{known}")
    return tasks[name]
