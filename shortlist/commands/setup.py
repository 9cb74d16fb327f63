"""init, check, install, uninstall: from nothing to a CRM that is ready, and back."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from core.changes import CheckReport, Finding, InventoryItem
from core.errors import ConfigError, ShortlistError
from shortlist.console import Output
from shortlist.session import (
    CHANGES,
    DEFAULT,
    FAILED,
    ConfigOption,
    DryRun,
    JsonOption,
    Session,
    command,
    session,
)
from sync.connected import Connected, each
from sync.install import (
    Installed,
    InstallPlan,
    carry_out,
    demand_ready,
    plan_install,
)
from sync.uninstall import KeptList, Uninstalled, plan_uninstall, uninstall
from sync.wanted import lists_of

_SHOWN = 4


@command
def init(
    path: Annotated[Path, typer.Argument(help="Where to write the configuration.")] = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Write a commented configuration to start from; never overwrites one."""
    output = Output(as_json=as_json)
    text = files("shortlist").joinpath("config.example.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{path} is already there and was left alone.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
    output.say(f"Wrote {path}.")
    output.say("Fill in your CRMs, put the secrets where the file says, then run: shortlist check")
    output.document({"written": str(path)})


@command
def check(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> int | None:
    """Look at every connection: sign-in, permissions, fields, lists, API headroom. Changes nothing."""
    with session(config, as_json=as_json, writes=False) as opened:
        reports = each(opened.engine.connections, _check)
        for connected, report in zip(opened.engine.connections, reports, strict=True):
            _show_check(opened.output, connected.name, report)
        opened.output.document(
            {c.name: _check_json(r) for c, r in zip(opened.engine.connections, reports, strict=True)}
        )
        return FAILED if any(report.problems for report in reports) else None


def _check(connected: Connected) -> CheckReport:
    """A connection that cannot even be asked is a problem of that connection, not of the others."""
    try:
        return connected.connector.check()
    except ShortlistError as error:
        problem = Finding("problem", "connection", str(error))
        return CheckReport("", "", "", None, (problem,))


def _show_check(output: Output, name: str, report: CheckReport) -> None:
    left = "" if report.calls_left is None else f", {report.calls_left:,} API calls left today"
    where = f"{report.org_name} ({report.org_id}), API {report.api_version}{left}" if report.org_id else ""
    output.say(f"{name}: {where}", style="bold")
    for found in report.findings:
        style = {"problem": "red", "warning": "yellow"}.get(found.level)
        output.say(f"  {found.level:8}{found.subject}: {found.message} {found.advice}".rstrip(), style=style)


def _check_json(report: CheckReport) -> dict[str, object]:
    return {
        "org_id": report.org_id,
        "org_name": report.org_name,
        "api_version": report.api_version,
        "calls_left": report.calls_left,
        "findings": [found._asdict() for found in report.findings],
    }


@command
def install(
    config: ConfigOption = DEFAULT, *, dry_run: DryRun = False, as_json: JsonOption = False
) -> int | None:
    """Create the fields, permissions and lists that Shortlist needs, and prove them by a write.

    Every connection is looked at first; where one is not ready, nothing is changed in any.
    """
    with session(config, as_json=as_json) as opened:
        if dry_run:
            return _show_plan(opened, plan_all(opened))
        done = install_all(opened)
        opened.output.document({item.connection: _install_json(item) for item in done})
        return None


def plan_all(opened: Session) -> list[InstallPlan]:
    """The preflight of every connection, and what would be made there."""
    lists = lists_of(opened.engine.model)
    return each(
        opened.engine.connections, lambda connected: plan_install(opened.engine.database, connected, lists)
    )


def _show_plan(opened: Session, plans: Sequence[InstallPlan]) -> int | None:
    for plan in plans:
        _show_check(opened.output, plan.connection, plan.report)
        if plan.made is not None:
            _show_items(opened.output, plan.connection, plan.made.created, "would create")
            opened.output.say(f"  {len(plan.made.existing)} are there already")
            for note in plan.made.notes:
                opened.output.say(f"  {note}")
    opened.output.document({plan.connection: _plan_json(plan) for plan in plans})
    if any(plan.problems for plan in plans):
        return FAILED
    return CHANGES if any(plan.made and plan.made.created for plan in plans) else None


def install_all(opened: Session) -> list[Installed]:
    """Install into every connection, and say what was made; raises ConfigError where one is not ready."""
    lists, plans = lists_of(opened.engine.model), plan_all(opened)
    demand_ready(plans)
    done = []
    for connected, plan in zip(opened.engine.connections, plans, strict=True):
        item = carry_out(opened.engine.database, connected, lists, plan)
        _show_items(opened.output, item.connection, item.made.created, "created")
        opened.output.say(f"  {len(item.made.existing)} were there already")
        for note in item.made.notes:
            opened.output.say(f"  {note}")
        if item.canary:
            opened.output.say(f"  proved by writing and reading account {item.canary}")
        done.append(item)
    return done


def _show_items(output: Output, name: str, items: Sequence[InventoryItem], verb: str) -> None:
    output.say(f"{name}: {verb} {len(items)}", style="bold")
    by_type: dict[str, list[str]] = {}
    for item in items:
        by_type.setdefault(item.type, []).append(item.name)
    for type_, names in by_type.items():
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        output.say(f"  {len(names):3} {type_.replace('_', ' ')}: {', '.join(names[:_SHOWN])}{more}")


def _install_json(item: Installed) -> dict[str, object]:
    made = item.made
    found = {"created": list(made.created), "existing": list(made.existing), "notes": list(made.notes)}
    return {**found, "canary": item.canary}


def _plan_json(plan: InstallPlan) -> dict[str, object]:
    made = plan.made
    return {
        "created": list(made.created) if made else [],
        "existing": list(made.existing) if made else [],
        "notes": list(made.notes) if made else [],
        "problems": plan.problems,
        "check": _check_json(plan.report),
    }


@command
def remove(
    config: ConfigOption = DEFAULT, *, dry_run: DryRun = False, as_json: JsonOption = False
) -> int | None:
    """Remove exactly what install made; what was there before, and what people made, stays."""
    with session(config, as_json=as_json) as opened:
        database, done = opened.engine.database, {}
        for connected in opened.engine.connections:
            found = plan_uninstall(database, connected) if dry_run else uninstall(database, connected)
            _show_items(
                opened.output, connected.name, found.removed, "would remove" if dry_run else "removed"
            )
            _show_staying(opened.output, found)
            done[connected.name] = found
        opened.output.document({name: _removal_json(found) for name, found in done.items()})
    if dry_run:
        return CHANGES if any(found.removed for found in done.values()) else None
    return FAILED if any(found.refused for found in done.values()) else None


def _show_staying(output: Output, done: Uninstalled) -> None:
    for kept in done.kept:
        output.say(f"  list {kept.item.name} stays: {_why_kept(kept)}", style="yellow")
    for item, reason in done.refused:
        what = item.type.replace("_", " ")
        output.say(f"  {what} {item.name} cannot be removed: {reason}", style="yellow")
    if done.refused:
        output.say("  Put that right in the CRM, then run `shortlist uninstall` again.")


def _removal_json(done: Uninstalled) -> dict[str, object]:
    return {
        "removed": list(done.removed),
        "kept": [
            {"list": one.item.name, "members": one.members, "reason": _why_kept(one)} for one in done.kept
        ],
        "refused": [{**asdict(one.item), "reason": one.reason} for one in done.refused],
    }


def _why_kept(kept: KeptList) -> str:
    if kept.members is None:
        return kept.reason
    return f"people put {kept.members} members on it; ours are taken off"
