"""A tier that a person writes onto a record is a pin: it wins, and a tier filled above its cap is reported."""

from pathlib import Path

from tests.e2e.crms import AS_OF, ROOT, started, write_config


def test_pins_win_over_the_cap_and_the_report_says_so(tmp_path: Path) -> None:
    with started(tmp_path, accounts=12) as crms:
        model = tmp_path / "model.toml"
        text = (ROOT / "scoring/default_model.toml").read_text(encoding="utf-8")
        assert "cap = 25\n" in text
        model.write_text(text.replace("cap = 25\n", "cap = 1\n"), encoding="utf-8")
        write_config(crms, f'[model]\nfile = "{model}"\n')
        crms.run("install")
        assert crms.run("sync", "--as-of", AS_OF)["over_cap"] == []
        rows = [row for row in crms.salesforce.backend.state("Account") if not row["IsDeleted"]]
        by_site = {row.get("Website") or row["Id"]: row["Id"] for row in rows}
        pinned = list(by_site.values())[:3]
        crms.salesforce.backend.load(
            {"Account": [{"Id": key, "ABM_Tier_Override__c": "one_to_one"} for key in pinned]}
        )
        document = crms.run("sync", "--as-of", AS_OF)
        assert document["over_cap"] == [{"tier": "one_to_one", "cap": 1, "pins": 3}]
        after = {row["Id"]: row for row in crms.salesforce.backend.state("Account")}
        for key in pinned:
            assert (after[key]["ABM_Tier__c"], after[key]["ABM_Tier_Source__c"]) == ("one_to_one", "pin")
