"""What writing fields promises, whatever the CRM."""

import pytest

from connectors.contract import Connector
from core.changes import FieldWrite, Outcome
from core.fields import canonical
from core.managed_fields import ACCOUNT_FIELDS, fields_of
from core.records import Account, Kind, RecordRef
from tests.contract.harness import CrmHarness
from tests.contract.worlds import WANTED, accounts, pull_all, records, small_world

SCORES = {"tier": "one_to_one", "fit_score": "81.5", "priority_rank": "3", "tier_since": "2026-03-01"}
WORDS = {
    "why": "Fit 81.5: industry +20\nEngagement 40: 3 meetings <b>& more</b> “quoted” \\ '",
    "scored_at": "2026-03-02T09:30:00.000Z",
    "engagement_trend": None,
}


@pytest.fixture
def installed(connector: Connector) -> Connector:
    connector.provision(WANTED)
    return connector


def canonical_managed(crm: CrmHarness, ref: RecordRef) -> dict[str, str | None]:
    """What stands on a record now, as canonical text, empty fields left out."""
    native = crm.managed(ref)
    read = {field.name: canonical(field, native.get(field.name)) for field in fields_of(ref.kind)}
    return {name: value for name, value in read.items() if value is not None}


def test_what_is_written_stands_on_the_record(crm: CrmHarness, installed: Connector) -> None:
    loaded = crm.load(small_world())
    ref = RecordRef(Kind.ACCOUNT, loaded["acme"])

    (result,) = installed.write_fields([FieldWrite(ref, {**SCORES, **WORDS})])

    assert result.outcome is Outcome.WRITTEN
    written = {name: value for name, value in {**SCORES, **WORDS}.items() if value is not None}
    assert canonical_managed(crm, ref) == written


def test_what_is_written_comes_back_in_a_pull(crm: CrmHarness, installed: Connector) -> None:
    loaded = crm.load(accounts(1))
    ref = RecordRef(Kind.ACCOUNT, loaded["a0"])
    installed.write_fields([FieldWrite(ref, {**SCORES, **WORDS})])
    crm.settle()

    (account,) = records(pull_all(crm.connector(), Kind.ACCOUNT))

    assert isinstance(account, Account)
    assert {name: account.managed[name] for name in (*SCORES, *WORDS)} == {**SCORES, **WORDS}
    assert set(account.managed) == {field.name for field in ACCOUNT_FIELDS}


def test_contacts_are_written_too(crm: CrmHarness, installed: Connector) -> None:
    loaded = crm.load(small_world())
    ref = RecordRef(Kind.CONTACT, loaded["ann"])

    (result,) = installed.write_fields(
        [FieldWrite(ref, {"engagement_points": "12.5", "account_tier": "one_to_few"})]
    )

    assert result.outcome is Outcome.WRITTEN
    assert canonical_managed(crm, ref) == {"engagement_points": "12.5", "account_tier": "one_to_few"}


def test_none_clears_a_field(crm: CrmHarness, installed: Connector) -> None:
    loaded = crm.load(accounts(1))
    ref = RecordRef(Kind.ACCOUNT, loaded["a0"])
    installed.write_fields([FieldWrite(ref, SCORES)])

    installed.write_fields([FieldWrite(ref, {"tier": None, "fit_score": None})])

    assert canonical_managed(crm, ref) == {"priority_rank": "3", "tier_since": "2026-03-01"}


@pytest.mark.parametrize("bad", [0, 3, 6])
def test_a_bad_row_is_rejected_and_the_others_are_written(
    crm: CrmHarness, installed: Connector, bad: int
) -> None:
    loaded = crm.load(accounts(7))
    refs = [RecordRef(Kind.ACCOUNT, loaded[f"a{i}"]) for i in range(7)]
    writes = [
        FieldWrite(ref, {"tier": "no_such_tier" if i == bad else "one_to_few"}) for i, ref in enumerate(refs)
    ]

    results = installed.write_fields(writes)

    assert [result.ref for result in results] == refs
    assert [i for i, result in enumerate(results) if result.outcome is Outcome.REJECTED] == [bad]
    assert results[bad].code
    assert results[bad].reason
    assert [canonical_managed(crm, ref).get("tier") for ref in refs] == [
        None if i == bad else "one_to_few" for i in range(7)
    ]


def test_a_deleted_record_is_rejected_and_never_made_again(crm: CrmHarness, installed: Connector) -> None:
    loaded = crm.load(accounts(2))
    gone, there = (RecordRef(Kind.ACCOUNT, loaded[key]) for key in ("a0", "a1"))
    crm.delete(gone)

    results = installed.write_fields([FieldWrite(gone, SCORES), FieldWrite(there, SCORES)])

    assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.WRITTEN]
    crm.settle()
    assert [one.remote_id for one in records(pull_all(crm.connector(), Kind.ACCOUNT))] == [there.remote_id]


def test_the_same_record_twice_takes_the_last_intent(crm: CrmHarness, installed: Connector) -> None:
    loaded = crm.load(accounts(1))
    ref = RecordRef(Kind.ACCOUNT, loaded["a0"])

    results = installed.write_fields(
        [FieldWrite(ref, {"fit_score": "10.0"}), FieldWrite(ref, {"fit_score": "20.0"})]
    )

    assert [result.outcome for result in results] == [Outcome.WRITTEN, Outcome.WRITTEN]
    assert canonical_managed(crm, ref) == {"fit_score": "20.0"}


def test_writing_the_same_twice_is_harmless(crm: CrmHarness, installed: Connector) -> None:
    loaded = crm.load(accounts(3))
    writes = [FieldWrite(RecordRef(Kind.ACCOUNT, remote_id), SCORES) for remote_id in loaded.values()]
    first = installed.write_fields(writes)
    state = [canonical_managed(crm, write.ref) for write in writes]

    second = installed.write_fields(writes)

    assert [result.outcome for result in (*first, *second)] == [Outcome.WRITTEN] * 6
    assert [canonical_managed(crm, write.ref) for write in writes] == state == [SCORES] * 3


def test_a_full_batch_is_one_call(crm: CrmHarness, installed: Connector) -> None:
    size = installed.capabilities.write_batch
    loaded = crm.load(accounts(size))
    writes = [FieldWrite(RecordRef(Kind.ACCOUNT, remote_id), SCORES) for remote_id in loaded.values()]
    installed.write_fields(writes[:1])
    before = sum(installed.calls().values())

    results = installed.write_fields(writes)

    assert [result.outcome for result in results] == [Outcome.WRITTEN] * size
    assert sum(installed.calls().values()) == before + 1


def test_a_record_has_an_address_for_people_and_asking_for_it_costs_no_call(
    crm: CrmHarness, connector: Connector
) -> None:
    refs = [RecordRef(kind, "0031") for kind in (Kind.ACCOUNT, Kind.CONTACT)]
    before = crm.requests_seen()
    for ref in refs:
        url = connector.record_url(ref, "4711")
        assert url.startswith("http")
        assert url.endswith(ref.remote_id)
    assert connector.advice("no code of anybody") == ""
    connector.calls_left()
    assert crm.requests_seen() == before


def test_the_calls_left_are_known_once_the_crm_has_answered(crm: CrmHarness, connector: Connector) -> None:
    crm.load(accounts(1))
    pull_all(connector, Kind.ACCOUNT)
    first = connector.calls_left()
    pull_all(connector, Kind.ACCOUNT)
    second = connector.calls_left()
    assert first is not None
    assert second is not None
    assert second <= first
