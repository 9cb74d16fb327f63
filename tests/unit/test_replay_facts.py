"""What a replay loads: facts reach back far enough for the earliest instant, activities and signals alike."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import millis
from core.signals import Signal
from store.signals import keep_signals
from sync.backtest import Question, scores_at
from sync.facts import load_facts
from sync.scored import compute
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, World, account, activity, contact, default_model, new_database


@pytest.mark.parametrize("days_ago", [0, 60, 200])
def test_a_replay_scores_as_a_run_of_that_day_would_have(tmp_path: Path, days_ago: int) -> None:
    crm = MemoryCrm()
    crm.put(account("a1", "acme.com"))
    crm.put(contact("c1", "jo@acme.com", title="VP Marketing"))
    for age in (3, 70, 205, 290):
        crm.put(activity(f"m{age}", age, contact_ids=("c1",)))
    world = World(new_database(tmp_path), [crm])
    world.pull()
    ages = (3, 70, 205, 215)
    told = [
        Signal("g2", f"s{age}", "acme.com", "topic", f"topic {age}", 90.0, AS_OF - timedelta(days=age))
        for age in ages
    ]
    keep_signals(world.database, told, now_ms=millis(AS_OF))
    instant = AS_OF - timedelta(days=days_ago)
    facts = load_facts(world.database, default_model(), AS_OF, reach_days=200)
    replayed = scores_at(facts.between(0, 1), Question(default_model(), AS_OF), instant)
    that_day = compute(world.database, default_model(), instant, {1: "crm1"}).scores
    assert that_day.intent[0] > 0
    assert that_day.engagement[0] > 0
    assert replayed["current"].tobytes() == that_day.priority.tobytes()
    assert replayed["engagement only"].tobytes() == that_day.engagement.tobytes()
    world.database.close()
