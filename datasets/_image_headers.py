"""What an image file says of itself: format, size, channels, pictures, turn; nothing is decoded."""

from __future__ import annotations

import dataclasses
import io
import warnings
from typing import BinaryIO

from PIL import ExifTags, Image

# Of file names in small letters; which format a file has is told by its content.
ENDINGS = (
    ".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".jpe", ".jfif", ".jif", ".jfi", ".mpo", ".apng",
    ".ppm", ".pgm", ".pbm", ".pnm",
)  # fmt: skip
# A file of a few kilobytes may claim more pixels than there is memory for.
MOST_PIXELS = 100_000_000
# Names of formats as Pillow has them -> as they are shown.
_FORMATS = {
    "PNG": "png", "JPEG": "jpeg", "MPO": "jpeg", "GIF": "gif", "BMP": "bmp", "WEBP": "webp", "TIFF": "tiff",
    "PPM": "ppm",
}  # fmt: skip
# As Pillow is asked for them; a JPEG of several pictures (MPO) is one to begin with.
_ASKED_FOR = tuple(name for name in _FORMATS if name != "MPO")
_BY_TENSORFLOW = ("png", "jpeg", "gif", "bmp", "webp")
# Modes of Pillow -> channels; a palette holds colors. Those of floats, and other colors, are not read.
_CHANNELS = {
    "1": 1, "L": 1, "I": 1, "I;16": 1, "I;16B": 1, "I;16L": 1, "LA": 2, "La": 2, "P": 3, "PA": 4, "RGB": 3, "RGBX": 3,
    "RGBA": 4, "RGBa": 4, "CMYK": 3, "YCbCr": 3,
}  # fmt: skip

# Of large pictures and of damage, which are told of here in one line each.
warnings.filterwarnings("ignore", module=r"PIL\.")


# Of pictures in formats that are not read: how their contents begin, after how many bytes; and endings of names.
_OTHER_STARTS = (
    (0, b"8BPS"), (0, b"\xff\x0a"), (0, b"\0\0\0\x0cJXL "), (0, b"\0\0\0\x0cjP  "), (0, b"v/1\x01"), (0, b"DDS "),
    (0, b"qoif"), (4, b"ftypavif"), (4, b"ftyphei"), (4, b"ftypmif1"), (4, b"ftypmsf1"),
)  # fmt: skip
_OTHER_ENDINGS = (
    ".tga", ".svg", ".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".rw2", ".pcx", ".hdr", ".heic", ".heif", ".avif",
    ".jp2", ".jxl", ".psd", ".exr", ".qoi", ".pfm", ".dib", ".ico",
)  # fmt: skip
# Of pictures in formats that are read.
_STARTS_OF_TIFF = (b"II*\0", b"MM\0*")
_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", *_STARTS_OF_TIFF)
# One of them is in a file that says how it is turned: in a JPEG, a PNG, a WebP; in Adobe's XMP.
_WORDS_OF_TURNS = (b"Exif", b"eXIf", b"EXIF", b"tiff:Orientation")


@dataclasses.dataclass(frozen=True)
class Header:
    """What an image file says of itself.

    Attributes:
        height: in pixels, as stored: before it is turned.
        width: in pixels.
        channels: 1 gray, 2 gray and transparency, 3 color, 4 color and transparency.
        format: "png", "jpeg", "gif", "bmp", "webp", "tiff" or "ppm", whatever the file's name says.
        pictures: how many pictures are in it; of an animation at least 2.
        for_tensorflow: whether TensorFlow's decoders read it rightly, and without harm to memory.
        fault: why it must not be decoded at all, or "".
    """

    height: int
    width: int
    channels: int
    format: str
    pictures: int = 1
    for_tensorflow: bool = True
    fault: str = ""


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is not part of a set: .git, .ipynb_checkpoints, macOS's in zips."""
    return name.startswith(".") or name == "__MACOSX"


def seems_a_picture(name: str, start: bytes) -> bool:
    """Whether a file whose ending is none of ENDINGS is a picture all the same, by its name or its first 16 bytes."""
    if name.lower().endswith(_OTHER_ENDINGS) or start.startswith(_STARTS):
        return True
    if start.startswith(b"RIFF"):
        return start[8:12] == b"WEBP"
    if start.startswith(b"BM"):
        return start[14:15] in (b"\x0c", b"(", b"8", b"l", b"|")  # sizes of its second header
    return any(start[at : at + len(text)] == text for at, text in _OTHER_STARTS)


