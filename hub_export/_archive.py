"""A module as one .tar.gz, which `hub.load` takes from a web server, and the way back to a folder."""

from __future__ import annotations

import gzip
import pathlib
import shutil
import tarfile
import zlib

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file, replace_folder
from compare_gan_tf2.hub_export import _sums

ENDINGS = (".tar.gz", ".tgz")
_CHUNK = 2**20
# What an archive may unpack to: weights compress to nine tenths, untrained ones with many zeros to a few hundredths.
_MOST_GROWTH = 100
_MOST_BESIDE = 2**30
_MOST_MEMBERS = 10_000
_DEEPEST = 32
_LARGEST_TEXT = 2**26


def is_archive(path: pathlib.Path) -> bool:
    """Whether a path is called like a packed module."""
    return path.name.endswith(ENDINGS)


def checksum_file(path: pathlib.Path) -> pathlib.Path:
    """Where the checksum of an archive stands."""
    return path.with_name(f"{path.name}.sha256")


def pack(folder: pathlib.Path, path: pathlib.Path) -> str:
    """Writes a module's folder as an archive with its files at the root, where TF Hub looks for them.

    The same files give the same bytes: nothing of owners and times goes in. Beside it <path>.sha256 is written; an
    older one goes before the archive is replaced, so that a kill leaves no checksum of another file.

    Returns:
        the archive's SHA-256 in hexadecimal.

    Raises:
        UserError: if the place cannot be written.
    """
    with replace_file(path) as file:
        with (
            gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for member in sorted(folder.rglob("*")):
                archive.add(member, str(member.relative_to(folder)), recursive=False, filter=_anonymous)
        checksum_file(path).unlink(missing_ok=True)
    digest = _sums.digest(path)
    with replace_file(checksum_file(path)) as file:
        file.write(f"{digest}  {path.name}\n".encode())
    return digest


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def unpack(path: pathlib.Path, target: pathlib.Path) -> None:
    """Unpacks an archive into a folder that is complete or not there; nothing outside it is written.

    Raises:
        UserError: if the archive is damaged, holds something else than files and folders below its root, or no module;
            if it unpacks to far more than it is, or than the disk has room for; if a checksum in it or beside it is
            another; or if the target cannot be written.
    """
    compare(path)
    with replace_folder(target) as new:
        _extract(path, new)


def unpacked(path: pathlib.Path, cache_dir: pathlib.Path) -> pathlib.Path:
    """The folder that an archive was unpacked into, under a name made of its content; unpacked now if need be.

    Its files are checked; if they are damaged they are unpacked again. Several processes may ask at once: the first one
    that is done puts its folder there, and the others take that.

    Raises:
        UserError: as `unpack`.
    """
    folder = cache_dir / "modules" / compare(path)[:32]
    if not _is_whole(folder):
        with replace_folder(folder, durable=False, keep=_is_whole) as new:
            _extract(path, new)
            if not (new / _sums.SUMS_FILE).exists():  # of another maker
                _sums.write(new)
    return folder


def _is_whole(folder: pathlib.Path) -> bool:
    names = ("saved_model.pb", _sums.SUMS_FILE)
    return all((folder / name).is_file() for name in names) and not _sums.failure(folder)


def _extract(path: pathlib.Path, new: pathlib.Path) -> None:
    try:
        with gzip.open(path) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                _extract_members(archive, path, new)
            # Behind the last member lies the checksum that tells a flipped bit.
            rest = 0
            while part := stream.read(_CHUNK):
                rest += len(part)
                _refuse_growth(path, rest)
    except tarfile.FilterError as error:
        raise UserError(f"{path} is no module, and may be meant to do harm: {_short(error)}") from error
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, OverflowError) as error:
        raise UserError(f"{path} is damaged or no .tar.gz: {_short(error)}") from error
    if not (new / "saved_model.pb").is_file():
        raise UserError(f"{path} holds no module: there is no saved_model.pb at its root")
    if failure := _sums.failure(new):
        raise UserError(f"{path} is damaged: {failure}")


def _extract_members(archive: tarfile.TarFile, path: pathlib.Path, new: pathlib.Path) -> None:
    size = 0
    for number, member in enumerate(archive):
        if not (member.isfile() or member.isdir()):
            raise UserError(f"{path} is no module: {_short(member.name)} is neither a file nor a folder")
        if number >= _MOST_MEMBERS or member.name.count("/") > _DEEPEST:
            raise UserError(
                f"{path} is no module, and may be meant to do harm: it has more than {_MOST_MEMBERS} files, or folders "
                f"deeper than {_DEEPEST}"
            )
        # Before it is written: what it would take is known from the member's head.
        size += member.size
        _refuse_growth(path, size)
        free = shutil.disk_usage(new).free
        if member.size > free:
            raise UserError(f"cannot unpack {path}: {_short(member.name)} has {member.size} bytes, the disk {free}")
        # The filter refuses names that lead out of the folder.
        archive.extract(member, new, filter="data")


def _refuse_growth(path: pathlib.Path, size: int) -> None:
    most = _MOST_BESIDE + _MOST_GROWTH * path.stat().st_size
    if size > most:
        raise UserError(
            f"{path} is no module, and may be meant to do harm: it unpacks to more than {most} bytes from "
            f"{path.stat().st_size}"
        )


def _short(text: object) -> str:
    """One line of at most 200 letters: names in an archive are as long and strange as its maker likes."""
    line = " ".join(str(text).split())
    return line if len(line) <= 200 else f"{line[:100]} ... {line[-80:]}"


def compare(path: pathlib.Path) -> str:
    """An archive's SHA-256; raises UserError if <path>.sha256 says another one. Without that file any is fine."""
    digest, beside = _sums.digest(path), checksum_file(path)
    if beside.is_file():
        # A file that is not text cannot be a checksum file.
        said = beside.read_text(encoding="utf-8", errors="replace").split()[:1]
        if [word.lower() for word in said] != [digest]:
            raise UserError(f"{path} is damaged: it has another checksum than {beside.name} says")
    return digest


def is_checksum_of(path: pathlib.Path, beside: pathlib.Path) -> bool:
    """Whether a file is what `pack` writes beside an archive of this name, whatever that holds or held."""
    try:
        digest, _, name = beside.read_text(encoding="utf-8").strip().partition("  ")
    except (OSError, ValueError):
        return False
    return name == path.name and len(digest) == 64


def read_file(place: pathlib.Path, name: str) -> bytes:
    """A small file of a module in a folder or an archive.

    Raises:
        OSError: if there is none; also KeyError or another error of `tarfile`, `gzip` and `zlib` for an archive.
    """
    if not is_archive(place):
        return (place / name).read_bytes()
    with tarfile.open(place, "r:gz") as archive:
        file = archive.extractfile(name)
        return file.read(_LARGEST_TEXT) if file else b""
