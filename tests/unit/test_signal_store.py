"""Signals from the store to the score: matching by domain, as-of, CRM fields, lift."""

from datetime import datetime, timedelta

import pytest

from core.clock import millis
from core.records import Account, Deal, Kind
from core.signal_settings import Scale, SignalField
from core.signals import Signal
from scoring.lift import Rate
from scoring.model import DEFAULT_MODEL, parse_model
from store.database import Database
from store.signals import keep_signals
from sync.explain import explain
from sync.facts import load_facts
from sync.signal_fields import record_field_signals
from sync.signal_lift import measure_lift
from sync.signal_match import sources, unmatched
from sync.wanted import Wanted
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, World, account, count, default_model


@pytest.fixture
def world(empty_database: Database) -> World:
    return World(empty_database, [MemoryCrm("one"), MemoryCrm("two")])


def signal(domain: str, days_ago: float = 0.0, strength: float = 100.0, **more: str) -> Signal:
    values = {"source": "g2", "kind": "topic", "topic": "crm", **more}
    at = AS_OF - timedelta(days=days_ago)
    own = f"{domain} {days_ago} {strength}"
    return Signal(values["source"], own, domain, values["kind"], values["topic"], strength, at)


def keep(world: World, *signals: Signal) -> None:
    keep_signals(world.database, signals, now_ms=millis(AS_OF))


def intent(world: World, as_of: datetime = AS_OF) -> dict[str, float]:
    scores = world.scored(as_of).scores
    return {key: scores.row(place).intent for place, key in enumerate(scores.keys)}


def test_a_signal_counts_for_the_account_of_its_domain(world: World) -> None:
    world.crms[0].put(account("a", "https://www.acme.com"), account("b", "beta.com"), account("c"))
    world.pull()
    keep(world, signal("acme.com"), signal("nobody.com"))
    # 20 points at strength 100 on the day itself: 100 * 20 / (20 + 30).
    assert intent(world) == {"acme.com": 40.0, "beta.com": 0.0, "1:c": 0.0}
    assert [row.domain for row in unmatched(world.database)] == ["nobody.com"]
    assert [(row.source, row.signals, row.unmatched, row.domains) for row in sources(world.database)] == [
        ("g2", 2, 1, 2)
    ]


def test_a_signal_waits_for_its_account(world: World) -> None:
    keep(world, signal("acme.com"))
    assert [row.domain for row in unmatched(world.database)] == ["acme.com"]
    world.crms[0].put(account("a", "acme.com"))
    world.pull()
    assert intent(world) == {"acme.com": 40.0}
    assert unmatched(world.database) == []
    world.crms[0].delete(Kind.ACCOUNT, "a")
    world.pull()
    assert intent(world) == {}
    assert [row.domain for row in unmatched(world.database)] == ["acme.com"]


def test_the_other_domain_of_a_cross_referenced_record_leads_to_the_same_account(world: World) -> None:
    world.crms[0].put(account("a", "acme.com"))
    world.crms[1].put(account("b", "acme.io", twin_id="a"))
    world.pull()
    keep(world, signal("acme.io"))
    assert intent(world) == {"acme.com": 40.0}
    assert unmatched(world.database) == []
    # A company that comes with that domain as its own has the better claim to it.
    world.crms[0].put(account("c", "acme.io"))
    world.pull()
    assert intent(world) == {"acme.com": 0.0, "acme.io": 40.0}


def test_a_signal_is_not_there_before_it_was_observed_nor_after_its_time(world: World) -> None:
    world.crms[0].put(account("a", "acme.com"))
    world.pull()
    keep(world, signal("acme.com", days_ago=0))
    assert intent(world, AS_OF - timedelta(seconds=1)) == {"acme.com": 0.0}
    assert intent(world)["acme.com"] == 40.0
    assert intent(world, AS_OF + timedelta(days=14))["acme.com"] == 25.0  # 10 points: 100 * 10 / 40
    assert intent(world, AS_OF + timedelta(days=21))["acme.com"] > 0
    assert intent(world, AS_OF + timedelta(days=22)) == {"acme.com": 0.0}


def test_a_source_with_a_longer_life_in_the_model_is_read_further_back(world: World) -> None:
    world.crms[0].put(account("a", "acme.com"))
    world.pull()
    keep(world, signal("acme.com", days_ago=30))
    assert intent(world) == {"acme.com": 0.0}
    text = (
        DEFAULT_MODEL.read_text(encoding="utf-8")
        + "\n[intent.sources.g2]\nttl_days = 40\nhalf_life_days = 30\n"
    )
    facts = load_facts(world.database, parse_model(text, "slow.toml"), AS_OF)
    assert [facts.signals.sources, len(facts.signals.ids)] == [("g2",), 1]
    assert len(load_facts(world.database, default_model(), AS_OF).signals.ids) == 0


