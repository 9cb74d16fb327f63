"""The configuration file: every fault at once, each with its path; secrets stay where they are kept."""

from typing import Literal

import pytest

from core.config import Config, parse_config
from core.errors import ConfigError
from core.secret_refs import Secret, SecretRef
from core.section import Section

GOOD = """
[connections.crm1]
crm = "alpha"
token = "env:ALPHA_TOKEN"
"""


class AlphaSettings(Section):
    crm: Literal["alpha"]
    token: Secret
    url: str = "https://alpha.example"


class BetaSettings(Section):
    crm: Literal["beta"]
    key_file: Secret


KINDS: dict[str, type[Section]] = {"alpha": AlphaSettings, "beta": BetaSettings}


def parse(text: str) -> Config:
    return parse_config(text, "config.toml", KINDS)


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    first, *lines = str(caught.value).splitlines()
    assert first == "config.toml cannot be used:"
    return [line.strip() for line in lines]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "shared_domains = ['no domain']",
            "matching.shared_domains.0: 'no domain' is no domain; write one such as",
        ),
        ("crowd = 0", "matching.crowd: Input should be greater than or equal to 1"),
        (
            "shared_domains = ['a.com']\nown_domains = ['www.A.com']",
            "a.com stands in shared_domains and in own_",
        ),
        (
            "[matching.aliases]\n'a.com' = ['b.com']\n'c.com' = ['b.com']",
            "b.com stands under a.com and under c.com",
        ),
        ("[matching.aliases]\n'a.com' = ['b.com']\n'b.com' = ['c.com']", "b.com has aliases of its own"),
    ],
)
def test_faults_of_matching_say_what_to_do(text: str, fault: str) -> None:
    [found] = faults(f"{GOOD}[matching]\n{text}\n")
    assert found.startswith("matching")
    assert fault in found


def test_domains_of_matching_may_be_written_as_websites() -> None:
    text = "[matching.aliases]\n'https://www.Acme.com/' = ['shop.acme.de']\n"
    assert parse(GOOD + text).matching.domains.aliases == {"acme.de": "acme.com"}


def test_a_small_file_gets_the_defaults() -> None:
    config = parse(GOOD)
    assert config.connections["crm1"] == AlphaSettings(
        crm="alpha", token=SecretRef(source="env", name="ALPHA_TOKEN")
    )
    assert (config.sync.min_change, config.sync.catch_up_days, config.guards.floor) == (1.0, 7, 20)
    assert config.store.url == "sqlite:///shortlist.sqlite"
    assert config.model.file is None


def test_every_section_can_be_set() -> None:
    config = parse(GOOD + "[sync]\nmin_change = 2\noverlap_seconds = 0\n[guards]\ntier_moves_percent = 5\n")
    assert (config.sync.min_change, config.sync.overlap_seconds) == (2.0, 0)
    assert config.guards.tier_moves_percent == 5


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[synk]\na = 1", "synk"),
        ("[sync]\nmin_chnge = 1", "sync.min_chnge"),
        ("[guards]\nfloors = 1", "guards.floors"),
        ("[connections.crm2]\ncrm = 'alpha'\ntoken = 'env:A'\ntokn = 1", "connections.crm2.tokn"),
    ],
)
def test_an_unknown_key_is_refused_with_its_path(text: str, path: str) -> None:
    assert faults(GOOD + text) == [f"{path}: unknown key; remove it or correct its spelling"]


def test_all_faults_are_told_at_once() -> None:
    found = faults("""
        [sync]
        min_change = -1
        readers = "many"
        [guards]
        colour = "red"
        [connections.one]
        crm = "alpha"
        [connections.two]
        crm = "gamma"
        [connections.three]
        crm = "beta"
        key_file = "hunter2"
    """)
    paths = [fault.partition(":")[0] for fault in found]
    assert sorted(paths) == [
        "connections.one.token",
        "connections.three.key_file",
        "connections.two.crm",
        "guards.colour",
        "sync.min_change",
        "sync.readers",
    ]
    assert "connections.one.token: missing; add it (config.example.toml shows how)" in found
    assert 'connections.two.crm: must be "alpha" or "beta"' in found


