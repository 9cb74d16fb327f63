"""Sort keys for ORDER BY: nulls at the end asked for, text without regard to case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.salesforce.soql_syntax import Order

_Row = TypeVar("_Row")


def sort_key(get: Callable[[_Row], Any], order: Order) -> Callable[[_Row], Any]:
    """A key for `list.sort(reverse=order.descending)`.

    Nulls stand first unless asked otherwise (documentation of ORDER BY); reversing turns them around.
    """
    nulls_high = order.nulls_last != order.descending

    def key(row: _Row) -> tuple[bool, Any]:
        value = get(row)
        if value is None:
            return nulls_high, 0
        return not nulls_high, value.lower() if isinstance(value, str) else value

    return key
