"""keys: the master keys that stored sign-ins are sealed with."""

from core.errors import ConfigError
from shortlist.console import Output
from shortlist.session import DEFAULT, ConfigOption, JsonOption, command
from shortlist.wiring import KEY_ADVICE, load_config, master_keys
from store.database import open_database
from store.sealing import new_key
from store.vault import reseal


@command
def new(*, as_json: JsonOption = False) -> None:
    """Print a new master key. It is kept nowhere: put it where store.keys points, before the older ones."""
    output, key = Output(as_json=as_json), new_key()
    output.say(key)
    output.document({"key": key})


@command
def rotate(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """Seal every stored sign-in with the first key of store.keys; the others can go afterwards."""
    output, settings = Output(as_json=as_json), load_config(config)
    keys = master_keys(settings)
    if keys is None:
        raise ConfigError(f"store.keys is missing. {KEY_ADVICE}")
    database = open_database(settings.store.url)
    try:
        names = reseal(database, keys)
    finally:
        database.close()
    output.say(f"Sealed anew: {', '.join(names) or 'nothing is stored'}. Only the first key is needed now.")
    output.document({"resealed": names})
