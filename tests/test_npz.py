"""Arrays are read as they were written, or not at all."""

import io
import random
import zipfile

import numpy as np
import pytest

from compare_gan_tf2 import files, npz

ARRAYS = {
    "images": np.arange(60 * 4 * 4, dtype=np.uint8).reshape(60, 4, 4, 1),
    "features": np.arange(180, dtype=np.float32).reshape(60, 3),
    "turned": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "names": np.array(["a", "größer", ""]),
    "none": np.zeros((0, 3), np.int32),
    "empty": np.array([""], "U0"),
    "number": np.asarray(7),
    "truth": np.array([True, False]),
}


def _archive(save, arrays=ARRAYS):
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


def _same(found, arrays=ARRAYS):
    return found.keys() == arrays.keys() and all(
        (found[name].dtype, found[name].shape, found[name].tobytes()) == (each.dtype, each.shape, each.tobytes())
        for name, each in arrays.items()
    )


@pytest.fixture(params=[np.savez, np.savez_compressed])
def content(request):
    return _archive(request.param)


def test_arrays_of_every_kind_are_what_numpy_reads(tmp_path, content):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    found = npz.read(path)
    assert _same(found) and found["features"].flags.writeable
    assert npz.read(path, ("names", "missing")).keys() == {"names"}
    with np.load(path) as numpys:
        assert _same({name: numpys[name] for name in numpys.files})


def test_no_damage_gives_other_arrays(tmp_path, content):
    path, source = tmp_path / "a.npz", random.Random(1)
    heads = [at for at in range(len(content) - 9) if content[at : at + 6] == b"\x93NUMPY"]
    # Of the archive's own list, which is at the end, of two arrays' heads, and of the rest.
    bits = {8 * len(content) - 1 - source.randrange(8 * 120) for _ in range(120)}
    bits |= {8 * (at + 10) + bit for at in heads[:2] for bit in range(0, 8 * 90, 13)}
    bits |= {source.randrange(8 * len(content)) for _ in range(60)}
    for bit in bits:
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bytes(damaged))
        try:
            found = npz.read(path)
        except (OSError, ValueError):
            continue
        assert _same(found), bit
    for length in (0, 1, len(content) // 2, len(content) - 23, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises((OSError, ValueError)):
            npz.read(path)


def test_a_list_of_entries_that_ends_too_soon_is_seen(tmp_path):
    content = bytearray(_archive(np.savez, {"first": np.ones(3), "second": np.ones(3)}))
    entries = [at for at in range(len(content)) if content[at : at + 4] == b"PK\1\2"]
    content[entries[0] + 33] = 1  # a comment of 256 bytes, which has the second entry in it
    path = tmp_path / "a.npz"
    path.write_bytes(bytes(content))
    assert len(zipfile.ZipFile(path).infolist()) == 1
    with pytest.raises(ValueError, match="lists 1 arrays of 2"):
        npz.read(path)


def test_python_objects_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.array([{}], object))
    with pytest.raises(ValueError, match="Python objects"):
        npz.read(path)


def test_damaged_arrays_of_a_cache_are_computed_again_with_a_word(tmp_path, caplog):
    path = tmp_path / "samples.npz"
    files.kept_arrays(path, lambda: ARRAYS)
    content = path.read_bytes()
    for shape in (b"(60, 4, 4, 1)", b"(60, 3)"):
        damaged = bytearray(content)
        damaged[content.index(shape) + 1] ^= 4  # 60 -> 20
        path.write_bytes(bytes(damaged))
        assert _same(files.kept_arrays(path, lambda: ARRAYS)) and path.read_bytes() == content
        assert f"{path} cannot be read" in caplog.text
        caplog.clear()


def test_a_head_that_says_terabytes_is_refused_before_they_are_asked_for(tmp_path):
    path, head = tmp_path / "a.npz", io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (10**13,)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", head.getvalue() + bytes(80))
    with pytest.raises(ValueError, match=r"a.npy is said to be float64 \[10000000000000\], which is not its size"):
        npz.read(path)
