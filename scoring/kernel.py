"""The scoring kernel: facts, model and instant in, one row of scores an account out.

Pure, and each account is independent of the others, so any partition by account gives the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from scoring.buying_group import buying_group, missing_roles
from scoring.engagement import Engagement, engagement
from scoring.evidence import Evidence
from scoring.facts import AccountFacts, Contacts
from scoring.fit import FIT_BANDS, exclusions, fit
from scoring.intent import intent
from scoring.model import Model
from scoring.signals import Signals
from scoring.spec import Priority
from scoring.units import SECONDS_PER_DAY, Flags, Floats, Ints, epoch_seconds, rounded

TRENDS = ("down", "flat", "up")
STAGES = ("none", "aware", "engaged", "mqa")


@dataclass(frozen=True, slots=True)
class AccountScore:
    """One account's scores in words and plain numbers."""

    key: str
    fit: float
    fit_completeness: float
    fit_band: str
    engagement: float
    engagement_change: float
    engagement_trend: str
    stage: str
    people_engaged: int
    intent: float
    priority: float
    buying_group_coverage: float
    engaged_coverage: float
    gap: tuple[str, ...]
    last_activity_at: datetime | None
    exclusion: str

    @property
    def mqa(self) -> bool:
        """Whether the account is marketing-qualified."""
        return self.stage == "mqa"


@dataclass(frozen=True, slots=True)
class Scores:
    """Columns, one entry an account in the order they were given; scores are rounded to 6 decimals.

    fit_band indexes FIT_BANDS, engagement_trend TRENDS, stage STAGES; attention and intent_attention are P in
    micro-points; gap holds the missing roles as bits; last_activity_at is in epoch seconds, -1 for never;
    exclusion is the name of the exclusion that holds or "".
    """

    keys: tuple[str, ...]
    fit: Floats
    fit_completeness: Floats
    fit_band: Ints
    engagement: Floats
    engagement_change: Floats
    engagement_trend: Ints
    stage: Ints
    attention: Ints
    people_engaged: Ints
    intent: Floats
    intent_attention: Ints
    priority: Floats
    buying_group_coverage: Floats
    engaged_coverage: Floats
    gap: Ints
    last_activity_at: Ints
    exclusion: tuple[str, ...]
    template: tuple[str, ...]
    model_version: str

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def mqa(self) -> Flags:
        """Which accounts are marketing-qualified."""
        qualified: Flags = self.stage == STAGES.index("mqa")
        return qualified

    def row(self, place: int) -> AccountScore:
        """The scores of one account."""
        last = int(self.last_activity_at[place])
        return AccountScore(
            key=self.keys[place],
            fit=float(self.fit[place]),
            fit_completeness=float(self.fit_completeness[place]),
            fit_band=FIT_BANDS[self.fit_band[place]],
            engagement=float(self.engagement[place]),
            engagement_change=float(self.engagement_change[place]),
            engagement_trend=TRENDS[self.engagement_trend[place]],
            stage=STAGES[self.stage[place]],
            people_engaged=int(self.people_engaged[place]),
            intent=float(self.intent[place]),
            priority=float(self.priority[place]),
            buying_group_coverage=float(self.buying_group_coverage[place]),
            engaged_coverage=float(self.engaged_coverage[place]),
            gap=missing_roles(int(self.gap[place]), self.template),
            last_activity_at=None if last < 0 else datetime.fromtimestamp(last, UTC),
            exclusion=self.exclusion[place],
        )


def score(
    accounts: Sequence[AccountFacts],
    evidence: Evidence,
    signals: Signals,
    contacts: Contacts,
    model: Model,
    as_of: datetime,
) -> Scores:
    """Scores at the aware instant as_of, in whole seconds; ValueError for a naive one."""
    now, size = epoch_seconds(as_of), len(accounts)
    fits = fit(accounts, model)
    engaged = engagement(evidence, model, now, size)
    before = engagement(evidence, model, now - model.spec.trend.days * SECONDS_PER_DAY, size)
    intents = intent(signals, model, now, size)
    group = buying_group(contacts, engaged.people, model, size)
    change = rounded(engaged.score - before.score)
    return Scores(
        keys=tuple(account.key for account in accounts),
        fit=fits.score,
        fit_completeness=fits.completeness,
        fit_band=fits.band,
        engagement=engaged.score,
        engagement_change=change,
        engagement_trend=_trend(change, model.spec.trend.threshold),
        stage=_stage(engaged, model),
        attention=engaged.attention,
        people_engaged=engaged.people_engaged,
        intent=intents.score,
        intent_attention=intents.attention,
        priority=_priority(fits.score, engaged.score, intents.score, model.spec.priority),
        buying_group_coverage=group.coverage,
        engaged_coverage=group.engaged_coverage,
        gap=group.missing,
        last_activity_at=engaged.last_at,
        exclusion=exclusions(accounts, model),
        template=model.spec.buying_group.roles,
        model_version=model.version,
    )


def _trend(change: Floats, threshold: float) -> Ints:
    return 1 + (change >= threshold).astype(np.int64) - (change <= -threshold)


def _stage(engaged: Engagement, model: Model) -> Ints:
    table, attention = model.tables.stages, engaged.attention
    qualified = (attention >= table.mqa) & (engaged.mqa_people >= table.mqa_people)
    reached = (attention >= table.aware).astype(np.int64) + (attention >= table.engaged)
    return np.where(qualified, STAGES.index("mqa"), reached)


def _priority(fits: Floats, engagements: Floats, intents: Floats, weights: Priority) -> Floats:
    """From the rounded parts, so that the number on a record can be checked from the numbers beside it."""
    total = weights.fit + weights.engagement + weights.intent
    weighted = weights.fit * fits + weights.engagement * engagements + weights.intent * intents
    return rounded(weighted / total)
