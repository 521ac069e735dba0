"""Ways in which a file is damaged, drawn with a seed."""

import random
import zlib


def damages(content, name, flips):
    """Yields (what was done, damaged bytes or None where the file is gone) of a file's content.

    Args:
        content: of the file, bytes.
        name: of the file, from which the places are drawn.
        flips: number of bits to flip, one at a time.
    """
    source = random.Random(zlib.crc32(name.encode()))
    size = len(content)
    for _ in range(flips if size else 0):
        bit = source.randrange(8 * size)
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit} flipped", bytes(flipped)
    for length in sorted({size // 2, size - 1, source.randrange(size)} if size else ()):
        yield f"cut to {length} of {size} bytes", content[:length]
    yield "emptied", b""
    yield "removed", None


def damaged_files(files, flips):
    """Damages each of some files in turn, yields (its path, what was done), and restores it."""
    for path in files:
        content = path.read_bytes()
        for what, damaged in damages(content, path.name, flips):
            if damaged == content:
                continue
            path.unlink()
            if damaged is not None:
                path.write_bytes(damaged)
            yield path, what
            path.write_bytes(content)


def other_numbers(path):
    """Flips the lowest bit of each digit of a text in turn, as `damaged_files`: most other flips make no JSON of it."""
    content = path.read_bytes()
    for place, letter in enumerate(content):
        if chr(letter).isdigit():
            path.write_bytes(content[:place] + bytes([letter ^ 1]) + content[place + 1 :])
            yield path, f"digit {place} flipped"
    path.write_bytes(content)
