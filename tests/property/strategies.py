"""Small worlds by chance: what stands in two CRMs, and what happens to it later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

from core.records import Account, Activity, Contact, Kind, Record
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, POOR_FIT, account, activity, contact

_DOMAINS = ("acme.com", "https://www.beta.co.uk/", "gamma.example", None)
_TITLES = ("VP Marketing", "Chief Executive Officer", "Intern", None)
_TYPES = ("meeting", "email_click", "form_submission", "page_view")


@dataclass(frozen=True)
class Story:
    """Records of one CRM, and the edits that follow them: (kind, remote id, change)."""

    records: Sequence[Record]
    edits: Sequence[tuple[Kind, str, str]]

    def begin(self, crm: MemoryCrm) -> None:
        """Put the records into a CRM, three to a second."""
        for number, record in enumerate(self.records):
            crm.put(record)
            if number % 3 == 2:
                crm.tick()

    def go_on(self, crm: MemoryCrm) -> None:
        """Let the edits happen."""
        for kind, remote_id, change in self.edits:
            crm.tick()
            _edit(crm, kind, remote_id, change)


def _edit(crm: MemoryCrm, kind: Kind, remote_id: str, change: str) -> None:
    try:
        crm.get(kind, remote_id)
    except KeyError:
        return
    if change == "delete":
        crm.delete(kind, remote_id)
    elif kind is Kind.ACCOUNT:
        crm.edit(kind, remote_id, fields=GOOD_FIT if change == "good" else POOR_FIT)
    elif kind is Kind.CONTACT:
        crm.edit(kind, remote_id, title="Director of IT" if change == "good" else None)
    else:
        crm.edit(kind, remote_id, occurred_at=AS_OF - timedelta(days=2 if change == "good" else 60))


def _accounts(count: int) -> st.SearchStrategy[list[Account]]:
    one = st.tuples(st.sampled_from(_DOMAINS), st.sampled_from([GOOD_FIT, POOR_FIT, {}]))
    return st.lists(one, max_size=count).map(
        lambda rows: [account(f"a{i}", website, fields=fields) for i, (website, fields) in enumerate(rows)]
    )


def _contacts(count: int) -> st.SearchStrategy[list[Contact]]:
    emails = st.sampled_from(["jo@acme.com", "al@beta.co.uk", "kim@gmail.com", None])
    homes = st.sampled_from(["a0", "a1", None])
    return st.lists(st.tuples(emails, homes, st.sampled_from(_TITLES)), max_size=count).map(
        lambda rows: [contact(f"c{i}", e, account_id=a, title=t) for i, (e, a, t) in enumerate(rows)]
    )


def _activities(count: int) -> st.SearchStrategy[list[Activity]]:
    one = st.tuples(
        st.floats(0.1, 80).map(lambda days: round(days, 1)),
        st.lists(st.sampled_from(["c0", "c1", "c9"]), max_size=2, unique=True).map(tuple),
        st.sampled_from(["a0", None]),
        st.sampled_from(_TYPES),
    )
    return st.lists(one, max_size=count).map(
        lambda rows: [
            activity(f"meeting:{i}", days, contact_ids=people, account_id=home, type=type_)
            for i, (days, people, home, type_) in enumerate(rows)
        ]
    )


_EDITS = st.lists(
    st.tuples(
        st.sampled_from(
            [(Kind.ACCOUNT, "a0"), (Kind.ACCOUNT, "a1"), (Kind.CONTACT, "c0"), (Kind.ACTIVITY, "meeting:0")]
        ),
        st.sampled_from(["good", "poor", "delete"]),
    ),
    max_size=3,
).map(lambda rows: [(*where, change) for where, change in rows])


def stories(size: int = 4) -> st.SearchStrategy[Story]:
    """Up to `size` records of each kind."""
    parts = st.tuples(_accounts(size), _contacts(size), _activities(size))
    return st.builds(Story, parts.map(lambda lists: [record for rows in lists for record in rows]), _EDITS)
