"""The configuration of signals, and that what the documentation offers to paste is valid."""

import re
from pathlib import Path
from typing import Literal

import pytest

from connectors import registry
from core.config import Config, parse_config
from core.errors import ConfigError
from core.secret_refs import Secret, SecretRef
from core.section import Section
from core.signal_settings import SignalField
from scoring.model import DEFAULT_MODEL, parse_model
from sync.signal_mapping import load_mapping

DOCS = Path(__file__).parents[2] / "docs" / "signals.md"
BLOCKS = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


class CrmSettings(Section):
    crm: Literal["alpha"]
    token: Secret
    fields: dict[str, str] = {}  # noqa: RUF012 pydantic copies it


def parse(text: str) -> Config:
    connection = '\n[connections.one]\ncrm = "alpha"\ntoken = "env:A"\nfields = { score = "Score__c" }\n'
    return parse_config(text + connection, "config.toml", {"alpha": CrmSettings})


def fault(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return str(caught.value)


def test_without_a_section_there_is_no_token_and_no_field() -> None:
    assert (parse("").signals.token, parse("").signals.fields) == (None, {})


def test_a_token_and_a_field_can_be_set() -> None:
    found = parse('[signals]\ntoken = "env:T"\n[signals.fields.x]\nfield = "score"\nkind = "topic"').signals
    assert found.token == SecretRef(source="env", name="T")
    assert found.fields == {"x": SignalField(field="score", kind="topic")}


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('[signals]\ntoken = "plain"', "signals.token: write env:NAME, file:PATH or keyring:"),
        ('[signals.fields.x]\nfield = "score"', "signals.fields.x.kind: missing"),
        (
            '[signals.fields.x]\nfield = "score"\nkind = "rumour"',
            "signals.fields.x.kind: must be one of topic",
        ),
        (
            '[signals.fields.x]\nfield = "other"\nkind = "topic"',
            "signals.fields.x: no connection maps 'other'",
        ),
        (
            '[signals.fields.x]\nfield = "score"\nkind = "topic"\nobserved_field = "day"',
            "signals.fields.x: no connection maps 'day'",
        ),
        (
            '[signals.fields.x]\nfield = "score"\nkind = "topic"\nscale = { low = 5, high = 5 }',
            "signals.fields.x.scale: low must be below high",
        ),
    ],
)
def test_a_fault_is_told_with_its_key(section: str, said: str) -> None:
    assert said in fault(section)


def test_what_the_documentation_offers_to_paste_is_valid(tmp_path: Path) -> None:
    """The first block belongs into a model, the second is a mapping, the others into the configuration."""
    model, mapping, fields, token = BLOCKS
    found = parse_model(DEFAULT_MODEL.read_text(encoding="utf-8") + "\n" + model, "model.toml")
    assert found.spec.intent.sources["g2"].weight == 30
    path = tmp_path / "mine.toml"
    path.write_text(mapping, encoding="utf-8")
    assert load_mapping(str(path)).readings[0].scale.levels == {"Early": 40.0, "Late": 90.0}
    salesforce = (
        '\n[connections.salesforce]\ncrm = "salesforce"\ninstance_url = "https://x.my.salesforce.com"\n'
        'client_id = "env:A"\nclient_secret = "env:B"\n'
    )
    config = parse_config(fields + token + salesforce, "config.toml", registry.settings_models())
    assert set(config.signals.fields) == {"6sense", "6sense_fit", "demandbase"}
    assert config.signals.token is not None
