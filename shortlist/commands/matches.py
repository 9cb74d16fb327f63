"""matches: which records may be one account, whose a contact is, and a person's decisions about that."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.clock import from_millis
from shortlist.authors import ByOption, ReasonOption, author
from shortlist.commands.matches_view import (
    case_json,
    log_json,
    log_row,
    person_row,
    show_case,
    shown_record,
    shown_time,
    standing_json,
)
from shortlist.session import DEFAULT, ConfigOption, JsonOption, Session, command, session
from store.accounts import account_events, crowded_records, records_of, standings
from store.decisions import cases
from store.matching import RecordKey
from store.people_links import doubtful_people, find_people
from sync.deciding import (
    Author,
    in_cases,
    join,
    log,
    one_account,
    one_person,
    one_record,
    place_person,
    settle_case,
    split,
)
from sync.steps import rematch

CaseArgument = Annotated[str, typer.Argument(metavar="ID", help="A case, as `shortlist matches` lists it.")]
RecordArgument = Annotated[
    str, typer.Argument(metavar="RECORD", help="A CRM account record: CONNECTION:ID, or its id alone.")
]
PersonArgument = Annotated[
    str, typer.Argument(metavar="CONTACT", help="A contact or lead: CONNECTION:ID, or its id alone.")
]
AccountArgument = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="An account: #NUMBER, domain, name, or one of its records.")
]
Decide = Callable[[Session, Author], tuple[int, RecordKey | None]]
"""Keeps a decision; gives its number and a record of an account that shows what came of it."""


@command
def show(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List records of different accounts that may be one, with the reasons, surest first."""
    with session(config, as_json=as_json, writes=False) as opened:
        database = opened.engine.database
        listed, crowded, people = cases(database), crowded_records(database), doubtful_people(database)
        where, names = in_cases(database, listed), _names(opened)
        opened.output.say(f"{len(listed):,} matches wait for a decision.", style="bold")
        for case in listed:
            show_case(opened.output, case, where, names)
        if listed:
            opened.output.say(
                "Decide with `shortlist matches accept ID` or `reject ID`, --by NAME --reason TEXT."
            )
        if crowded:
            opened.output.say(
                f"{crowded:,} records stand alone because too many names share their domain ([matching] crowd)."
            )
        if people:
            opened.output.say(f"{len(people):,} contacts might belong elsewhere: `shortlist matches people`.")
        opened.output.document(
            {
                "cases": [case_json(case, where, names) for case in listed],
                "crowded_records": crowded,
                "doubtful_people": len(people),
            }
        )


