"""Alembic's entry: runs migrations on the engine that store.database hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString, SQLModel

import store.tables  # noqa: F401 registers the tables
from store.database import for_writing
from store.postgres import byte_order


def _render_item(type_: str, item: Any, _context: Any) -> str | Literal[False]:
    """SQLModel's own string type is plain String; written so, revisions need no import of sqlmodel."""
    return "sa.String()" if type_ == "type" and isinstance(item, AutoString) else False


def run() -> None:
    """Upgrade over one connection; batch mode, because SQLite cannot alter tables in place."""
    # Of several processes that open a new database at once, one migrates and the others wait for it.
    engine = for_writing(context.config.attributes["engine"])
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
            if connection.dialect.name == "postgresql":
                byte_order(connection)
        connection.commit()


run()
