"""The past and the reasons for a move, through the command line and real HTTP."""

from collections.abc import Iterator
from math import fsum
from typing import Any

import pytest

from tests.e2e.crms import AS_OF, Crms, end_state, started

EARLIER = "2026-11-12"
EARLIER_AT = "2026-11-12T09:00Z"


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Crms, str, Any]]:
    """Synced on an earlier day and today; with the key of the best account, as it was explained that day."""
    with started(tmp_path_factory.mktemp("crms"), accounts=12) as crms:
        crms.run("install")
        crms.run("sync", "--as-of", EARLIER_AT)
        best = max(
            crms.salesforce.backend.state("Account"), key=lambda row: row["ABM_Priority_Score__c"] or 0
        )
        then = crms.run("explain", best["Id"], "--as-of", EARLIER_AT)
        crms.run("sync", "--as-of", AS_OF)
        yield crms, best["Id"], then


def test_a_past_day_is_shown_as_it_was_scored(twice: tuple[Crms, str, Any]) -> None:
    crms, account, then = twice
    again = crms.run("explain", account, "--as-of", EARLIER)
    for name in ("scores", "ledger", "why", "next_tier"):
        assert again[name] == then[name]
    assert again["tier"]["tier"] == then["tier"]["tier"]


def test_scoring_the_past_changes_neither_tiers_nor_crms(twice: tuple[Crms, str, Any]) -> None:
    crms, account, _ = twice
    before, state = crms.run("explain", account, "--as-of", AS_OF), end_state(crms)
    crms.run("score", "--as-of", EARLIER_AT)
    assert crms.run("explain", account, "--as-of", AS_OF)["tier"] == before["tier"]
    assert "before the last scoring" in crms.run("push", "--as-of", EARLIER_AT, expect=1)["error"]
    assert crms.run("plan", "--as-of", AS_OF)["plan"]["records"] == 0
    assert end_state(crms) == state


def test_why_a_score_moved_sums_to_the_move(twice: tuple[Crms, str, Any]) -> None:
    crms, account, then = twice
    now = crms.run("explain", account, "--as-of", AS_OF, "--since", EARLIER)
    found = now["since"]
    assert found["before"]["priority"] == then["scores"]["priority"] == found["stored"]["priority"]
    moved = now["scores"]["priority"] - then["scores"]["priority"]
    assert fsum(row["priority_points"] for row in found["rows"]) == pytest.approx(moved, abs=1e-9)
    for part in ("fit", "engagement", "intent"):
        points = fsum(row["points"] for row in found["rows"] if row["part"] == part)
        assert points == pytest.approx(now["scores"][part] - then["scores"][part], abs=1e-9)
    assert {row["cause"] for row in found["rows"]} >= {"new", "decay"}
    later = crms.run("explain", account, "--as-of", EARLIER, "--since", AS_OF, expect=1)
    assert "is later than" in later["error"]


def test_thirteen_weeks_stand_at_once(twice: tuple[Crms, str, Any]) -> None:
    crms, account, _ = twice
    done = crms.run("score", "--as-of", AS_OF, "--backfill", "13")["backfilled"]
    assert len(done["filled"]) + len(done["kept"]) == 13
    weeks = crms.run("explain", account, "--as-of", AS_OF)["trend"]
    assert len(weeks) == 13
    assert all(isinstance(week["priority"], float) for week in weeks)


def test_a_person_reads_it_at_eighty_columns(twice: tuple[Crms, str, Any]) -> None:
    crms, account, _ = twice
    text = _read(crms, "explain", account, "--as-of", AS_OF, "--since", EARLIER)
    assert "Why it moved" in text
    assert "People" in text
    tables = [line for line in text.splitlines() if line and line[0] in "┏┃┡│└"]
    assert tables
    assert max(len(line) for line in tables) <= 80
    assert len(_read(crms, "explain", account, "--as-of", AS_OF, "--all").splitlines()) > 30


def _read(crms: Crms, *words: str) -> str:
    output = crms.folder / "output"
    running = crms.start(*words, output=output, COLUMNS="80")
    running.join()
    assert running.exitcode == 0
    return output.read_text(encoding="utf-8")
