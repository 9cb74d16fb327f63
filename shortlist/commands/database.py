"""db: looking after the database."""

from shortlist.console import Output
from shortlist.session import DEFAULT, ConfigOption, JsonOption, command
from shortlist.wiring import load_config
from store.database import open_database, revision
from store.lock import exclusive


@command
def upgrade(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """Bring the database to the newest schema (every command does so at its start)."""
    output = Output(as_json=as_json)
    url = load_config(config).store.url
    with exclusive(url):
        database = open_database(url)
        found = revision(database.engine)
        database.close()
    output.say(f"{url} is at revision {found}.")
    output.document({"url": url, "revision": found})
