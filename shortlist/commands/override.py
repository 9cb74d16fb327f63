"""override set, list, clear: people's decisions on the tier of an account, from the command line."""

from typing import Annotated

import typer

from core.clock import from_millis, millis, system_clock
from core.errors import ConfigError
from core.fields import NO_TIER, TIERS
from shortlist.authors import ByOption, ReasonOption, author
from shortlist.session import DEFAULT, ConfigOption, JsonOption, Session, command, instant, session
from store.facts import AccountRecord, account_records
from store.tier_overrides import COMMAND_LINE, Decided, log_override, override_log, standing_overrides
from sync.deciding import Author
from sync.explain import find_account

AccountArgument = Annotated[str, typer.Argument(help="Domain, name or CRM id of an account.")]


@command
def set_(
    account: AccountArgument,
    tier: Annotated[str, typer.Argument(help=f"{', '.join(TIERS)}, or {NO_TIER} to keep it out.")],
    by: ByOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT,
    *,
    until: Annotated[
        str | None, typer.Option("--until", help="The instant from which it no longer counts: 2026-03-31.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Hold an account in a tier, or keep it out of all; the next sync gives it the tier."""
    if tier not in (*TIERS, NO_TIER):
        raise ConfigError(f"{tier!r} is no tier; write one of {', '.join((*TIERS, NO_TIER))}.")
    now = system_clock()
    ends = None if until is None else instant(until, "--until")
    if ends is not None and ends <= now:
        raise ConfigError(f"--until {until} is over already.")
    with session(config, as_json=as_json) as opened:
        expires_at = None if ends is None else millis(ends)
        _decide(opened, account, tier, author(by, reason), expires_at)


@command
def clear(
    account: AccountArgument,
    by: ByOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Withdraw what `override set` decided; the model decides again, or the field in the CRM."""
    with session(config, as_json=as_json) as opened:
        _decide(opened, account, None, author(by, reason), None)


@command
def show(
    account: Annotated[str | None, typer.Argument(help="Show the whole log of this account.")] = None,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the decisions that stand, or every decision on one account, oldest first."""
    with session(config, as_json=as_json, writes=False) as opened:
        database = opened.engine.database
        records = _accounts(opened)
        if account is None:
            listed = [one for rows in standing_overrides(database).values() for one in rows]
        else:
            listed = override_log(database, find_account(records, account))
        listed.sort(key=lambda one: one.decided_at)
        rows = [_json(one, records) for one in listed]
        columns = ("account", "tier", "by", "reason", "decided", "until", "source")
        opened.output.table("Decisions", columns, [tuple(row.values()) for row in rows])
        opened.output.document(rows)


def _decide(opened: Session, account: str, tier: str | None, who: Author, expires_at: int | None) -> None:
    database, records = opened.engine.database, _accounts(opened)
    number = find_account(records, account)
    standing = standing_overrides(database).get(number, [])
    if tier is None and not any(one.source == COMMAND_LINE for one in standing):
        raise ConfigError(
            f"Nothing was decided here on {records[number][0].name}; `override list` shows what was."
        )
    decided = Decided(number, COMMAND_LINE, "", tier, who.name, who.reason, who.now_ms, expires_at)
    log_override(database, decided)
    opened.output.say(
        f"{records[number][0].name}: {tier or 'no decision here any more'}. `shortlist sync` applies it."
    )
    for one in standing:
        if one.source != COMMAND_LINE:
            words = "the newer decision holds" if tier else "it holds now"
            opened.output.say(f"{one.source} says {one.tier} in ABM Tier Override: {words}.", style="yellow")
    opened.output.document(_json(decided, records))


def _accounts(opened: Session) -> dict[int, list[AccountRecord]]:
    grouped: dict[int, list[AccountRecord]] = {}
    for row in account_records(opened.engine.database):
        grouped.setdefault(row.account_id, []).append(row)
    return grouped


def _json(one: Decided, records: dict[int, list[AccountRecord]]) -> dict[str, object]:
    rows = records.get(one.account_id)
    return {
        "account": rows[0].key if rows else f"account {one.account_id} (gone)",
        "tier": one.tier or "withdrawn",
        "by": one.author,
        "reason": one.reason,
        "decided_at": f"{from_millis(one.decided_at):%Y-%m-%d %H:%M}",
        "until": None if one.expires_at is None else f"{from_millis(one.expires_at):%Y-%m-%d %H:%M}",
        "source": one.source or "command line",
    }
