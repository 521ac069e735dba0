"""What a process frees it allocates again, without the system's clearing pages anew."""

import ctypes
import platform
import resource

import pytest

from compare_gan_tf2.runtime import freed_memory

SIZES = [30 * 2**20, 25 * 2**20, 20 * 2**20]
ROUNDS, PAGE = 5, 4096

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="tells glibc")


@pytest.fixture(autouse=True)
def silent_environment(monkeypatch):
    for name in ("MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"):
        monkeypatch.delenv(name, raising=False)


def _pages_cleared():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def _as_a_step():
    """Allocates, writes and frees."""
    library = ctypes.CDLL(None)
    library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    places = [library.malloc(ctypes.c_size_t(size)) for size in SIZES]
    for place, size in zip(places, SIZES, strict=True):
        ctypes.memset(place, 1, size)
    for place in places:
        library.free(place)


def test_steps_get_the_memory_again_that_they_freed():
    assert freed_memory.keep()
    _as_a_step()
    before = _pages_cleared()
    for _ in range(ROUNDS):
        _as_a_step()
    assert _pages_cleared() - before < 0.1 * ROUNDS * sum(SIZES) / PAGE


def test_what_the_user_says_stands(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1000000")
    assert not freed_memory.keep()
