"""Settings of the whole process, made once by whoever starts one."""

import gc

_OBJECTS = 100_000
_TIMES = 50


def collect_seldom() -> None:
    """Look for cycles of garbage less often than Python's default of every 700 new objects.

    A sync holds some hundred thousand small records for its whole life, and looking through them again and again
    took an eighth of a full scoring. What is dropped without a cycle is freed at once as ever.
    """
    gc.set_threshold(_OBJECTS, _TIMES, _TIMES)
