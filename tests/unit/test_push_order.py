"""In which order a push writes: what a CRM locks together goes together."""

from itertools import groupby

import pytest

from core.changes import FieldWrite, WriteResult
from core.config import SyncSettings
from core.records import Kind
from store.database import Database
from tests.memory_crm import MemoryCrm
from tests.worlds import GOOD_FIT, World, account, contact


def test_people_of_one_account_are_written_beside_each_other(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = MemoryCrm(batch_size=12)
    world = World(empty_database, [crm], SyncSettings(overlap_seconds=0))
    accounts = ("acme", "beta", "gamma")
    crm.put(*(account(name, f"{name}.com", fields=GOOD_FIT) for name in accounts))
    # By their ids, as a plan has them, the three accounts take turns.
    for number in range(12):
        crm.put(contact(f"c{number:02}", f"p{number}@{accounts[number % 3]}.com", title="CFO"))
    world.install()
    written: list[str] = []
    write = crm.write_fields

    def noted(writes: list[FieldWrite]) -> list[WriteResult]:
        written.extend(one.ref.remote_id for one in writes if one.ref.kind is Kind.CONTACT)
        return write(writes)

    monkeypatch.setattr(crm, "write_fields", noted)
    world.sync()

    owners = [accounts[int(one[1:]) % 3] for one in written]
    assert len(written) == 12
    assert len(list(groupby(owners))) == 3
