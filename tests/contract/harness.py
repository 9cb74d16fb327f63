"""What the contract suite needs of a CRM: a small world in native form, edits by other people, and faults.

A CRM joins the suite with a module `tests/contract/<crm>_harness.py` that ends with `HARNESS = <class>`.
A harness never goes through the connector under test for what it reads or changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from connectors.contract import Connector
from connectors.transport import Timing
from core.records import RecordRef

Fault = Literal["rate_limited_once", "server_error_once", "connection_lost_after_work"]
"""What happens to the next call: refused for its rate, failed in the server, or done but never answered."""

SECRET = "canary-7f3a-of-the-suite"
"""The credential of every connection in the suite; it must never show up in a message."""
WRONG_SECRET = "canary-wrong-91bd-of-the-suite"


@dataclass(frozen=True)
class NewAccount:
    """An account to load; `key` names it in the test, the CRM gives it its id."""

    key: str
    name: str
    website: str | None = None


@dataclass(frozen=True)
class NewContact:
    """A contact to load, of the account with `account_key`."""

    key: str
    account_key: str
    email: str
    name: str
    title: str | None = None


@dataclass(frozen=True)
class NewDeal:
    """An open deal to load."""

    key: str
    account_key: str
    name: str
    amount: float


@dataclass(frozen=True)
class NewMeeting:
    """A meeting with one contact to load; the one activity that every CRM has."""

    key: str
    contact_key: str
    occurred_at: datetime
    minutes: int


@dataclass(frozen=True)
class World:
    """Records to load. All of them carry the same modification time: the CRM's clock when they are loaded."""

    accounts: Sequence[NewAccount] = ()
    contacts: Sequence[NewContact] = ()
    deals: Sequence[NewDeal] = ()
    meetings: Sequence[NewMeeting] = ()


@dataclass
class PatientTiming:
    """A clock that sleeping moves, so that no test waits; `pauses` are the seconds that were slept."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def timing(self) -> Timing:
        """The transport's view of this clock."""
        return Timing(monotonic=lambda: self.now, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class CrmHarness(Protocol):
    """One CRM's emulator, seen from outside. Remote ids are as the connector must report them."""

    crm: str
    page_size: int
    """Records in one page of a full read, as the emulator is set up here: small, so that paging is tested."""

    def start(self) -> None:
        """Start the emulator, empty, with the usual credential."""

    def stop(self) -> None:
        """Stop it."""

    def reset(self) -> None:
        """Empty it again; faults, clock and settings as after start."""

    def connector(self, *, secret: str = SECRET, timing: Timing | None = None) -> Connector:
        """A new connector to the emulator, built through the registry, with a PatientTiming by default."""

    def set_clock(self, at: datetime) -> None:
        """Stop the CRM's clock at an instant."""

    def settle(self) -> None:
        """Let whatever the CRM does late (an index, a counter) be done."""

    def load(self, world: World) -> Mapping[str, str]:
        """Put records there natively; gives the remote id of each key."""

    def rename_account(self, remote_id: str, name: str) -> None:
        """Edit one account as a person would, at the CRM's clock."""

    def delete(self, ref: RecordRef) -> None:
        """Delete an account or a contact as a person would."""

    def merge_accounts(self, survivor_id: str, loser_id: str) -> str:
        """Merge two accounts as a person would; gives the id of the account that is there afterwards."""

    def managed(self, ref: RecordRef) -> Mapping[str, object]:
        """The managed fields that have a value, by core.fields name, read natively and not canonical."""

    def managed_field_names(self) -> set[str]:
        """CRM names of the fields there that Shortlist could have made (`ABM_…__c`, `abm_…`)."""

    def lists(self) -> Mapping[str, str]:
        """Names of the lists that are there now, by their id."""

    def list_members(self, list_id: str) -> set[str]:
        """Remote ids of the accounts on a list, read natively."""

    def add_member(self, list_id: str, account_id: str) -> None:
        """Put an account on a list as a person would."""

    def break_next(self, fault: Fault) -> None:
        """Let the next call to the CRM's data API suffer a fault, once."""

    def requests_seen(self) -> int:
        """Requests that the emulator has received since the last reset, log-in included."""


_Harness = TypeVar("_Harness", bound=CrmHarness)


def started(harness: _Harness) -> Iterator[_Harness]:
    """The body of a fixture: the harness while its CRM runs."""
    harness.start()
    yield harness
    harness.stop()
