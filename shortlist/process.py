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


_POOLS, _LARGE, _SPARE = (-8, 2), (-3, 1 << 21), (-1, 1 << 22)
"""Options of mallopt (malloc.h): M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD, both in bytes; set, none of them
grows by itself."""


def give_back_memory() -> None:
    """Give large pieces of memory back to the system as soon as they are free, where the C library is glibc.

    By itself it keeps a pool for every thread and, after the first page of a CRM, takes pages from these pools: a
    pull of 400,000 contacts by twelve cursors held 172 MB that way, and 151 MB this way, at the same CPU time. Large
    is more than what reading the JSON of a page of HubSpot takes for a moment (1.1 MB): where that was given back each
    time, the system filled it with zeros each time, a tenth of what such a page costs.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option in (_POOLS, _LARGE, _SPARE):
            mallopt(*option)
