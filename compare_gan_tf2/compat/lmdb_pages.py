"""A look at the pages of an LMDB file before the library opens it.

LMDB maps the file into memory and trusts it: of a damaged one, version 0.9 of the library skips or repeats records, or
ends the process by a signal. Here all pages of the tree are read, and every number in them that leads somewhere is
looked at. The values are not, for LMDB has no checksum of them. Drop it once the library says what is damaged itself.
"""

from __future__ import annotations

import dataclasses
import os
import struct

from compare_gan_tf2.errors import UserError

_MAGIC, _VERSION = 0xBEEFC0DE, 1
# Head of a page: its number, unused, flags, and where its free space begins and ends. Its entries' places follow.
_HEAD = struct.Struct("<QHHHH")
# After the head of a meta page: magic, version, address and size of the map; two trees (of free pages, and of records:
# page size, flags, depth, pages of three kinds, records, root); last page, transaction.
_META = struct.Struct("<IIQQ")
_TREE = struct.Struct("<IHHQQQQQ")
_LAST = struct.Struct("<QQ")
# Head of an entry. Of a branch: the number of a page, in three parts; of a leaf: the value's size, in two, and flags.
# Last is the length of the key, which follows.
_NODE = struct.Struct("<HHHH")
_BRANCH, _LEAF, _META_PAGE = 1, 2, 8
# Flag of a record whose value has pages of its own; others are of kinds that LSUN's files do not have.
_BIG = 1
# Flag of a file that wants to be mapped at one address.
_FIXED_ADDRESS = 1
_PAGE_SIZES = tuple(1 << power for power in range(8, 17))


class _DamagedError(Exception):
    """What is wrong with the file."""


@dataclasses.dataclass(frozen=True)
class _Meta:
    """What a meta page says.

    Attributes:
        size: of a page, in bytes.
        last: number of the last page.
        transaction: that wrote it; the newer one of two counts.
        depth, root: of the tree of records.
        pages: how many branch, leaf and overflow pages there are in it.
        entries: how many records.
    """

    size: int
    last: int
    transaction: int
    depth: int
    root: int
    pages: tuple[int, int, int]
    entries: int


def check(path: str | os.PathLike) -> int:
    """The number of records in an LMDB file of one tree, as LSUN's are; takes a read of some percent of it.

    Raises:
        UserError: if it is damaged, cut off, empty, or of another kind.
    """
    try:
        with open(path, "rb") as file:
            return _Walk(file.fileno(), os.fstat(file.fileno()).st_size).entries()
    except OSError as error:
        raise UserError(f"{os.fspath(path)} cannot be read: {error.strerror or error}") from error
    except (_DamagedError, struct.error) as error:
        raise UserError(f"{os.fspath(path)} is damaged, or no LMDB file of LSUN's kind ({error})") from error


class _Walk:
    """One pass over the tree of records.

    Args:
        file: descriptor of the open file.
        size: of the file, in bytes.
    """

    def __init__(self, file: int, size: int):
        self._file = file
        first = self._meta(0)
        second = self._meta(first.size)
        # Transactions write the two pages in turn; a file that nothing was written to has two times the same.
        if second.size != first.size or abs(first.transaction - second.transaction) != 1 or first.transaction % 2:
            raise _DamagedError("its first two pages contradict each other")
        self._tree = max(first, second, key=lambda meta: meta.transaction)
        whole = (self._tree.last + 1) * self._tree.size
        if whole > size:
            raise _DamagedError(f"it has {size:,} bytes of {whole:,}")
        if self._read(whole, self._tree.size).strip(b"\0"):
            raise _DamagedError("it has more pages than it says")
        self._used = bytearray(self._tree.last + 1)
        self._branches = self._leaves = self._values = self._found = 0
        self._before = b""

    def entries(self) -> int:
        self._visit(self._tree.root, 1)
        found = self._branches, self._leaves, self._values
        if found != self._tree.pages or self._found != self._tree.entries or not self._found:
            raise _DamagedError(f"{self._found:,} records are found, and there should be {self._tree.entries:,}")
        return self._found

    def _meta(self, start: int) -> _Meta:
        page = self._read(start, _HEAD.size + _META.size + 2 * _TREE.size + _LAST.size)
        magic, version, _, _ = _META.unpack_from(page, _HEAD.size)
        if magic != _MAGIC or version != _VERSION or not _HEAD.unpack_from(page)[2] & _META_PAGE:
            raise _DamagedError("it does not begin as one")
        place = _HEAD.size + _META.size
        size, free_flags, *_ = _TREE.unpack_from(page, place)
        _, flags, depth, *pages, entries, root = _TREE.unpack_from(page, place + _TREE.size)
        last, transaction = _LAST.unpack_from(page, place + 2 * _TREE.size)
        if size not in _PAGE_SIZES or flags or free_flags & _FIXED_ADDRESS:
            raise _DamagedError("its first two pages say what no such file does")
        return _Meta(size, last, transaction, depth, root, tuple(pages), entries)

    def _take(self, first: int, count: int) -> None:
        """Notes that pages are in use, each by one alone."""
        if not 2 <= first <= self._tree.last + 1 - count or any(self._used[first : first + count]):
            raise _DamagedError(f"something leads to page {first}, which is none, or another's")
        self._used[first : first + count] = b"\1" * count

    def _visit(self, number: int, depth: int) -> None:
        self._take(number, 1)
        page = self._read(number * self._tree.size, self._tree.size)
        own, _, flags, lower, upper = _HEAD.unpack_from(page)
        is_leaf = depth == self._tree.depth
        if (
            own != number
            or flags & 0xFF != (_LEAF if is_leaf else _BRANCH)
            or not _HEAD.size < lower <= upper
            or lower % 2
        ):
            raise _DamagedError(f"page {number} is no {'leaf' if is_leaf else 'branch'} of the tree")
        self._leaves += is_leaf
        self._branches += not is_leaf
        places = struct.unpack_from(f"<{(lower - _HEAD.size) // 2}H", page, _HEAD.size)
        lengths = [self._length(page, place, is_leaf) for place in places]
        # Entries lie one behind the other, up to the end of the page, in any order.
        ends = {place: place + length for place, length in zip(places, lengths, strict=True)}
        if {*ends, len(page)} != {*ends.values(), upper}:
            raise _DamagedError(f"page {number} has entries where there are none")
        for place in places:
            if is_leaf:
                self._record(page, place, number)
            else:
                low, middle, high, _ = _NODE.unpack_from(page, place)
                self._visit(low | middle << 16 | high << 32, depth + 1)

    def _length(self, page: bytes, place: int, is_leaf: bool) -> int:
        """Bytes of an entry, which are even."""
        low, high, flags, key = _NODE.unpack_from(page, place)
        value = (8 if flags & _BIG else low | high << 16) if is_leaf else 0
        return (_NODE.size + key + value + 1) // 2 * 2

    def _record(self, page: bytes, place: int, number: int) -> None:
        low, high, flags, length = _NODE.unpack_from(page, place)
        begin, size = place + _NODE.size + length, low | high << 16
        key = page[place + _NODE.size : begin]
        if flags not in (0, _BIG) or key <= self._before:
            raise _DamagedError(f"page {number} has a record that is none, or in the wrong place")
        if flags:
            pages = -(-(_HEAD.size + size) // self._tree.size)
            self._take(struct.unpack_from("<Q", page, begin)[0], pages)
            self._values += pages
        self._before = key
        self._found += 1

    def _read(self, start: int, length: int) -> bytes:
        return os.pread(self._file, length, start)
