"""One account in full: scores, tier, the ledger behind them, and what each CRM says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domains import registrable_domain
from core.errors import ConfigError
from scoring.ledger import Ledger
from scoring.reasons import reasons_of, why
from store.facts import AccountRecord, account_records
from store.scores import TierRow
from sync.scored import Scored
from sync.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Explained:
    """An account as `explain` shows it; `records` are its records in the CRMs."""

    number: int
    key: str
    name: str
    tier: TierRow
    ledger: Ledger
    why: str
    records: Sequence[AccountRecord]


def explain(scored: Scored, wanted_account: str) -> Explained:
    """Find an account by key, website, name or remote id; raises ConfigError when it is none or several."""
    number = find_account(scored.facts.records, wanted_account)
    wanted = Wanted(scored)
    place = wanted.place[number]
    tier = scored.tiers[place]
    ledger = wanted.ledger(number)
    records = account_records(scored.facts.database, [number])
    text = why(reasons_of(ledger), tier.tier if tier.tier != "none" else None)
    return Explained(number, records[0].key, records[0].name, tier, ledger, text, records)


def find_account(accounts: Mapping[int, Sequence[AccountRecord]], text: str) -> int:
    """The number of the account with this key, website, name or remote id.

    Raises ConfigError when it is none or several.
    """
    looked_for, domain = text.strip().casefold(), registrable_domain(text)
    exact, similar = set(), set()
    for number, records in accounts.items():
        for record in records:
            if looked_for in (record.key.casefold(), record.name.casefold(), record.remote_id.casefold()):
                exact.add(number)
            elif record.key == domain or looked_for in record.name.casefold():
                similar.add(number)
    found = exact or similar
    if len(found) == 1:
        return found.pop()
    names = sorted(accounts[number][0].name for number in found)
    if names:
        shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")  # noqa: PLR2004 fits on a line
        raise ConfigError(f"{text!r} fits {len(names)} accounts: {shown}. Name one by its domain.")
    raise ConfigError(f"No account is called {text!r}. Name it by domain, name or CRM id, or pull first.")
