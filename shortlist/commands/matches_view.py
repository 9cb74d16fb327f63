"""How matches and decisions about them look: in words, in tables and as JSON."""

from typing import Any

import orjson

from core.clock import from_millis
from shortlist.console import Output
from store.accounts import Standing
from store.decisions import Case
from store.matching import RecordKey
from store.people_links import PersonLink
from sync.deciding import Logged


def shown_record(key: RecordKey, names: dict[int, str]) -> str:
    """CONNECTION:ID."""
    return f"{names.get(key[0], key[0])}:{key[1]}"


def show_case(output: Output, case: Case, where: dict[RecordKey, Standing], names: dict[int, str]) -> None:
    """A case in words: both records, and why they may be one account."""
    output.say(f"\n{case.id}: {case.confidence:.0%} sure that these are one account", style="bold")
    for key in (case.first, case.second):
        stands = where.get(key)
        more = (
            f" {stands.name}, {stands.website or 'no website'}; account #{stands.account_id}"
            if stands
            else ""
        )
        output.say(f"  {shown_record(key, names)}{more}")
    output.say(f"  {'; '.join(case.reasons)}")


def case_json(case: Case, where: dict[RecordKey, Standing], names: dict[int, str]) -> dict[str, Any]:
    """A case with where its two records stand."""
    records = [standing_json(where[key], names) for key in (case.first, case.second) if key in where]
    return {
        "id": case.id,
        "rule": case.rule,
        "confidence": case.confidence,
        "reasons": list(case.reasons),
        "records": records,
    }


def standing_json(stands: Standing, names: dict[int, str]) -> dict[str, Any]:
    """A record with the account that it is in."""
    return {
        "record": shown_record(stands.key, names),
        "name": stands.name,
        "website": stands.website,
        "account": stands.account_id,
        "key": stands.account_key,
        "rule": stands.rule,
        "confidence": stands.confidence,
        "rivals": orjson.loads(stands.rivals) if stands.rivals else [],
    }


def shown_time(at_ms: int) -> str:
    """Milliseconds since 1970 as a UTC time to the minute."""
    return f"{from_millis(at_ms):%Y-%m-%d %H:%M}"


def log_row(logged: Logged, names: dict[int, str]) -> tuple[object, ...]:
    """A decision as a row of the log."""
    one = logged.decision
    others = ", ".join(shown_record(other, names) for other in one.others)
    head = (one.id, shown_time(one.decided_at), one.author, one.verdict, shown_record(one.record, names))
    return (*head, others, one.reason, logged.state)


def log_json(logged: Logged, names: dict[int, str]) -> dict[str, Any]:
    """A decision with what has become of it."""
    one = logged.decision
    return {
        "decision": one.id,
        "decided_at": from_millis(one.decided_at).isoformat(),
        "author": one.author,
        "reason": one.reason,
        "verdict": one.verdict,
        "kind": one.kind,
        "record": shown_record(one.record, names),
        "others": [shown_record(other, names) for other in one.others],
        "state": logged.state,
    }


def say_waiting(output: Output, count: int) -> None:
    """That matches wait, after a pull."""
    if count:
        output.say(f"{count:,} matches wait for a decision: `shortlist matches`.", style="yellow")


def person_row(link: PersonLink, names: dict[int, str]) -> dict[str, Any]:
    """A contact that might belong to another account."""
    return {
        "record": shown_record(link.key, names),
        "account": link.account_id,
        "name": link.account,
        "rule": link.rule,
        "rivals": [f"#{number}" for number in link.rivals],
    }
