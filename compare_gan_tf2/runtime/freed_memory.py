"""Has the process keep the memory that a step frees, for the next step; glibc gives much of it back to the system."""

from __future__ import annotations

import ctypes
import os
import platform

# Parameters of mallopt(3), with bytes. Blocks up to M_MMAP_THRESHOLD come from a heap; 32 MiB is the most that glibc
# would choose by itself. A heap shrinks only when it has more than M_TRIM_THRESHOLD free at its end.
_M_MMAP_THRESHOLD = (-3, 32 * 2**20)
_M_TRIM_THRESHOLD = (-1, 128 * 2**20)


def keep() -> bool:
    """Sets glibc's thresholds; False, and nothing is set, without glibc or where the user's environment sets malloc's.

    A step allocates and frees the same tensors each time. What was given back to the system in between comes again page
    by page, each of them cleared, which costs a few percent of a step on the CPU.
    """
    if platform.libc_ver()[0] != "glibc" or any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return False
    library = ctypes.CDLL(None)
    return all([library.mallopt(*each) == 1 for each in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD)])