@pytest.mark.parametrize("text", ["", "[connections]", "connections = []"])
def test_a_file_without_connections_is_refused(text: str) -> None:
    assert "connections: there is none; add a [connections.NAME] section" in faults(text)


@pytest.mark.parametrize(
    "text", ["connections = 5", "[connections]\ncrm1 = 'alpha'", "[connections.crm1]\ncrm = 3"]
)
def test_connections_of_a_wrong_shape_are_refused(text: str) -> None:
    [fault] = faults(text)
    assert fault.startswith("connections")


def test_bad_toml_names_the_file_and_the_place() -> None:
    with pytest.raises(ConfigError, match=r"config\.toml is not valid TOML: .*line 2"):
        parse("[sync]\nmin_change = = 1")


@pytest.mark.parametrize(
    "written",
    [
        '"hunter2"',
        '"env:"',
        '"vault:hunter2"',
        '"env:pat-na1-hunter2"',
        "5",
        '{ source = "env", name = "A", value = "hunter2" }',
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(written: str) -> None:
    [fault] = faults(f"[connections.crm1]\ncrm = 'alpha'\ntoken = {written}")
    assert fault.startswith("connections.crm1.token")
    assert "hunter2" not in fault


def test_an_error_carries_no_secret_in_its_causes_either() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("[connections.crm1]\ncrm = 'alpha'\ntoken = 'hunter2'")
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in repr(error)
        error = error.__cause__ or error.__context__


def test_a_configuration_never_prints_a_secret() -> None:
    config = parse(GOOD)
    secret = config.connections["crm1"].token
    assert secret.reveal({"env": {"ALPHA_TOKEN": "hunter2\n"}.__getitem__}).plain() == "hunter2"
    for text in (repr(config), str(config), config.model_dump_json(), repr(config.model_dump()), str(secret)):
        assert "hunter2" not in text
    assert str(secret) == "env:ALPHA_TOKEN"


def test_a_secret_may_stand_in_a_file() -> None:
    secret = SecretRef(source="file", name="/run/secrets/token")
    assert secret.reveal({"file": {"/run/secrets/token": " hunter2 \n"}.__getitem__}).plain() == "hunter2"


@pytest.mark.parametrize(
    ("secret", "advice"),
    [
        (SecretRef(source="env", name="MISSING"), "set the environment variable MISSING"),
        (SecretRef(source="env", name="EMPTY"), "set the environment variable EMPTY"),
        (SecretRef(source="file", name="/nowhere/token"), "put the secret into the file /nowhere/token"),
        (SecretRef(source="keyring", name="shortlist/token"), "with `keyring set shortlist token`"),
    ],
)
def test_a_secret_that_is_not_there_says_what_to_do(secret: SecretRef, advice: str) -> None:
    def read_file(name: str) -> str:
        raise FileNotFoundError(name)

    with pytest.raises(ConfigError, match=advice):
        secret.reveal({"env": {"EMPTY": "  "}.__getitem__, "file": read_file, "keyring": read_file})


def test_settings_do_not_change() -> None:
    config = parse(GOOD)
    with pytest.raises(ValueError, match="frozen"):
        config.sync = config.sync


def test_drift_has_a_policy_for_each_field_and_a_default() -> None:
    config = parse(GOOD + '[sync.drift]\ndefault = "keep"\ntier = "ours"\n')
    assert config.sync.drift == {"default": "keep", "tier": "ours"}
    [unknown] = faults(GOOD + '[sync.drift]\ntier_override = "keep"\n')
    assert unknown.startswith("sync.drift: 'tier_override' is no field that Shortlist writes")
    [wrong] = faults(GOOD + '[sync.drift]\ntier = "theirs"\n')
    assert wrong.startswith("sync.drift.tier: Input should be 'ours' or 'keep'")
