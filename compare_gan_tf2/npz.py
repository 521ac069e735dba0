"""The one reader of .npz files: every byte of an array is under the archive's checksum, which is looked at."""

from __future__ import annotations

import contextlib
import math
import pathlib
import struct
import zipfile
from collections.abc import Collection, Iterator
from typing import IO

import numpy as np

_PART = 2**20
_SUFFIX = ".npy"
# The end of a zip archive, but for a comment: signature, two numbers of disks, two of entries, size, offset, comment.
_END = struct.Struct("<4s4H2LH")
_MOST_ENTRIES = 0xFFFF  # more are counted elsewhere


def read(path: pathlib.Path, names: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Arrays of an .npz file by name.

    `numpy.load` reads as many bytes as an array's head says, and zip compares checksums only at an entry's end: a head
    that says too little gives fewer images without a word. Here heads have to agree with the entries' sizes.

    Args:
        path: of the file.
        names: what to read; all if None. Names that the file does not have are left out.

    Raises:
        OSError: if it cannot be opened or read.
        ValueError: if it is damaged, no archive of arrays, or holds Python objects.
    """
    try:
        with opened(path) as archive:
            members = {each.filename.removesuffix(_SUFFIX): each for each in archive.infolist()}
            # All are opened, for zipfile compares names only then; what is no array has another ending.
            found = {
                name: _array(archive, member) for name, member in members.items() if names is None or name in names
            }
            return {name: array for name, array in found.items() if array is not None}
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a damaged archive raises one of many types
        raise ValueError(str(error) or type(error).__name__) from error


@contextlib.contextmanager
def opened(path: pathlib.Path) -> Iterator[zipfile.ZipFile]:
    """The archive; raises what zipfile raises, and ValueError if its list of entries is shorter than its end says."""
    with zipfile.ZipFile(path) as archive:
        _check_number_of_entries(path, archive)
        yield archive


def head(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether columns come first, and type of the array that an entry begins with.

    Raises:
        ValueError: if it is damaged, or holds Python objects.
    """
    version = np.lib.format.read_magic(file)
    heads = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in heads:
        raise ValueError(f"it has version {version} of the format")
    shape, is_fortran, dtype = heads[version](file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are not read")
    return shape, is_fortran, dtype


def _check_number_of_entries(path: pathlib.Path, archive: zipfile.ZipFile) -> None:
    """zipfile does not compare the two numbers."""
    with path.open("rb") as file:
        file.seek(-_END.size - len(archive.comment), 2)
        signature, _, _, _, number, *_ = _END.unpack(file.read(_END.size))
    if signature == b"PK\5\6" and number != _MOST_ENTRIES and number != len(archive.infolist()):
        raise ValueError(f"it lists {len(archive.infolist())} arrays of {number}")


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray | None:
    with archive.open(member) as file:
        if not member.filename.endswith(_SUFFIX):
            return None
        try:
            shape, is_fortran, dtype = head(file)
        except ValueError as error:
            raise ValueError(f"{member.filename}: {error}") from error
        size = math.prod(shape) * dtype.itemsize
        if size != member.file_size - file.tell():
            raise ValueError(f"{member.filename} is said to be {dtype} {list(shape)}, which is not its size")
        content = np.empty(size, np.uint8)
        done = 0
        while part := file.read(_PART):  # to the end, where the checksum is compared
            content[done : done + len(part)] = np.frombuffer(part, np.uint8)
            done += len(part)
    if done != size:
        raise ValueError(f"{member.filename} ends after {done} of {size} bytes")
    return np.ndarray(shape, dtype, content.data, order="F" if is_fortran else "C")
