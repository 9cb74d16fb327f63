"""Types of activity in the configuration are the model's; owners are known by name and address."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.registry import settings_models
from core.changes import Stream
from core.config import Config, parse_config
from core.errors import ConfigError
from core.records import Kind, Owner
from scoring.spec import TargetList
from shortlist.session import check_types
from sync.wanted import Wanted
from tests.memory_crm import EPOCH, MemoryCrm
from tests.worlds import World, account, default_model, new_database

CONFIG = """
[connections.sf]
crm = "salesforce"
instance_url = "https://acme.my.salesforce.com"
client_id = "env:ID"
client_secret = "env:SECRET"
[connections.sf.activities.task_types]
"Demo" = "{task}"
[connections.hub]
crm = "hubspot"
token = "env:TOKEN"
[connections.hub.activities]
notes = "{note}"
touches = {{ email_open = "none" }}
"""


def config(task: str = "meeting", note: str = "other") -> Config:
    return parse_config(CONFIG.format(task=task, note=note), "config.toml", settings_models())


def test_types_of_the_model_and_none_are_taken() -> None:
    check_types(config(), default_model(), Path("config.toml"))


def test_other_types_are_refused_with_file_and_key() -> None:
    with pytest.raises(ConfigError) as caught:
        check_types(config("meting", "notice"), default_model(), Path("config.toml"))

    message = str(caught.value)
    assert message.startswith("config.toml cannot be used:")
    assert "connections.sf.activities.task_types.Demo: the model has no activity type 'meting'" in message
    assert "connections.hub.activities.notes: the model has no activity type 'notice'" in message
    assert "meeting, " in message


def test_unknown_keys_of_the_new_sections_are_refused() -> None:
    text = CONFIG.format(task="meeting", note="other").replace("email_open", "email_opened")
    with pytest.raises(ConfigError, match=r"connections\.hub\.activities\.touches\.email_opened"):
        parse_config(text, "config.toml", settings_models())


@pytest.mark.parametrize("owner", ["jo roe", "JO@us.example", "u1"])
def test_a_list_finds_its_owner_by_name_address_or_id(tmp_path: Path, owner: str) -> None:
    crm = MemoryCrm(more_streams=(Stream("owners", Kind.OWNER),))
    crm.put(Owner("u1", EPOCH, "Jo Roe", "jo@us.example", is_active=True))
    crm.put(account("a", "acme.com", owner_id="u1"), account("b", "beta.com", owner_id="u2"))
    world = World(new_database(tmp_path), [crm])
    world.pull()

    scored = world.scored()
    spec = scored.model.spec.model_copy(update={"lists": (TargetList(key="jo", name="Jo", owner=(owner,)),)})

    wanted = Wanted(replace(scored, model=replace(scored.model, spec=spec)))
    names = {record.key for one in wanted.members("jo") for record in scored.facts.records[one]}
    assert names == {"acme.com"}
