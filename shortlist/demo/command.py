"""demo: install, sync, sync again, change something in one CRM, and see it arrive in the other."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from scoring.ledger import Ledger
from scoring.standing import LABELS
from scoring.words import row_words
from shortlist.commands.account_view import show_details, show_explained
from shortlist.commands.report_view import report_json, show_pull, show_push, show_tiers
from shortlist.commands.setup import install_all
from shortlist.console import Output
from shortlist.demo.stage import Stage, staged
from shortlist.demo.touch import Crms, sign_in
from shortlist.session import JsonOption, Session, command, session
from store.facts import person_records
from sync.details import details
from sync.explain import explain
from sync.report import Report
from sync.runs import run_sync
from sync.scored import Scored
from sync.wanted import Wanted

FOLDER = Path("demo-data")
_BEST = 10


@command
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the job instead of staying open.")] = False,
    accounts: Annotated[
        int, typer.Option(help="Accounts in each CRM; 60% of them are the same companies.")
    ] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same demo data.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Run the whole job on two emulated CRMs with invented companies."""
    Output(as_json=as_json).say(f"Starting two emulated CRMs with {accounts:,} accounts each …")
    with staged(FOLDER, accounts=accounts, seed=seed) as stage:
        with session(stage.config, as_json=as_json) as opened:
            _head(opened, stage)
            install_all(opened)
            first = _first_sync(opened)
            second = _second_sync(opened)
            third = _change_and_sync(opened, sign_in(stage), first)
            opened.output.document(
                {"first": report_json(first), "second": report_json(second), "third": report_json(third)}
            )
            _foot(opened, stage)
        if not once:
            _wait()


def _head(opened: Session, stage: Stage) -> None:
    opened.output.say(f"Emulated Salesforce at {stage.salesforce}, emulated HubSpot at {stage.hubspot}.")
    _chapter(opened, "Install: fields, permissions and lists")


def _chapter(opened: Session, title: str) -> None:
    opened.output.say()
    opened.output.say(f"== {title}", style="bold cyan")


def _first_sync(opened: Session) -> Report:
    _chapter(opened, "First sync: pull, match, score, plan, push")
    report = run_sync(opened.engine)
    scored = _scored(report)
    show_pull(opened.output, report)
    show_tiers(opened.output, report)
    _show_best(opened, scored)
    show_push(opened.output, report)
    _chapter(opened, "One account in full: the rows sum to the scores")
    found = explain(scored, _best(scored)[0])
    show_explained(opened.output, found, _names(opened))
    show_details(opened.output, details(opened.engine.database, scored, found))
    return report


def _second_sync(opened: Session) -> Report:
    _chapter(opened, "Sync again: nothing has changed")
    report = run_sync(opened.engine)
    show_push(opened.output, report)
    return report


def _change_and_sync(opened: Session, crms: Crms, first: Report) -> Report:
    _chapter(opened, "Something happens in one CRM, the other one shows it")
    scored = _scored(first)
    names = _names(opened)
    key, salesforce_id, company_id = _shared_account(scored, names)
    contacts = _contacts(opened, scored, key)
    before = crms.salesforce_account(salesforce_id, _SALESFORCE_FIELDS)
    meeting = crms.hold_meeting(company_id, contacts["hubspot"], opened.engine.clock())
    form = crms.fill_form(contacts["salesforce"])
    opened.output.say(
        f"{scored.facts.names[key]}: meeting {meeting} logged in HubSpot, form {form} in Salesforce."
    )
    report = run_sync(opened.engine)
    after = crms.salesforce_account(salesforce_id, _SALESFORCE_FIELDS)
    company = crms.hubspot_company(company_id, tuple(_HUBSPOT_PROPERTIES))
    rows = [
        (name, before[name], after[name], company[property_])
        for name, property_ in zip(_SALESFORCE_FIELDS, _HUBSPOT_PROPERTIES, strict=True)
    ]
    columns = ("field", "Salesforce before", "Salesforce now", "HubSpot now")
    opened.output.table("On the records", columns, rows[:-1])
    for place, text in zip(columns[1:], rows[-1][1:], strict=True):
        opened.output.say(f"Reasons, {place}: {text}")
    show_push(opened.output, report)
    return report


