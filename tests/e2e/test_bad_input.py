"""Bad input ends in one clear message (what, where, what to do), exit code 1, and nothing half-written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.crms import AS_OF, Crms, end_state, started, write_config


@pytest.fixture
def crms(tmp_path: Path) -> Iterator[Crms]:
    with started(tmp_path, accounts=12) as running:
        yield running


def refused(crms: Crms, *words: str, **environment: str) -> str:
    """The one message of a command that must fail."""
    message = crms.run(*words, expect=1, **environment)["error"]
    assert isinstance(message, str)
    for secret in ("demo-secret", "demo-token", "wrong-secret", "wrong-token"):
        assert secret not in message
    return message


@pytest.mark.parametrize(
    ("name", "value", "host"),
    [("CLIENT_SECRET", "wrong-secret", "salesforce"), ("TOKEN", "wrong-token", "hubspot")],
)
def test_a_wrong_credential_stops_before_anything_is_written(
    crms: Crms, name: str, value: str, host: str
) -> None:
    crms.run("install")
    before = end_state(crms)
    message = refused(crms, "sync", **{name: value})
    url = crms.salesforce_url if host == "salesforce" else crms.hubspot_url
    assert url.removeprefix("http://") in message
    assert end_state(crms) == before


def test_a_missing_secret_names_the_variable(crms: Crms) -> None:
    assert "TOKEN" in refused(crms, "check", TOKEN="")


def test_a_sync_before_install_says_so_and_calls_nobody(crms: Crms) -> None:
    assert "shortlist install" in refused(crms, "sync")
    assert crms.hubspot.journal.summary()["total"] == 0


def test_an_unreachable_host_is_named(crms: Crms) -> None:
    crms.run("install")
    text = crms.config.read_text(encoding="utf-8")
    crms.config.write_text(text.replace(crms.hubspot_url, "http://127.0.0.1:9"), encoding="utf-8")
    assert "127.0.0.1:9" in refused(crms, "sync")


def test_an_unknown_key_is_named_with_its_path(crms: Crms) -> None:
    write_config(crms, "[sync]\nmin_chnage = 2.0\n")
    message = refused(crms, "sync")
    assert "sync.min_chnage" in message
    assert str(crms.config) in message


def test_a_missing_configuration_says_how_to_write_one(crms: Crms) -> None:
    crms.config.unlink()
    assert "shortlist init" in refused(crms, "sync")


def test_a_missing_field_is_named(crms: Crms) -> None:
    crms.run("install")
    text = crms.config.read_text(encoding="utf-8")
    crms.config.write_text(text + '\n[connections.hubspot.fields]\nindustry = "no_such_property"\n')
    message = refused(crms, "sync")
    assert "no_such_property" in message


def test_a_missing_permission_is_named_and_nothing_is_installed(crms: Crms) -> None:
    crms.salesforce.backend.change_settings({"deny_metadata": True})
    message = refused(crms, "install")
    assert "Modify Metadata" in message
    assert not any(any(values) for values in end_state(crms)["accounts"].values())
    assert not [
        row for row in crms.salesforce.backend.state("PermissionSet") if row["Name"].startswith("ABM")
    ]


def test_a_missing_scope_is_named(crms: Crms) -> None:
    scopes = {"crm.objects.companies.read", "crm.objects.contacts.read"}
    crms.hubspot.backend.change_settings({"tokens": {"demo-token": sorted(scopes)}})
    message = refused(crms, "install")
    assert "crm.schemas.companies" in message or "crm.lists" in message or "crm.objects" in message


def test_an_unknown_account_says_how_to_name_one(crms: Crms) -> None:
    crms.run("pull")
    assert "domain" in refused(crms, "explain", "no such company", "--as-of", AS_OF)


def test_a_bad_instant_is_refused(crms: Crms) -> None:
    assert "--as-of" in refused(crms, "score", "--as-of", "yesterday")


def test_a_bad_model_names_file_and_key(crms: Crms) -> None:
    model = crms.folder / "model.toml"
    model.write_text('version = "1"\nsurprise = true\n', encoding="utf-8")
    write_config(crms, f'[model]\nfile = "{model}"\n')
    message = refused(crms, "score")
    assert str(model) in message
    assert "surprise" in message


def test_two_processes_do_not_share_one_database(crms: Crms) -> None:
    from store.lock import exclusive  # noqa: PLC0415 the lock is this test's subject

    with exclusive(f"sqlite:///{crms.folder}/shortlist.sqlite"):
        assert "Another Shortlist" in refused(crms, "pull")


def test_a_plan_that_a_guard_stops_runs_only_when_it_is_confirmed(crms: Crms) -> None:
    crms.run("install")
    crms.run("sync", "--as-of", AS_OF)
    before = end_state(crms)
    model = crms.folder / "model.toml"
    default = Path(__file__).parents[2] / "scoring" / "default_model.toml"
    text = default.read_text(encoding="utf-8")
    for cap in ("cap = 25\n", "cap = 150\n", "cap = 1000\n", "cap = 1_000\n"):
        text = text.replace(cap, "cap = 1\n")
    model.write_text(text, encoding="utf-8")
    write_config(crms, f'[model]\nfile = "{model}"\n[guards]\nfloor = 2\n')
    message = crms.run("sync", "--as-of", AS_OF, expect=3)["error"]
    assert "tier_moves_percent" in message
    assert end_state(crms) == before
    plan = crms.run("plan", "--as-of", AS_OF, expect=2)["plan"]["id"]
    crms.run("push", "--as-of", AS_OF, "--confirm", "000000000000", expect=3)
    assert end_state(crms) == before
    crms.run("push", "--as-of", AS_OF, "--confirm", plan)
    assert end_state(crms) != before
