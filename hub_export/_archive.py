"""A module as one .tar.gz, which `hub.load` takes from a web server, and the way back to a folder."""

from __future__ import annotations

import gzip
import hashlib
import pathlib
import tarfile
import zlib

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file, replace_folder

ENDINGS = (".tar.gz", ".tgz")
SUMS_FILE = "SHA256SUMS"
_CHUNK = 2**20


def is_archive(path: pathlib.Path) -> bool:
    """Whether a path is called like a packed module."""
    return path.name.endswith(ENDINGS)


def pack(folder: pathlib.Path, path: pathlib.Path) -> str:
    """Writes a module's folder as an archive with its files at the root, where TF Hub looks for them.

    The same files give the same bytes: nothing of owners and times goes in. Beside it <path>.sha256 is written.

    Returns:
        the archive's SHA-256 in hexadecimal.

    Raises:
        UserError: if the place cannot be written.
    """
    with (
        replace_file(path) as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for member in sorted(folder.rglob("*")):
            archive.add(member, str(member.relative_to(folder)), recursive=False, filter=_anonymous)
    digest = _digest(path)
    with replace_file(path.with_name(f"{path.name}.sha256")) as file:
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
            if a checksum beside it is another; or if the target cannot be written.
    """
    _compare(path)
    with replace_folder(target) as new:
        try:
            with tarfile.open(path, "r:gz") as archive:
                for member in archive:
                    if not (member.isfile() or member.isdir()):
                        raise UserError(f"{path} is no module: {member.name} is neither a file nor a folder")
                    # The filter refuses names that lead out of the folder.
                    archive.extract(member, new, filter="data")
        except tarfile.FilterError as error:
            raise UserError(f"{path} is no module, and may be meant to do harm: {error}") from error
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UserError(f"{path} is damaged or no .tar.gz: {error}") from error
        if not (new / "saved_model.pb").is_file():
            raise UserError(f"{path} holds no module: there is no saved_model.pb at its root")


def unpacked(path: pathlib.Path, cache_dir: pathlib.Path) -> pathlib.Path:
    """The folder that an archive was unpacked into, under a name made of its content; unpacked now if need be."""
    folder = cache_dir / "modules" / _digest(path)[:32]
    if not (folder / "saved_model.pb").is_file():
        unpack(path, folder)
    return folder


def write_sums(folder: pathlib.Path) -> None:
    """Writes SHA256SUMS of all files below a folder, in the form that `sha256sum --check` reads."""
    lines = [
        f"{_digest(path)}  {path.relative_to(folder)}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != SUMS_FILE
    ]
    (folder / SUMS_FILE).write_text("".join(lines), encoding="utf-8")


def check(place: pathlib.Path) -> None:
    """Raises UserError if a folder's files, or an archive, are not what their checksums say; none are fine."""
    if is_archive(place):
        _compare(place)
    else:
        _check_sums(place)


def _check_sums(folder: pathlib.Path) -> None:
    try:
        lines = (folder / SUMS_FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        digest, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file():
            raise UserError(f"the module in {folder} is not complete: {name} is missing")
        if _digest(path) != digest:
            raise UserError(f"the module in {folder} is damaged: {name} has another checksum than {SUMS_FILE} says")


def _compare(path: pathlib.Path) -> None:
    """The checksum in <path>.sha256, where there is one."""
    beside = path.with_name(f"{path.name}.sha256")
    if beside.is_file() and beside.read_text(encoding="utf-8").split()[:1] != [_digest(path)]:
        raise UserError(f"{path} is damaged: it has another checksum than {beside.name} says")


def _digest(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(_CHUNK):
                digest.update(part)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    return digest.hexdigest()


def read_file(place: pathlib.Path, name: str) -> bytes:
    """A file of a module in a folder or an archive.

    Raises:
        OSError: if there is none; also KeyError or another error of `tarfile` for an archive.
    """
    if not is_archive(place):
        return (place / name).read_bytes()
    with tarfile.open(place, "r:gz") as archive:
        file = archive.extractfile(name)
        return file.read() if file else b""