_SALESFORCE_FIELDS = ("ABM_Tier__c", "ABM_Engagement_Score__c", "ABM_Priority_Score__c", "ABM_Why__c")
_HUBSPOT_PROPERTIES = ("abm_tier", "abm_engagement_score", "abm_priority_score", "abm_why")


def _scored(report: Report) -> Scored:
    assert report.scored is not None  # noqa: S101 a sync scores
    return report.scored


def _names(opened: Session) -> dict[int, str]:
    return {connected.id: connected.name for connected in opened.engine.connections}


def _best(scored: Scored) -> list[str]:
    """Account keys by priority, those on the target list first."""
    order = sorted(
        zip(scored.assignments, scored.scores.priority.tolist(), strict=True),
        key=lambda pair: (pair[0].tier == "none", -pair[1], pair[0].key),
    )
    return [assignment.key for assignment, _ in order]


def _show_best(opened: Session, scored: Scored) -> None:
    best = [explain(scored, key) for key in _best(scored)[:_BEST]]
    rows = [
        (
            found.name,
            LABELS[found.tier.tier],
            found.ledger.scores.priority,
            found.ledger.scores.fit,
            found.ledger.scores.engagement,
            f"{found.ledger.scores.buying_group_coverage:.0f}%",
        )
        for found in best
    ]
    columns = ("account", "tier", "priority", "fit", "engagement", "coverage")
    opened.output.table(f"The {_BEST} best accounts", columns, rows)
    for found in best:
        opened.output.say(f"{found.name}: {_first_reasons(found.ledger)}")


def _first_reasons(ledger: Ledger) -> str:
    """The three largest single reasons, as the ledger has them."""
    rows = sorted(ledger.rows, key=lambda row: -row.priority_points)[:3]
    return ", ".join(f"{row_words(row)} {row.priority_points:+.1f}" for row in rows)


def _shared_account(scored: Scored, names: dict[int, str]) -> tuple[str, str, str]:
    """An account on the target list, in both CRMs, with room to rise: (key, Salesforce id, HubSpot id)."""
    wanted = Wanted(scored)
    for key in reversed(_best(scored)):
        number = explain_number(scored, key)
        ids = {names[record.connection_id]: record.remote_id for record in scored.facts.records[number]}
        if scored.tiers[wanted.place[number]].tier != "none" and {"salesforce", "hubspot"} <= set(ids):
            return key, ids["salesforce"], ids["hubspot"]
    raise ValueError("the demo world has no account on the target list in both CRMs")


def explain_number(scored: Scored, key: str) -> int:
    """The number of an account by its key."""
    return next(n for n, records in scored.facts.records.items() if records[0].key == key)


def _contacts(opened: Session, scored: Scored, key: str) -> dict[str, str]:
    """One contact of the account in each CRM, by connection name."""
    number, names = explain_number(scored, key), _names(opened)
    people = [row for row in person_records(opened.engine.database) if row.account_id == number]
    return {names[row.connection_id]: row.remote_id for row in people}


def _foot(opened: Session, stage: Stage) -> None:
    say = opened.output.say
    _chapter(opened, "Look around")
    say(f"  shortlist explain ACCOUNT --config {stage.config}")
    say(f"  shortlist runs --config {stage.config}")
    say(f"  shortlist plan --config {stage.config}")
    say(f"  {stage.salesforce}/_emulator/state/Account    what the emulated Salesforce holds")
    say(f"  {stage.hubspot}/_emulator/state/companies    what the emulated HubSpot holds")
    say("The companies and people of the demo are invented; any likeness is chance.")


def _wait() -> None:
    """Stay until Ctrl-C."""
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
