"""Deals with the account that they belong to, as a backtest and a suggestion read them."""

from typing import NamedTuple

from store.database import Database


class DealRow(NamedTuple):
    """One living deal of an account; a deal kept in both CRMs is two of them. Instants in milliseconds."""

    account_id: int
    created_at: int
    closed_at: int | None
    """Of an open deal some CRMs give the day they hope for."""
    is_closed: bool
    is_won: bool


def deal_rows(database: Database, *, until_ms: int) -> list[DealRow]:
    """All that existed at an instant, by account and creation."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT link.account_id, deal.created_at, deal.closed_at, deal.is_closed, deal.is_won "
            "FROM crm_deal AS deal JOIN link "
            "ON link.connection_id = deal.connection_id AND link.remote_id = deal.account_id "
            "WHERE NOT deal.is_gone AND deal.created_at <= ? "
            "ORDER BY link.account_id, deal.created_at, deal.connection_id, deal.remote_id",
            (until_ms,),
        )
        return [DealRow(row[0], row[1], row[2], bool(row[3]), bool(row[4])) for row in rows]
