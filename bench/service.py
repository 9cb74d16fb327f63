"""The area of the running service."""

from collections.abc import Iterator

from bench.areas import Options
from bench.rows import Row


def measure(options: Options) -> Iterator[Row]:
    """No rows: there is nothing to measure yet, and it says so."""
    options.say("service: not measured. Webhooks and the dashboard arrive with a later version.")
    yield from ()
