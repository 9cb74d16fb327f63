"""forget: everything about one person leaves the store, does not come back, and that is proved."""

from pathlib import Path
from typing import Annotated, Any

import typer

from shortlist.authors import ByDefaultOption, whoever
from shortlist.console import Output
from shortlist.session import CHANGES, DEFAULT, FAILED, ConfigOption, DryRun, JsonOption, command, session
from sync.forget import Forgotten, find, let_back, look
from sync.forget import forget as erase


@command
def forget(  # noqa: PLR0913 the options of a command
    config: ConfigOption = DEFAULT,
    *,
    email: Annotated[str | None, typer.Option("--email", help="The person's e-mail address.")] = None,
    record: Annotated[
        str | None, typer.Option("--record", help="One of the person's contacts: CONNECTION:ID.")
    ] = None,
    dry_run: DryRun = False,
    by: ByDefaultOption = None,
    search: Annotated[
        list[Path] | None,
        typer.Option("--search", help="Search this file or folder (logs, exports) too; repeatable."),
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Let somebody come back who was forgotten by mistake.")
    ] = False,
    as_json: JsonOption = False,
) -> int | None:
    """Erase a person everywhere in the store, keep them out by a keyed hash, and prove it. Cannot be undone."""
    with session(config, as_json=as_json, writes=not dry_run) as opened:
        people = find(opened.engine.database, opened.engine.connections, email=email, record=record)
        if undo:
            _undo(opened.output, let_back(opened.engine, people))
            return None
        if dry_run:
            found = look(opened.engine, people)
            _show(opened.output, found)
            opened.output.document(_json(found))
            return CHANGES if any(trace.found for trace in found.before) else None
        done = erase(opened.engine, people, by=whoever(by), also_search=search or ())
        _show(opened.output, done)
        _prove(opened.output, done)
        opened.output.document(_json(done))
        return FAILED if done.left else None


def _undo(output: Output, count: int) -> None:
    output.say(
        "May come back: `shortlist pull --full` reads them again."
        if count
        else "Nobody like that was forgotten."
    )
    output.document({"hashes_removed": count})


def _show(output: Output, found: Forgotten) -> None:
    people = found.people
    output.say(
        f"{len(people.contacts)} contacts with {len(people.emails)} addresses, at {len(people.accounts)} accounts."
    )
    traces = [(trace.where, trace.found) for trace in found.before if trace.found]
    output.table("Found before", ("where", "times"), traces)


def _prove(output: Output, done: Forgotten) -> None:
    output.table("Deleted or rewritten", ("table", "rows"), sorted(done.erased.items()))
    output.table("Searched afterwards", ("where", "found", ""), done.proof)
    if done.left:
        output.say(
            "Something is left, see above; whatever is not the database's must be cleaned by hand.",
            style="red",
        )
    else:
        output.say(
            "Nothing is left. `shortlist sync` writes the accounts' new scores and reasons into the CRMs."
        )


def _json(found: Forgotten) -> dict[str, Any]:
    return {
        "run": found.run_id or None,
        "contacts": len(found.people.contacts),
        "addresses": len(found.people.emails),
        "accounts": sorted(found.people.accounts),
        "found_before": {trace.where: trace.found for trace in found.before if trace.found},
        "erased": dict(found.erased),
        "proof": [trace._asdict() for trace in found.proof],
        "left": len(found.left),
    }
