"""Faults F68, F71 and F75 of HubSpot's journal as a source of the inbox."""

from datetime import timedelta

import pytest

from connectors import hubspot
from core.config import Config
from core.errors import ConfigError, TransientError
from core.secrets import SecretText
from scoring.model import DEFAULT_MODEL
from store.connections import connection_id
from store.database import Database
from store.deliveries import journal_offset
from store.inbox import dropped_hints, waiting
from sync.connected import Connected
from sync.engine import Engine
from sync.journal import LOST, poll_journal
from sync.progress import Quiet
from tests.contract.harness import PatientTiming
from tests.contract.hubspot_harness import HubspotHarness
from tests.faults.test_hubspot_hint_faults import NOW, settings
from tests.hubspot_deliveries import PORTAL
from tests.integration.hubspot_connector.reading import companies, load
from tests.worlds import default_model

SECRETS = {"ID": "demo-client", "NEW": "demo-secret"}


@pytest.fixture
def engine(portal: HubspotHarness, empty_database: Database) -> Engine:
    """An engine over one portal whose journal nobody has read."""
    own = settings(
        hints="journal", client_id="env:ID", client_secret="env:NEW", base_url=portal.url, emulator=True
    )
    journal = hubspot.journal(
        own, lambda ref: SecretText(SECRETS[ref.name]), PORTAL, PatientTiming().timing()
    )
    portal.set_clock(NOW)
    load(portal, "companies", companies([1, 2, 3]))
    number = connection_id(empty_database, "portal", "hubspot")
    connected = Connected(number, "portal", portal.connector(), journal)
    config = Config.model_validate({"connections": {"portal": None}})
    text = DEFAULT_MODEL.read_text(encoding="utf-8")
    return Engine(empty_database, [connected], config, default_model(), text, Quiet(), lambda: NOW)


def edit(portal: HubspotHarness, *ids: int) -> None:
    """People edit companies."""
    for one in ids:
        values = {"name": f"Renamed {one}"}
        portal.control("POST", "edit", {"object": "companies", "id": str(one), "properties": values})


def rows(engine: Engine) -> int:
    """How many records wait."""
    return sum(count for count, _ in waiting(engine.database).values())


def test_f68_what_the_journal_tells_is_kept_once_and_its_place_with_it(
    portal: HubspotHarness, engine: Engine
) -> None:
    assert poll_journal(engine, "portal") == 0
    edit(portal, 1, 2)
    assert poll_journal(engine, "portal") >= 2
    assert rows(engine) == 2
    place = journal_offset(engine.database, engine.connections[0].id)

    assert poll_journal(engine, "portal") == 0
    assert journal_offset(engine.database, engine.connections[0].id) == place
    edit(portal, 3)
    poll_journal(engine, "portal")
    assert rows(engine) == 3


def test_f75_a_reading_that_broke_off_goes_on_where_it_was_stored(
    portal: HubspotHarness, engine: Engine
) -> None:
    poll_journal(engine, "portal")
    edit(portal, 1)
    portal.break_with({"path": "/webhooks-journal/", "drop": "after", "times": 20})
    with pytest.raises(TransientError):
        poll_journal(engine, "portal")
    portal.control("DELETE", "faults")

    poll_journal(engine, "portal")

    assert rows(engine) == 1


def test_f71_what_the_journal_has_forgotten_is_counted_and_reading_goes_on(
    portal: HubspotHarness, engine: Engine
) -> None:
    poll_journal(engine, "portal")
    edit(portal, 1)
    poll_journal(engine, "portal")
    portal.set_clock(NOW + timedelta(days=4))
    edit(portal, 2)

    poll_journal(engine, "portal")

    assert rows(engine) == 2
    assert dropped_hints(engine.database) == {(engine.connections[0].id, LOST): 1}


def test_a_connection_without_a_journal_is_told_so(engine: Engine) -> None:
    with pytest.raises(ConfigError, match='hints = "journal"'):
        poll_journal(engine, "nobody")
