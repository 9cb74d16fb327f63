"""matches: which records may be one account, and a person's decisions about that."""

from typing import Annotated, Any

import orjson
import typer

from core.clock import from_millis, millis, system_clock
from shortlist.console import Output
from shortlist.session import DEFAULT, ConfigOption, JsonOption, Session, command, session
from store.accounts import Standing, account_events, crowded_records, records_of, standings
from store.decisions import Case, cases
from store.matching import RecordKey
from sync.deciding import Author, Logged, in_cases, join, log, one_account, one_record, settle_case, split
from sync.identity import match

ByOption = Annotated[str, typer.Option("--by", help="Who decides: your name.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for whoever looks at it later.")]
CaseArgument = Annotated[str, typer.Argument(metavar="ID", help="A case, as `shortlist matches` lists it.")]
RecordArgument = Annotated[
    str, typer.Argument(metavar="RECORD", help="A CRM account record: CONNECTION:ID, or its id alone.")
]
AccountArgument = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="An account: #NUMBER, domain, name, or one of its records.")
]


@command
def show(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List records of different accounts that may be one, with the reasons, surest first."""
    with session(config, as_json=as_json, writes=False) as opened:
        database = opened.engine.database
        listed, crowded = cases(database), crowded_records(database)
        where, names = in_cases(database, listed), _names(opened)
        opened.output.say(f"{len(listed):,} matches wait for a decision.", style="bold")
        for case in listed:
            _show_case(opened.output, case, where, names)
        if listed:
            opened.output.say(
                "Decide with `shortlist matches accept ID` or `reject ID`, --by NAME --reason TEXT."
            )
        if crowded:
            opened.output.say(
                f"{crowded:,} records stand alone because too many names share their domain ([matching] crowd)."
            )
        opened.output.document(
            {"cases": [_case_json(case, where, names) for case in listed], "crowded_records": crowded}
        )


def listing(context: typer.Context, config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List records of different accounts that may be one, or decide about them."""
    if context.invoked_subcommand is None:
        show(config=config, as_json=as_json)


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
    with session(config, as_json=as_json) as opened:
        author = Author(by, reason, millis(system_clock()))
        first = _case(opened, case)
        number = settle_case(opened.engine.database, case, author, are_same=True)
        _done(opened, number, first, author)


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
    with session(config, as_json=as_json) as opened:
        author = Author(by, reason, millis(system_clock()))
        first = _case(opened, case)
        number = settle_case(opened.engine.database, case, author, are_same=False)
        _done(opened, number, first, author)


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
    with session(config, as_json=as_json) as opened:
        author = Author(by, reason, millis(system_clock()))
        found = one_record(opened.engine.database, opened.engine.connections, record)
        number = split(opened.engine.database, found, author)
        _done(opened, number, found.key, author)


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
    with session(config, as_json=as_json) as opened:
        engine = opened.engine
        author = Author(by, reason, millis(system_clock()))
        found = one_record(engine.database, engine.connections, record)
        number = join(
            engine.database, found, one_account(engine.database, engine.connections, account), author
        )
        _done(opened, number, found.key, author)


@command
def show_log(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List every decision with what has become of it, and how accounts were joined, parted and renamed."""
    with session(config, as_json=as_json, writes=False) as opened:
        database, names = opened.engine.database, _names(opened)
        logged, events = log(database, opened.engine.config.matching), account_events(database)
        columns = ("decision", "made (UTC)", "by", "verdict", "record", "others", "reason", "state")
        opened.output.table("Decisions", columns, [_log_row(one, names) for one in logged])
        became = [
            (_time(e.happened_at), e.what, f"#{e.account_id}", e.name, e.before, e.after) for e in events
        ]
        opened.output.table("Accounts", ("when (UTC)", "what", "account", "name", "before", "after"), became)
        opened.output.document(
            {
                "decisions": [_log_json(one, names) for one in logged],
                "accounts": [
                    {**e._asdict(), "happened_at": from_millis(e.happened_at).isoformat()} for e in events
                ],
            }
        )


def _names(opened: Session) -> dict[int, str]:
    return {connected.id: connected.name for connected in opened.engine.connections}


def _case(opened: Session, case_id: str) -> RecordKey | None:
    """The first record of a case, where there is one; a wrong id is refused when it is decided."""
    return next((case.first for case in cases(opened.engine.database) if case.id.startswith(case_id)), None)


def _done(opened: Session, number: int, record: RecordKey | None, author: Author) -> None:
    """Match anew, and show the account that the record is in now."""
    engine = opened.engine
    settings = engine.config.sync.parents, engine.config.matching
    match(engine.database, *settings, now_ms=author.now_ms)
    stands = standings(engine.database, [record] if record else []).get(record or (0, ""))
    rows = records_of(engine.database, stands.account_id) if stands and stands.account_id else []
    names = _names(opened)
    opened.output.table(
        f"Decision {number} is kept. The account #{stands.account_id if stands else ''} is now",
        ("record", "name", "website", "rule"),
        [(_record(row.key, names), row.name, row.website, row.rule) for row in rows],
    )
    opened.output.say("`shortlist plan` shows what that changes in the CRMs.")
    account = {
        "account": stands.account_id if stands else None,
        "records": [_standing_json(r, names) for r in rows],
    }
    opened.output.document({"decision": number, **account})


def _record(key: RecordKey, names: dict[int, str]) -> str:
    return f"{names.get(key[0], key[0])}:{key[1]}"


def _show_case(output: Output, case: Case, where: dict[RecordKey, Standing], names: dict[int, str]) -> None:
    output.say(f"\n{case.id}: {case.confidence:.0%} sure that these are one account", style="bold")
    for key in (case.first, case.second):
        stands = where.get(key)
        more = (
            f" {stands.name}, {stands.website or 'no website'}; account #{stands.account_id}"
            if stands
            else ""
        )
        output.say(f"  {_record(key, names)}{more}")
    output.say(f"  {'; '.join(case.reasons)}")


def _case_json(case: Case, where: dict[RecordKey, Standing], names: dict[int, str]) -> dict[str, Any]:
    records = [_standing_json(where[key], names) for key in (case.first, case.second) if key in where]
    return {
        "id": case.id,
        "rule": case.rule,
        "confidence": case.confidence,
        "reasons": list(case.reasons),
        "records": records,
    }


def _standing_json(stands: Standing, names: dict[int, str]) -> dict[str, Any]:
    return {
        "record": _record(stands.key, names),
        "name": stands.name,
        "website": stands.website,
        "account": stands.account_id,
        "key": stands.account_key,
        "rule": stands.rule,
        "confidence": stands.confidence,
        "rivals": orjson.loads(stands.rivals) if stands.rivals else [],
    }


def _time(at_ms: int) -> str:
    return f"{from_millis(at_ms):%Y-%m-%d %H:%M}"


def _log_row(logged: Logged, names: dict[int, str]) -> tuple[object, ...]:
    one = logged.decision
    others = ", ".join(_record(other, names) for other in one.others)
    head = (one.id, _time(one.decided_at), one.author, one.verdict, _record(one.record, names))
    return (*head, others, one.reason, logged.state)


def _log_json(logged: Logged, names: dict[int, str]) -> dict[str, Any]:
    one = logged.decision
    return {
        "decision": one.id,
        "decided_at": from_millis(one.decided_at).isoformat(),
        "author": one.author,
        "reason": one.reason,
        "verdict": one.verdict,
        "record": _record(one.record, names),
        "others": [_record(other, names) for other in one.others],
        "state": logged.state,
    }


def say_waiting(output: Output, count: int) -> None:
    """That matches wait, after a pull."""
    if count:
        output.say(f"{count:,} matches wait for a decision: `shortlist matches`.", style="yellow")
