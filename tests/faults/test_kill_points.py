"""F75: kill -9 at every commit and at every call of a CRM; what is done again ends as if nothing had happened.

The default takes a few points of each command, evenly spread; SHORTLIST_SWEEP=kinds takes one of each kind,
SHORTLIST_SWEEP=all every point there is.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.e2e.crms import SECRETS
from tests.kill_points import Point, killed, watched
from tests.kill_stage import Stage, stage

SWEEP = os.environ.get("SHORTLIST_SWEEP", "few")
_FEW = {"install": 7, "sync": 9, "rollback": 6, "uninstall": 4}
ONLY = os.environ.get("SHORTLIST_SWEEP_ONLY", "")
"""A regular expression for the names of points."""


def synced_and_edited(made: Stage) -> None:
    """A person keeps an account out of the tiers."""
    made.run("sync")
    crms = made.crms
    for app in (crms.salesforce, crms.hubspot):
        app.clock.advance(60)
    tiered = [
        row["Id"]
        for row in crms.salesforce.backend.state("Account")
        if row.get("ABM_Tier__c") not in (None, "none")
    ]
    crms.salesforce.backend.load({"Account": [{"Id": tiered[0], "ABM_Tier_Override__c": "none"}]})


@pytest.fixture(scope="module")
def crms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        steps = (
            ("installed", lambda made: made.run("install")),
            ("edited", synced_and_edited),
            ("edited and synced", lambda made: made.run("sync")),
        )
        with stage(tmp_path_factory.mktemp("kills"), *steps) as made:
            yield made


@pytest.mark.parametrize(
    ("world", "command", "after"),
    [
        ("fresh", "install", ("install", "sync", "sync")),
        ("installed", "sync", ("sync", "sync")),
        ("edited", "sync", ("sync", "sync")),
        ("edited and synced", "rollback", ("rollback", "sync", "sync")),
        ("edited and synced", "uninstall", ("uninstall",)),
    ],
)
def test_f75_killed_anywhere_and_begun_again_it_ends_like_an_undisturbed_one(
    crms: Stage, world: str, command: str, after: Sequence[str]
) -> None:
    crms.begin(world)
    reached = watched(crms.crms.config, command)
    crms.run(*after[1:])
    wanted = crms.state()
    points = [point for point in _points(command, reached) if re.search(ONLY, point.name)]
    wrong = []
    for point in points:
        crms.begin(world)
        assert killed(crms.crms.config, command, point), f"{point} was not reached"
        crms.run(*after)
        found = crms.state()
        if found != wanted:
            wrong.append((point, _differences(found, wanted)))
    sys.stdout.write(f"{command}, {world} world: {len(points)} of {sum(reached.values())} points\n")
    assert not wrong


def _points(command: str, reached: Mapping[str, int]) -> list[Point]:
    """Every point, the last one of each kind, or a few of these."""
    if SWEEP == "all":
        return [Point(name, times) for name, count in reached.items() for times in range(1, count + 1)]
    kinds = list({_kind(name): Point(name, times) for name, times in sorted(reached.items())}.values())
    return kinds if SWEEP == "kinds" else kinds[:: -(-len(kinds) // _FEW[command])]


def _kind(name: str) -> str:
    """Without what stream, list or connection it is about."""
    return re.sub(r"(: (?:read|describe)|land|begin|begin_members|settle_members) [^,]*", r"\1", name)


def _differences(found: object, wanted: object) -> object:
    """(found, wanted), only where they differ."""
    if not isinstance(found, dict) or not isinstance(wanted, dict):
        return found, wanted
    names = sorted({*found, *wanted})
    return {
        name: _differences(found.get(name), wanted.get(name))
        for name in names
        if found.get(name) != wanted.get(name)
    }
