"""The tables. Bulk paths read and write them as plain tuples; SQLModel gives them their shape.

Instants are whole milliseconds since 1970 (UTC), days are ISO text, mappings are JSON text with sorted
keys, so that equal values are equal bytes.
"""

from store.tables.access import (
    CallMeter,
    Forgotten,
    VaultRow,
)
from store.tables.accounts import (
    Account,
    AccountEvent,
    ContactLink,
    Link,
    MatchCase,
    MatchDecision,
    MatchKey,
    RollUp,
)
from store.tables.evidence import (
    ActivityType,
    Evidence,
    EvidenceBlock,
    Mark,
    Person,
    Touched,
)
from store.tables.inbox import (
    Delivery,
    DroppedHint,
    Hint,
    JournalCursor,
)
from store.tables.landed import (
    Connection,
    CrmAccount,
    CrmActivity,
    CrmContact,
    CrmDeal,
    CrmDealRole,
    CrmOwner,
    CrmTally,
    StreamCursor,
)
from store.tables.schedules import (
    Fire,
    Job,
    Schedule,
)
from store.tables.scores import (
    LastScored,
    ModelVersion,
    Score,
    ScoreShard,
    Signal,
    TierOverride,
    TierState,
)
from store.tables.writes import (
    Change,
    InventoryRow,
    Membership,
    Quarantine,
    Run,
    Written,
)

__all__ = [
    "Account",
    "AccountEvent",
    "ActivityType",
    "CallMeter",
    "Change",
    "Connection",
    "ContactLink",
    "CrmAccount",
    "CrmActivity",
    "CrmContact",
    "CrmDeal",
    "CrmDealRole",
    "CrmOwner",
    "CrmTally",
    "Delivery",
    "DroppedHint",
    "Evidence",
    "EvidenceBlock",
    "Fire",
    "Forgotten",
    "Hint",
    "InventoryRow",
    "Job",
    "JournalCursor",
    "LastScored",
    "Link",
    "Mark",
    "MatchCase",
    "MatchDecision",
    "MatchKey",
    "Membership",
    "ModelVersion",
    "Person",
    "Quarantine",
    "RollUp",
    "Run",
    "Schedule",
    "Score",
    "ScoreShard",
    "Signal",
    "StreamCursor",
    "TierOverride",
    "TierState",
    "Touched",
    "VaultRow",
    "Written",
]