def test_explain_and_the_reasons_name_the_signal(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", fields=GOOD_FIT))
    world.pull()
    keep(world, signal("acme.com", topic="data warehouses"), signal("acme.com", strength=59, topic="weak"))
    found = explain(world.scored(), "acme.com")
    rows = {row.subject: row for row in found.ledger.of("intent")}
    assert rows["topic data warehouses"].points == pytest.approx(40.0)
    assert (rows["topic weak"].points, rows["topic weak"].note) == (0.0, "too weak or too old")
    assert "Intent 40.0: topic data warehouses (g2) +40.0" in found.why
    scored = world.scored()
    assert Wanted(scored).account(scored.facts.account_ids[0])["intent_score"] == "40.0"


SCORE = {"6sense": SignalField(field="intent", kind="topic", topic="intent score")}


def put_score(world: World, value: object, **more: object) -> None:
    fields = {"intent": value, **more}
    world.crms[0].put(account("a", "acme.com", fields=fields))
    world.pull(world.crms[0].now)
    record_field_signals(world.database, SCORE, AS_OF)


def readings(world: World) -> list[tuple[float, int]]:
    with world.database.read() as reader:
        rows = reader.exec_driver_sql("SELECT strength, observed_at FROM signal ORDER BY observed_at")
        return [(row[0], row[1]) for row in rows]


def test_a_crm_field_is_a_signal_when_its_value_changes(world: World) -> None:
    crm = world.crms[0]
    put_score(world, None)
    assert readings(world) == []
    first = crm.tick(86_400)
    put_score(world, 90.0)
    assert readings(world) == [(90.0, millis(first))]
    crm.tick(86_400)
    put_score(world, 90.0)  # somebody changed the record, the score is what it was
    assert readings(world) == [(90.0, millis(first))]
    later = crm.tick(86_400)
    put_score(world, None)  # the vendor has taken it back: a newer reading of nothing silences the old one
    assert readings(world) == [(90.0, millis(first)), (0.0, millis(later))]


def test_a_crm_fields_signal_counts_from_the_day_it_was_seen(world: World) -> None:
    put_score(world, "75")
    seen = world.crms[0].now
    keys = {row.source: row for row in sources(world.database)}
    assert keys["6sense"].unmatched == 0
    assert intent(world, seen)["acme.com"] == pytest.approx(100 * 15 / 45, abs=1e-6)
    assert intent(world, seen - timedelta(seconds=1))["acme.com"] == 0.0


def test_a_crm_field_with_a_day_of_its_own_is_news_every_day(world: World) -> None:
    dated = {"6sense": SCORE["6sense"].model_copy(update={"observed_field": "seen"})}
    for value, seen in (
        (90.0, "2026-01-03"),
        (90.0, "2026-01-03"),
        (90.0, "2026-01-04T00:00:00Z"),
        (70.0, "2026-01-04"),
        (50.0, "2026-01-02"),
    ):
        world.crms[0].put(account("a", "acme.com", fields={"intent": value, "seen": seen}))
        world.pull()
        record_field_signals(world.database, dated, AS_OF)
    assert [(strength, at // 86_400_000) for strength, at in readings(world)] == [
        (90.0, 20_456),
        (70.0, 20_457),
    ]


def test_levels_and_other_scales_of_crm_fields() -> None:
    fit = Scale(levels={"Strong": 100, "Moderate": 65})
    assert [fit.strength(value) for value in ("strong", " MODERATE", "Weak", None, True)] == [
        100.0, 65.0, None, None, None,
    ]  # fmt: skip
    wide = Scale(low=-10, high=10)
    assert [wide.strength(value) for value in (-20, -10, 0, "5", 10.0, 99)] == [
        0.0,
        0.0,
        50.0,
        75.0,
        100.0,
        100.0,
    ]


def test_a_record_without_a_website_has_its_field_too(world: World) -> None:
    world.crms[0].put(account("a", None, fields={"intent": 80.0}))
    world.crms[1].put(account("b", "acme.com", twin_id="a"))
    world.pull()
    assert record_field_signals(world.database, SCORE, AS_OF) == 1
    assert intent(world)["acme.com"] > 0


def deal(remote_id: str, account_id: str, days_ago: float) -> Deal:
    created_at = AS_OF - timedelta(days=days_ago)
    return Deal(
        remote_id,
        created_at,
        account_id,
        "New",
        "open",
        amount=None,
        is_closed=False,
        is_won=False,
        created_at=created_at,
        closed_at=None,
    )


def test_lift_is_measured_on_the_customers_own_deals(world: World) -> None:
    """25 signalled and 25 others; 10 and 5 of them had a deal 20 days behind the signal: twice as likely."""
    records: list[Account | Deal] = [account(f"a{n}", f"acme{n}.com") for n in range(50)]
    records += [deal(f"d{n}", f"a{n}", 180) for n in (*range(10), *range(25, 30))]
    world.crms[0].page_size = 100
    world.crms[0].put(*records)
    world.pull()
    keep(world, *(signal(f"acme{n}.com", days_ago=200) for n in range(25)))
    keep(
        world, *(signal(f"acme{n}.com", days_ago=200, strength=59) for n in range(25, 50))
    )  # too weak to count
    (found,) = measure_lift(world.database, default_model(), AS_OF)
    assert (found.signalled, found.base, found.lift) == (Rate(25, 10), Rate(25, 5), 2.0)
    assert count(world.database, "SELECT COUNT(*) FROM signal") == 50
