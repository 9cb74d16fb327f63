"""Settings of the whole process, made once by whoever starts one."""

import ctypes
import gc
import sys

_OBJECTS = 100_000
_TIMES = 50


def collect_seldom() -> None:
    """Look for cycles of garbage less often than Python's default of every 700 new objects.

    A sync holds some hundred thousand small records for its whole life, and looking through them again and again
    took an eighth of a full scoring. What is dropped without a cycle is freed at once as ever.
    """
    gc.set_threshold(_OBJECTS, _TIMES, _TIMES)


_POOLS, _LARGE = (-8, 2), (-3, 1 << 17)
"""Options of mallopt (malloc.h): M_ARENA_MAX, and M_MMAP_THRESHOLD in bytes; set, neither grows by itself."""


def give_back_memory() -> None:
    """Give large pieces of memory back to the system as soon as they are free, where the C library is glibc.

    By itself it keeps a pool for every thread and, after the first page of a CRM, takes pages from these pools: a
    pull of 400,000 contacts by twelve cursors held 172 MB that way, and 151 MB this way, at the same CPU time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option in (_POOLS, _LARGE):
            mallopt(*option)
