"""Damaged LMDB files are refused before the library, which would give other records or end the process, opens them."""

import random
import struct

import lmdb
import pytest

from compare_gan_tf2.compat import lmdb_pages
from compare_gan_tf2.errors import UserError

PAGE = 4096


def _write(folder, count, size, seed=0):
    """The file's path, and its records."""
    source = random.Random(seed)
    records = {source.randbytes(20).hex().encode(): source.randbytes(size) for _ in range(count)}
    with lmdb.open(str(folder), map_size=1 << 26) as opened:
        # In two transactions: pages of the first are free after the second, and both metas are in use.
        for half in (list(records.items())[::2], list(records.items())[1::2]):
            with opened.begin(write=True) as transaction:
                for key, value in half:
                    transaction.put(key, value)
    return folder / "data.mdb", records


def _read(path):
    with lmdb.open(str(path), subdir=False, readonly=True, lock=False) as opened, opened.begin() as transaction:
        return dict(transaction.cursor())


@pytest.mark.parametrize(("count", "size"), [(2, 10), (3, 70_000), (90, 40), (400, 3000), (9000, 20)])
def test_whole_files_are_taken(count, size, tmp_path):
    path, records = _write(tmp_path, count, size)
    assert lmdb_pages.check(path) == count
    assert _read(path) == records


def test_files_that_are_none_or_empty_are_refused(tmp_path):
    with pytest.raises(UserError, match="cannot be read: No such file"):
        lmdb_pages.check(tmp_path / "data.mdb")
    for content in (b"", b"text", bytes(3 * PAGE)):
        (tmp_path / "data.mdb").write_bytes(content)
        with pytest.raises(UserError, match="data.mdb is damaged, or no LMDB file"):
            lmdb_pages.check(tmp_path / "data.mdb")
    with pytest.raises(UserError, match="data.mdb is damaged"):
        lmdb_pages.check(_write(tmp_path / "none", 0, 0)[0])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("filled", [False, True])
def test_files_that_end_too_early_are_refused(share, filled, tmp_path):
    path, _ = _write(tmp_path, 400, 40)
    content = path.read_bytes()
    kept = content[: int(share * len(content))]
    # As after a download that broke off into a file of the full size.
    path.write_bytes(kept + bytes(len(content) - len(kept)) if filled else kept)
    with pytest.raises(UserError, match="data.mdb is damaged"):
        lmdb_pages.check(path)


def test_every_bit_of_what_leads_somewhere_is_looked_at(tmp_path):
    path, records = _write(tmp_path, 90, 40)
    content = path.read_bytes()
    newest = max((struct.unpack_from("<Q", content, page + 144)[0], page) for page in (0, PAGE))[1]
    places = {
        "magic": newest + 16, "size of pages": newest + 40, "flags": newest + 92, "depth": newest + 94,
        "leaf pages": newest + 104, "records": newest + 120, "root": newest + 128, "transaction": newest + 144,
    }  # fmt: skip
    root = struct.unpack_from("<Q", content, newest + 128)[0] * PAGE
    places |= {"number of a page": root, "kind of a page": root + 10, "entries": root + 12, "free space": root + 14}
    places |= {"place of an entry": root + 16}
    entry = root + struct.unpack_from("<H", content, root + 16)[0]
    places |= {"child": entry, "length of a key": entry + 6}
    for name, place in places.items():
        for bit in range(8):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            path.write_bytes(changed)
            with pytest.raises(UserError, match="data.mdb is damaged"):
                pytest.fail(f"{name}, bit {bit}: {lmdb_pages.check(path)}")


@pytest.mark.parametrize("seed", range(3))
def test_what_is_taken_has_as_many_records_as_were_written(seed, tmp_path):
    path, records = _write(tmp_path, 300, 200, seed)
    content, source, refused = path.read_bytes(), random.Random(seed), 0
    for _ in range(60):
        changed = bytearray(content)
        page = source.randrange(len(content) // PAGE) * PAGE
        changed[page + source.randrange(60)] ^= 1 << source.randrange(8)
        path.write_bytes(changed)
        try:
            lmdb_pages.check(path)
            assert len(_read(path)) == len(records)
        except (UserError, lmdb.Error):  # the latter looks at the heads of large values
            refused += 1
    assert 5 < refused < 60


def test_a_damaged_file_is_named_where_tfds_reads_it(tmp_path):
    path, _ = _write(tmp_path, 20, 5000)
    path.write_bytes(path.read_bytes()[:-PAGE])
    tensorflow_io = pytest.importorskip("compare_gan_tf2.compat.tensorflow_io")
    with pytest.raises(UserError, match=r"data.mdb is damaged, or no LMDB file of LSUN's kind \(it has [\d,]+ bytes"):
        tensorflow_io.from_lmdb(path)