def listing(context: typer.Context, config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List records of different accounts that may be one, or decide about them."""
    if context.invoked_subcommand is None:
        show(config=config, as_json=as_json)


@command
def people(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List contacts and leads that might belong to another account than they do, those without any first."""
    with session(config, as_json=as_json, writes=False) as opened:
        rows = [person_row(link, _names(opened)) for link in doubtful_people(opened.engine.database)]
        cells = [(*list(row.values())[:4], ", ".join(row["rivals"])) for row in rows]
        opened.output.table("Contacts", ("contact", "account", "name", "rule", "might be of"), cells)
        if rows:
            opened.output.say("Decide with `shortlist matches place CONTACT ACCOUNT`, or `apart CONTACT`.")
        opened.output.document(rows)


@command
def accept(
    case: CaseArgument,
    by: ByOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Decide that the two records of a case are one account."""
    _decide(config, author(by, reason), _settling(case, are_same=True), as_json=as_json)


@command
def reject(
    case: CaseArgument,
    by: ByOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Decide that the two records of a case are never one account."""
    _decide(config, author(by, reason), _settling(case, are_same=False), as_json=as_json)


@command
def split_record(
    record: RecordArgument,
    by: ByOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Make a record an account of its own, whatever the rules say."""

    def decide(opened: Session, who: Author) -> tuple[int, RecordKey]:
        found = one_record(opened.engine.database, opened.engine.connections, record)
        return split(opened.engine.database, found, who), found.key

    _decide(config, author(by, reason), decide, as_json=as_json)


@command
def join_record(
    record: RecordArgument,
    account: AccountArgument,
    by: ByOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Put a record into an account, whatever the rules say; records that came with it by a rule stay behind."""

    def decide(opened: Session, who: Author) -> tuple[int, RecordKey]:
        database, connections = opened.engine.database, opened.engine.connections
        found = one_record(database, connections, record)
        return join(database, found, one_account(database, connections, account), who), found.key

    _decide(config, author(by, reason), decide, as_json=as_json)


@command
def place(
    contact: PersonArgument,
    account: AccountArgument,
    by: ByOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Put a contact or lead into an account, whatever its CRM and the rules say."""

    def where(opened: Session) -> int | None:
        return one_account(opened.engine.database, opened.engine.connections, account)

    _decide_person(config, contact, where, author(by, reason), as_json=as_json)


@command
def apart(
    contact: PersonArgument,
    by: ByOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Take a contact or lead out of every account, whatever its CRM and the rules say."""
    _decide_person(config, contact, lambda _opened: None, author(by, reason), as_json=as_json)


@command
def show_log(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List every decision with what has become of it, and how accounts were joined, parted and renamed."""
    with session(config, as_json=as_json, writes=False) as opened:
        database, names = opened.engine.database, _names(opened)
        logged, events = log(database, opened.engine.config.matching), account_events(database)
        columns = ("decision", "made (UTC)", "by", "verdict", "record", "others", "reason", "state")
        opened.output.table("Decisions", columns, [log_row(one, names) for one in logged])
        became = [
            (shown_time(e.happened_at), e.what, f"#{e.account_id}", e.name, e.before, e.after) for e in events
        ]
        opened.output.table("Accounts", ("when (UTC)", "what", "account", "name", "before", "after"), became)
        opened.output.document(
            {
                "decisions": [log_json(one, names) for one in logged],
                "accounts": [
                    {**e._asdict(), "happened_at": from_millis(e.happened_at).isoformat()} for e in events
                ],
            }
        )


def _names(opened: Session) -> dict[int, str]:
    return {connected.id: connected.name for connected in opened.engine.connections}


def _settling(case_id: str, *, are_same: bool) -> Decide:
    def decide(opened: Session, who: Author) -> tuple[int, RecordKey | None]:
        # A wrong id is refused when it is decided.
        found = cases(opened.engine.database)
        first = next((case.first for case in found if case.id.startswith(case_id)), None)
        return settle_case(opened.engine.database, case_id, who, are_same=are_same), first

    return decide


def _decide(config: Path, who: Author, decide: Decide, *, as_json: bool) -> None:
    """Keep a decision, match anew, and show the account that its record is in now."""
    with session(config, as_json=as_json) as opened:
        number, record = decide(opened, who)
        rematch(opened.engine)
        database, names = opened.engine.database, _names(opened)
        stands = standings(database, [record] if record else []).get(record or (0, ""))
        rows = records_of(database, stands.account_id) if stands and stands.account_id else []
        opened.output.table(
            f"Decision {number} is kept. The account #{stands.account_id if stands else ''} is now",
            ("record", "name", "website", "rule"),
            [(shown_record(row.key, names), row.name, row.website, row.rule) for row in rows],
        )
        _tell(opened, number, stands.account_id if stands else None, [standing_json(r, names) for r in rows])


def _decide_person(
    config: Path, contact: str, where: Callable[[Session], int | None], who: Author, *, as_json: bool
) -> None:
    with session(config, as_json=as_json) as opened:
        database = opened.engine.database
        person = one_person(database, opened.engine.connections, contact)
        number = place_person(database, person, where(opened), who)
        rematch(opened.engine)
        [now] = find_people(database, person.key[1], person.key[0])
        home = f"account #{now.account_id}, {now.account}" if now.account_id else "no account"
        opened.output.say(
            f"Decision {number} is kept. {shown_record(now.key, _names(opened))} belongs to {home}."
        )
        _tell(opened, number, now.account_id, [person_row(now, _names(opened))])


def _tell(opened: Session, number: int, account_id: int | None, records: list[dict[str, object]]) -> None:
    opened.output.say("`shortlist plan` shows what that changes in the CRMs.")
    opened.output.document({"decision": number, "account": account_id, "records": records})
