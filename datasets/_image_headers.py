"""Size and channels of an image file, from its header; nothing is decoded."""

from __future__ import annotations

import dataclasses
import os
from typing import BinaryIO

# Of file names in small letters.
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
# A file of a few kilobytes may claim more pixels than there is memory for.
_MOST_PIXELS = 100_000_000
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
# JPEG markers that begin a frame: C0 to CF but for tables of codes (C4, CC) and what is reserved (C8).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclasses.dataclass(frozen=True)
class Header:
    """What an image file says of itself.

    Attributes:
        height: in pixels.
        width: in pixels.
        channels: 1 grey, 2 grey and transparency, 3 color, 4 color and transparency.
        fault: why it must not be decoded, or "".
    """

    height: int
    width: int
    channels: int
    fault: str = ""


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is not part of a set: .git, .ipynb_checkpoints, macOS's in zips."""
    return name.startswith(".") or name == "__MACOSX"


def read(file: BinaryIO) -> Header | None:
    """The header of a PNG, JPEG, GIF, BMP or WebP file that is open at its beginning; None if it is none of them."""
    start = file.read(64)
    if start.startswith(b"\x89PNG\r\n\x1a\n") and start[12:16] == b"IHDR":
        found = Header(_big(start[20:24]), _big(start[16:20]), _PNG_CHANNELS.get(start[25], 3))
    elif start[:6] in (b"GIF87a", b"GIF89a"):
        found = Header(_little(start[8:10]), _little(start[6:8]), 3)
    elif start.startswith(b"BM"):
        found = _of_bmp(start, file)
    elif start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        found = _of_webp(start)
    else:
        frame = _jpeg_frame(file) if start.startswith(b"\xff\xd8") else b""
        if len(frame) < 6:
            return None
        # Four channels are inks, which are decoded to three colors.
        found = Header(_big(frame[1:3]), _big(frame[3:5]), 1 if frame[5] == 1 else 3)
    if not found.height or not found.width:
        return None
    if found.height * found.width > _MOST_PIXELS:
        fault = f"claims {found.height} x {found.width} pixels; at most {_MOST_PIXELS:,} are read"
        return dataclasses.replace(found, fault=fault)
    return found


def _big(text: bytes) -> int:
    return int.from_bytes(text, "big")


def _little(text: bytes) -> int:
    return int.from_bytes(text, "little")


def _of_bmp(start: bytes, file: BinaryIO) -> Header:
    # A negative height means that rows are stored from the top.
    height, width = (abs(int.from_bytes(start[at : at + 4], "little", signed=True)) for at in (22, 18))
    bits = _little(start[28:30])
    if bits != 8:
        return Header(height, width, 4 if bits == 32 else 3)
    # TensorFlow takes the numbers of palette entries for shades of grey, which they are only in a grey palette.
    file.seek(14 + _little(start[14:18]))
    palette = file.read(4 * (_little(start[46:50]) or 256))
    grey = all(palette[4 * number : 4 * number + 3] == bytes([number] * 3) for number in range(len(palette) // 4))
    return Header(height, width, 1, "" if grey else "BMP with a palette of colors, which TensorFlow cannot decode")


def _of_webp(start: bytes) -> Header:
    kind = start[12:16]
    if kind == b"VP8X":
        return Header(_little(start[27:30]) + 1, _little(start[24:27]) + 1, 4 if start[20] & 0x10 else 3)
    if kind == b"VP8L":
        bits = _little(start[21:25])
        return Header((bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1, 4 if bits >> 28 & 1 else 3)
    return Header(_little(start[28:30]) & 0x3FFF, _little(start[26:28]) & 0x3FFF, 3)


def _jpeg_frame(file: BinaryIO) -> bytes:
    """The start of the segment that begins the frame: precision, height, width, channels; b"" if there is none."""
    file.seek(2)
    while True:
        marker = file.read(2)
        while marker[:1] == b"\xff" and marker[1:] == b"\xff":  # padding
            marker = b"\xff" + file.read(1)
        length = _big(file.read(2))
        if len(marker) < 2 or marker[0] != 0xFF or length < 2:
            return b""
        if marker[1] in _JPEG_FRAMES:
            return file.read(6)
        file.seek(length - 2, os.SEEK_CUR)
