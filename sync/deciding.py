"""A person's decisions about matches: who is meant, what is stored, and what has come of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domains import registrable_domain
from core.errors import ConfigError
from core.match_settings import MatchSettings
from core.records import Kind
from store.accounts import Standing, find_accounts, find_records, records_of, standings
from store.database import Database
from store.decisions import Case, Decision, cases, decide, decisions
from store.people_links import PersonLink, find_people
from sync.connected import Connected
from sync.identity import decision_states


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides, why, and when (milliseconds since 1970)."""

    name: str
    reason: str
    now_ms: int

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.reason.strip():
            raise ConfigError("A decision needs --by NAME and --reason TEXT; nothing was decided.")
        object.__setattr__(self, "name", self.name.strip())
        object.__setattr__(self, "reason", self.reason.strip())


@dataclass(frozen=True, slots=True)
class Logged:
    """A decision with its state in words: "holds", or what has become of it."""

    decision: Decision
    state: str


def settle_case(database: Database, case_id: str, author: Author, *, are_same: bool) -> int:
    """Decide an open case; the decision's number. Raises ConfigError where there is none with this id."""
    found = [case for case in cases(database) if case.id.startswith(case_id)] if case_id else []
    if len(found) != 1:
        several = (
            f"{len(found)} cases begin with {case_id!r}" if found else f"There is no open case {case_id!r}"
        )
        raise ConfigError(f"{several}; `shortlist matches` lists them.")
    case: Case = found[0]
    return _decide(database, "same" if are_same else "apart", case.first, [case.second], author)


def split(database: Database, record: Standing, author: Author) -> int:
    """Make a record an account of its own; the decision's number."""
    return _decide(database, "split", record.key, [], author)


def join(database: Database, record: Standing, account_id: int, author: Author) -> int:
    """Put a record into an account; the decision's number. Raises ConfigError where it is its only one."""
    anchors = [row.key for row in records_of(database, account_id) if row.key != record.key]
    if not anchors:
        raise ConfigError(f"{record.name!r} is that account already, alone; nothing was decided.")
    return _decide(database, "join", record.key, anchors, author)


def place_person(database: Database, person: PersonLink, account_id: int | None, author: Author) -> int:
    """Put a contact into an account, or (None) into none, whatever its CRM and the rules say; the decision's number."""
    if account_id is None:
        return _decide(database, "split", person.key, [], author, Kind.CONTACT)
    anchors = [row.key for row in records_of(database, account_id)]
    return _decide(database, "join", person.key, anchors, author, Kind.CONTACT)


def _decide(
    database: Database,
    verdict: str,
    record: tuple[int, str],
    others: Sequence[tuple[int, str]],
    author: Author,
    kind: Kind = Kind.ACCOUNT,
) -> int:
    return decide(
        database,
        verdict,
        record,
        others,
        author=author.name,
        reason=author.reason,
        now_ms=author.now_ms,
        kind=kind,
    )


def log(database: Database, settings: MatchSettings) -> list[Logged]:
    """Every decision with its state, oldest first."""
    states = decision_states(database, settings)
    return [Logged(one, states[one.id]) for one in decisions(database)]


def one_record(database: Database, connections: Sequence[Connected], text: str) -> Standing:
    """The account record that CONNECTION:ID or an id names; raises ConfigError for none, several or a gone one."""
    remote_id, connection = _named(connections, text)
    found = find_records(database, remote_id, connection)
    if len(found) != 1:
        why = f"{len(found)} CRMs have a record {remote_id!r}" if found else f"No account record is {text!r}"
        raise ConfigError(f"{why}. Write CONNECTION:ID, such as {_example(connections)}:0015e00000AbCdE.")
    if found[0].survivor_id:
        raise ConfigError(f"{text} was merged into {found[0].survivor_id} in its CRM; decide about that one.")
    if found[0].is_gone:
        raise ConfigError(f"{text} is gone from its CRM; there is nothing to decide.")
    return found[0]


def one_person(database: Database, connections: Sequence[Connected], text: str) -> PersonLink:
    """The contact or lead that CONNECTION:ID or an id names; raises ConfigError for none or several."""
    found = find_people(database, *_named(connections, text))
    if len(found) == 1:
        return found[0]
    why = f"{len(found)} CRMs have a contact {text!r}" if found else f"No living contact is {text!r}"
    first = _example(connections)
    raise ConfigError(
        f"{why}. Write CONNECTION:ID, such as {first}:0035e00000AbCdE; a lead is {first}:Lead:ID."
    )


def _example(connections: Sequence[Connected]) -> str:
    return connections[0].name if connections else "salesforce"


def _named(connections: Sequence[Connected], text: str) -> tuple[str, int | None]:
    """(remote id, connection or None for any) that CONNECTION:ID or an id names."""
    name, _, rest = text.partition(":")
    numbers = {connected.name: connected.id for connected in connections}
    return (rest, numbers[name]) if rest and name in numbers else (text, None)


def one_account(database: Database, connections: Sequence[Connected], text: str) -> int:
    """The account that a number (#12), a domain, a name or one of its records names; raises ConfigError."""
    found = find_accounts(database, text.strip())
    if not found and (domain := registrable_domain(text)):
        found = find_accounts(database, domain)
    if len(found) == 1:
        return found.pop()
    if found:
        numbers = ", ".join(f"#{number}" for number in sorted(found))
        raise ConfigError(f"{text!r} fits the accounts {numbers}; name one by its number.")
    account_id = one_record(database, connections, text).account_id
    if account_id is None:
        raise ConfigError(f"{text!r} is not matched yet; run `shortlist pull` first.")
    return account_id


def in_cases(database: Database, listed: Sequence[Case]) -> dict[tuple[int, str], Standing]:
    """Where the records of cases stand."""
    return standings(database, {key for case in listed for key in (case.first, case.second)})
