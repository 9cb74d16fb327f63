"""One account's facts in one hand, to be scored again under other circumstances: what if, and what was."""

from dataclasses import dataclass, replace
from datetime import datetime

from scoring.evidence import Evidence
from scoring.facts import AccountFacts, Contacts
from scoring.kernel import AccountScore, score
from scoring.model import Model
from scoring.signals import Signals


@dataclass(frozen=True, slots=True)
class OneAccount:
    """The account and its rows; the columns hold no rows of others (`evidence.of(place)` and so on)."""

    facts: AccountFacts
    evidence: Evidence
    signals: Signals
    contacts: Contacts

    def scores(self, model: Model, as_of: datetime) -> AccountScore:
        """The account's scores at an instant."""
        return score([self.facts], self.evidence, self.signals, self.contacts, model, as_of).row(0)

    def with_evidence(self, evidence: Evidence) -> "OneAccount":
        """The same account with other activities."""
        return replace(self, evidence=evidence)
