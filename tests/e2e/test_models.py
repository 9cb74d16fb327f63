"""Publishing a model through the command line: the difference first, then the guard, then the next plan."""

from pathlib import Path

from scoring.model import DEFAULT_MODEL
from tests.e2e.crms import AS_OF, Crms, end_state, started, write_config

GUARDS = "[guards]\ntier_moves_percent = 5\nfloor = 1\n"


def model_file(crms: Crms) -> str:
    """The default model with one seat for 1:1 and no dwell."""
    text = DEFAULT_MODEL.read_text(encoding="utf-8").replace('version = "2026.1"', 'version = "few-seats"')
    text = text.replace("cap = 25", "cap = 1", 1).replace("min_dwell_days = 28", "min_dwell_days = 0")
    file = crms.folder / "few-seats.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_model_is_compared_guarded_published_and_then_used(tmp_path: Path) -> None:
    with started(tmp_path, accounts=20) as crms:
        write_config(crms, GUARDS)
        crms.run("install")
        crms.run("sync", "--as-of", AS_OF)
        state, file = end_state(crms), model_file(crms)

        difference = crms.run("model", "diff", file, "--as-of", AS_OF)
        assert {"path": "tiers.one_to_one.cap", "before": 25, "after": 1} in difference["settings"]
        assert any(move["before"] == "one_to_one" for move in difference["tier_moves"])
        assert "tier_moves_percent" in difference["guard"]

        publish = ("model", "publish", file, "--note", "Fewer", "--author", "Ada", "--as-of", AS_OF)
        assert difference["id"] in crms.run(*publish, expect=3)["error"]
        published = crms.run(*publish, "--confirm", difference["id"])
        assert (published["is_new"], published["in_use"]) == (True, difference["to"])
        assert end_state(crms) == state

        plan = crms.run("plan", "--as-of", AS_OF, expect=2)["plan"]
        moved = {(move["name"], move["before"], move["after"]) for move in difference["tier_moves"]}
        assert {(move["account"], move["before"], move["after"]) for move in plan["tier_moves"]} == moved
        assert plan["records"] == sum(cost["records"] for cost in difference["cost"]["after"])