def read(file: BinaryIO) -> Header | None:
    """The header of an image file that is open at its beginning; None if it is none, or of a format not read."""
    try:
        with Image.open(file, formats=_ASKED_FOR) as image:
            return _of(image, file)
    except Image.DecompressionBombError:
        return Header(0, 0, 3, "", fault=f"claims more than the {MOST_PIXELS:,} pixels that are read")
    except Exception:  # a damaged header raises one of many types
        return None


def _of(image: Image.Image, file: BinaryIO) -> Header | None:
    name, (width, height) = _FORMATS[image.format or ""], image.size
    if not height or not width:
        return None
    channels = _CHANNELS.get(image.mode, 0)
    pictures = _pictures(image, file, name)
    fault = ""
    if not channels:
        fault = f"holds pixels of the kind {image.mode}, which are not read"
    elif height * width > MOST_PIXELS:
        fault = f"claims {height} x {width} pixels; at most {MOST_PIXELS:,} are read"
    elif name == "gif" and height * width * pictures > MOST_PIXELS:  # TensorFlow decodes all to give one
        fault = f"claims {pictures} pictures of {height} x {width} pixels; at most {MOST_PIXELS:,} are read"
    by_tensorflow = name in _BY_TENSORFLOW and not (name == "webp" and pictures > 1)
    if name == "bmp":
        by_tensorflow, channels = _bmp(image, file, channels)
    elif name == "gif":
        channels = 3
    elif image.mode == "P" and "transparency" in image.info:
        channels = 4
    return Header(height, width, channels, name, pictures, by_tensorflow, fault)


def _pictures(image: Image.Image, file: BinaryIO, name: str) -> int:
    if name == "webp":
        # TensorFlow overruns its memory where this bit is set, also if there is but one picture behind it.
        start = _bytes_of(file, 0, 21)
        if start[12:16] == b"VP8X" and start[20] & 2:
            return max(getattr(image, "n_frames", 2), 2)
        return 1
    if name in ("jpeg", "ppm"):  # a JPEG's further pictures are previews, or for a second eye
        return 1
    return int(getattr(image, "n_frames", 1))


def _bytes_of(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)


def _bmp(image: Image.Image, file: BinaryIO, channels: int) -> tuple[bool, int]:
    """Whether TensorFlow reads a BMP rightly, and how many channels it then has.

    It knows neither masks of colors, nor compression, nor palettes, whose numbers it takes for shades of gray.
    """
    start = _bytes_of(file, 0, 34)
    bits, compression = (int.from_bytes(start[at : at + size], "little") for at, size in ((28, 2), (30, 4)))
    if start[14] < 40 or compression:
        return False, channels
    if bits == 8:
        return image.mode == "L" and _has_all_grays(file), channels
    return bits in (24, 32), 4 if bits == 32 else channels


def _has_all_grays(file: BinaryIO) -> bool:
    """Whether entry n of an 8-bit BMP's palette is the gray n."""
    head = _bytes_of(file, 14, 36)
    count = int.from_bytes(head[32:36], "little") or 256
    palette = _bytes_of(file, 14 + int.from_bytes(head[:4], "little"), 4 * count)
    return all(palette[4 * n : 4 * n + 3] == bytes([n] * 3) for n in range(len(palette) // 4) if n < 256)


def turn(contents: bytes) -> int:
    """How an image has to be turned to be upright, by EXIF: 1 (it is) to 8; 1 where that is not said, or no number."""
    if not any(word in contents for word in _WORDS_OF_TURNS) and not contents.startswith(_STARTS_OF_TIFF):
        return 1
    try:
        with Image.open(io.BytesIO(contents), formats=_ASKED_FOR) as image:
            if image.format == "PNG" and b"eXIf" not in contents:  # Pillow would decode all of it to look behind
                return 1
            found = image.getexif().get(ExifTags.Base.Orientation, 1)
            return found if found in range(1, 9) else 1
    except Exception:  # damage in what is no part of the pixels
        return 1
