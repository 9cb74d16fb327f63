"""Keys that we give out ourselves."""

from typing import Any

from sqlmodel import Field


def number() -> Any:
    """A number that counts up without gaps (store.sql.next_number)."""
    return Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
