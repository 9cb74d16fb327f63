"""init, the example configuration, validate, upgrade: what a person runs first."""

import json
import subprocess
import sys
from pathlib import Path

from connectors import registry
from core.config import parse_config
from tests.e2e.crms import ROOT, Crms, started

EXAMPLE = ROOT / "config.example.toml"


def run(*words: str, expect: int = 0) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "shortlist", *words, "--json"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == expect, (done.stdout, done.stderr)
    document: dict[str, object] = json.loads(done.stdout)
    return document


def test_the_example_configuration_is_understood() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    config = parse_config(text, str(EXAMPLE), registry.settings_models())
    assert [settings.crm for settings in config.connections.values()] == ["salesforce", "hubspot"]


def test_init_writes_the_example_and_never_overwrites_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert run("init", str(path)) == {"written": str(path)}
    assert path.read_text(encoding="utf-8") == EXAMPLE.read_text(encoding="utf-8")
    path.write_text("mine", encoding="utf-8")
    assert "left alone" in str(run("init", str(path), expect=1)["error"])
    assert path.read_text(encoding="utf-8") == "mine"


def test_validate_names_the_version_of_a_sound_model() -> None:
    version = run("model", "validate", "scoring/default_model.toml")["version"]
    assert str(version).startswith("2026.1-")


def test_check_install_and_upgrade_on_two_crms(tmp_path: Path) -> None:
    with started(tmp_path, accounts=12) as crms:
        assert _levels(crms) <= {"ok", "warning"}
        planned = crms.run("install", "--dry-run", expect=2)
        assert crms.hubspot.backend.state("lists") == []
        made = crms.run("install")
        for name in ("salesforce", "hubspot"):
            assert _names(planned[name]["created"]) == _names(made[name]["created"])
            assert made[name]["canary"]
        again = crms.run("install")
        assert [again[name]["created"] for name in ("salesforce", "hubspot")] == [[], []]
        assert _levels(crms) <= {"ok", "warning"}
        newest = max(path.name[:4] for path in (ROOT / "store/migrations/versions").glob("[0-9]*.py"))
        assert crms.run("db", "upgrade")["revision"] == newest


def _levels(crms: Crms) -> set[str]:
    return {found["level"] for report in crms.run("check").values() for found in report["findings"]}


def _names(items: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(item["type"], item["name"]) for item in items}
