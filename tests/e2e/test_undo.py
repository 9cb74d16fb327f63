"""A decision, what it does, and its undoing, as a person sees it on the command line."""

from pathlib import Path

from tests.e2e.crms import AS_OF, end_state, started


def test_a_decision_is_applied_rolled_back_and_rests(tmp_path: Path) -> None:
    with started(tmp_path, accounts=8) as crms:
        crms.run("install")
        crms.run("sync", "--as-of", AS_OF)
        before = end_state(crms)
        rows = crms.salesforce.backend.state("Account")
        account = next(row["Id"] for row in rows if row.get("ABM_Tier__c") == "one_to_one")

        refused = crms.run("override", "set", account, "platinum", "--by", "Ada", "--reason", "x", expect=1)
        assert "'platinum' is no tier" in refused["error"]
        words = ("--by", "Ada", "--reason", "a customer of a friend")
        set_ = crms.run("override", "set", account, "none", *words, "--until", "2999-01-31")
        assert (set_["tier"], set_["by"], set_["until"]) == ("none", "Ada", "2999-01-31 00:00")
        assert [row["reason"] for row in crms.run("override", "list")] == ["a customer of a friend"]

        plan = crms.run("plan", "--as-of", AS_OF, expect=2)["plan"]
        assert (plan["stops"], plan["drift"]) == ([], [])
        run = crms.run("sync", "--as-of", AS_OF)["run"]
        assert end_state(crms) != before
        history = crms.run("lists", "one_to_one")
        assert any(not move["joined"] and "kept out by Ada" in move["why"] for move in history)
        assert sum(row["our_members"] for row in crms.run("lists")) > 0

        seen = crms.run("rollback", str(run), expect=2)
        assert seen["run"] is None
        assert seen["left"] == []
        crms.run("rollback", str(run), "--confirm", "0123456789ab", expect=3)
        done = crms.run("rollback", str(run), "--confirm", seen["plan"])
        assert end_state(crms) == before
        assert crms.run("runs", str(done["run"]))["counts"]["rolled_back"] == run
        assert crms.run("rollback", str(run))["records"] == []

        resting = crms.run("quarantine")
        assert {entry["code"] for entry in resting} == {"rolled_back"}
        assert any(entry["link"] == f"{crms.salesforce_url}/{account}" for entry in resting)
        assert crms.run("retry")["released"] == 0
        crms.run("sync", "--as-of", AS_OF)
        assert end_state(crms) == before
        assert crms.run("retry", "--held")["released"] == len(resting)
        cleared = crms.run("override", "clear", account, "--by", "Bo", "--reason", "over")
        assert cleared["tier"] == "withdrawn"
        assert len(crms.run("override", "list", account)) == 2
