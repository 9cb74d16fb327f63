"""Faults F67 to F74 for the service: webhooks of both emulators, sent to the real web part, served by the engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.inbox import waiting
from store.runs import list_runs
from tests.faults.service import Service, served


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with served(tmp_path, monkeypatch) as found:
        yield found


def is_written(service: Service, company_id: str, tier: str) -> bool:
    """Whether both CRMs say that a company, and the account that is its twin, is in a tier."""
    account_id = service.twin(company_id)
    return (
        service.company(company_id)["abm_tier"] == tier and service.account(account_id)["ABM_Tier__c"] == tier
    )


def test_f67_what_we_wrote_ourselves_costs_no_push_and_no_second_run(service: Service) -> None:
    company = service.twins()[0]
    service.edit_company(company, abm_tier_override="one_to_many")
    assert service.deliver()[0] == [200]
    first = service.drain()
    assert first.counts()["records_written"] >= 2
    assert is_written(service, company, "one_to_many")
    runs = len(list_runs(service.database))

    # Both CRMs tell us of what we have just written; Salesforce cannot say who did it.
    _, counts = service.deliver()
    assert counts["acknowledged"] > 0
    assert waiting(service.database)
    echo = service.drain()

    assert (echo.pushed, echo.counts()["changed"]) == (None, 0)
    assert len(list_runs(service.database)) == runs
    assert waiting(service.database) == {}


def test_f67_an_edit_in_the_minute_of_our_own_write_is_carried_through(service: Service) -> None:
    company = service.twins()[0]
    service.edit_company(company, abm_tier_override="one_to_many")
    service.deliver()
    service.drain()
    service.edit_company(company, abm_tier_override="one_to_few")

    service.deliver()
    service.drain()

    assert is_written(service, company, "one_to_few")
