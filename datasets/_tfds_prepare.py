"""Prepares what TFDS stores, by TFDS's own builders, from files that are fetched and checked here.

TFDS is not left to fetch by itself: it tries for over three minutes before it says that there is no network, begins
anew what broke off, and extracts archives of the same name (MNIST's and Fashion-MNIST's) over one another. It gets a
folder of links, laid out like its own cache of downloads, which is gone afterwards together with what was extracted.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import pathlib
import shutil
import sys
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from compare_gan_tf2 import claims
from compare_gan_tf2.datasets import _download
from compare_gan_tf2.datasets._download import DownloadError, amount
from compare_gan_tf2.datasets._tfds_files import File, Folders, by_hand, link
from compare_gan_tf2.errors import UserError

if TYPE_CHECKING:
    from compare_gan_tf2.datasets._tfds import TfdsDataset

_log = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_RIGHTS = (errno.EACCES, errno.EPERM, errno.EROFS)


def missing(dataset: TfdsDataset, root: pathlib.Path, archives: pathlib.Path | None = None) -> list[str]:
    """Names of the files that a user still has to put into place by hand."""
    folders = Folders(dataset, root, archives)
    return [file.name for file in by_hand(dataset) if not folders.candidates(file)]


def prepare(
    dataset: TfdsDataset, root: pathlib.Path, archives: pathlib.Path | None = None, any_archive: bool = False
) -> None:
    """Prepares a data set under root, unless that is done; afterwards `dataset.is_prepared(root)` holds.

    Whatever goes wrong, nothing half-done is left that looks finished; downloads that broke off go on the next time.

    Args:
        dataset: the entry.
        root: TFDS's data_dir.
        archives: folder of what was downloaded by hand; <root>/downloads/manual if None. A folder within it that has
            the builder's name is looked into first.
        any_archive: whether archives of another size or checksum than the published are taken.

    Raises:
        UserError: with the reason: a file is missing or wrong, the host cannot be reached, the disk is too small.
    """
    folders = Folders(dataset, root, archives)
    role = f"preparing_{folders.builder_label}"
    if dataset.is_prepared(root):
        _remove_left_over(folders, role)
        return
    _refuse_missing(dataset, folders)
    with _in_one_line(dataset, root), claims.claim(folders.downloads, role):
        if not dataset.is_prepared(root):
            _Preparation(dataset, root, folders, any_archive).run()


def _remove_left_over(folders: Folders, role: str) -> None:
    """Removes what a process left that was killed when the data set was complete."""
    work = _work_folder(folders)
    if work.is_dir():
        with contextlib.suppress(UserError), claims.claim(folders.downloads, role):
            shutil.rmtree(work, ignore_errors=True)
    claims.remove_dead(folders.downloads, role)


def _work_folder(folders: Folders) -> pathlib.Path:
    return folders.downloads / f".preparing_{folders.builder_label}"


class _Preparation:
    """One run of a builder; the claim on it is held."""

    def __init__(self, dataset: TfdsDataset, root: pathlib.Path, folders: Folders, any_archive: bool):
        self._dataset, self._root, self._folders, self._any_archive = dataset, root, folders, any_archive
        self._work = _work_folder(folders)

    def run(self) -> None:
        import tensorflow_datasets as tfds

        # Left by a run that was killed.
        shutil.rmtree(self._work, ignore_errors=True)
        builder = tfds.builder(self._dataset.builder, data_dir=str(self._root))
        target = pathlib.Path(builder.data_dir)
        for leftover in target.parent.glob("incomplete.*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if target.exists():
            # TFDS would take it for the finished data set.
            raise UserError(f"data set {self._dataset.name!r}: {target} is not complete; remove it and run this again")
        try:
            wanted, unknown = self._wanted(tfds)
            have = {file: path for file in wanted if (path := self._find(file))}
            lacking = [file for file in wanted if file not in have]
            self._refuse_without_space(have, lacking)
            self._refuse_without_network([*(file.source for file in lacking), *unknown], lacking)
            self._check(have)
            for file in lacking:
                have[file] = self._fetch(file)
            self._link(builder, have)
            self._build(tfds, builder)
        finally:
            shutil.rmtree(self._work, ignore_errors=True)
        if not self._dataset.is_prepared(self._root):
            raise UserError(f"data set {self._dataset.name!r}: TFDS stored it as {target}, where nobody looks for it")

    def _wanted(self, tfds: Any) -> tuple[list[File], list[str]]:
        """The files that a builder is made of, and URLs of which nothing is known; each configuration has its own."""
        # A builder of its own: it may note in itself what it finds in the files.
        builder = tfds.builder(self._dataset.builder, data_dir=str(self._root))
        asked = _Asked(self._work / "nothing")
        # It ends with some error, since no file is there to be read.
        with contextlib.suppress(Exception):
            builder._split_generators(asked)
        infos = builder.url_infos or {}
        files = [
            File(_name(url, infos[url].filename), url, int(infos[url].size), "sha256", infos[url].checksum, extracted)
            for url, extracted in asked.urls.items()
            if url in infos
        ]
        by_hand_files = by_hand(self._dataset)
        if not asked.urls and not by_hand_files:
            return [], list(infos)
        return [*by_hand_files, *files], [url for url in asked.urls if url not in infos]

    def _find(self, file: File) -> pathlib.Path | None:
        """A file that is there, if its size is right or any will do."""
        if folder := self._folders.unzipped(file):
            return folder
        candidates = self._folders.candidates(file)
        if cached := self._downloaded_by_tfds(file):
            candidates.append(cached)
        for path in candidates:
            if not file.size or path.stat().st_size == file.size:
                return path
        if candidates and not self._any_archive:
            path = candidates[0]
            raise UserError(
                f"data set {self._dataset.name!r}: {path} has {path.stat().st_size:,} bytes, the published file has "
                f"{file.size:,}; replace it, or take it as it is with --any_archive"
            )
        return candidates[0] if candidates else None

    def _downloaded_by_tfds(self, file: File) -> pathlib.Path | None:
        """The file in TFDS's own cache, from where the user had TFDS download it."""
        if file.by_hand:
            return None
        from tensorflow_datasets.core.download import resource

        name = resource.get_dl_fname(file.source, file.digest)
        own = self._folders.downloads / self._dataset.builder.partition("/")[0]
        return next((path for path in (own / name, self._folders.downloads / name) if path.is_file()), None)

    def _refuse_without_space(self, have: dict[File, pathlib.Path], lacking: list[File]) -> None:
        """A full disk is said before hours of downloading, not after."""
        downloads = sum(file.size - _size(self._part(file)) for file in lacking)
        # What an archive holds is a little more than the archive, and how much is known only once it is there.
        extracted = sum(_extracted_size(have.get(file), file.size) for file in (*have, *lacking) if file.extracted)
        # Other archives than the published are other data: the less they hold, the less is stored.
        published = sum(file.size for file in (*have, *lacking))
        there = sum(file.size for file in lacking) + sum(_bytes_of(path) for path in have.values())
        # About what the archives hold, where nothing better is on record.
        stays = self._dataset.prepared_bytes or published
        if self._any_archive and published:
            stays = round(stays * min(1.0, there / published))
        needed = downloads + extracted + stays
        place = next(place for place in (self._root, *self._root.parents) if place.exists())
        free = shutil.disk_usage(place).free
        if needed > free:
            raise UserError(
                f"data set {self._dataset.name!r} needs {amount(needed)} under {self._root} "
                f"({amount(downloads)} to download, {amount(extracted)} for a while to extract, "
                f"{amount(stays)} to stay), {amount(free)} are free"
            )

    def _refuse_without_network(self, urls: list[str], lacking: list[File]) -> None:
        for url in {urllib.parse.urlsplit(url).netloc: url for url in urls}.values():
            if reason := _download.why_unreachable(url):
                host = urllib.parse.urlsplit(url).hostname
                raise UserError(self._instead(f"{host} cannot be reached ({reason})", lacking))

    def _instead(self, reason: str, lacking: list[File]) -> str:
        files = ", ".join(map(str, lacking)) or "its files"
        return (
            f"data set {self._dataset.name!r}: {reason}; with network run this again, without it put {files} into "
            f"{self._folders.proposed}, or give a prepared TFDS folder as --dataset_root"
        )

    def _check(self, have: dict[File, pathlib.Path]) -> None:
        if self._any_archive:
            return
        for file, path in have.items():
            if file.digest and path.is_dir():
                _log.warning(
                    "%s has no published checksum, and is taken without one; %s has", path / "data.mdb", file.name
                )
            if file.digest and path.is_file():
                found = _download.checksum(path, file.algorithm)
                if found != file.digest:
                    raise UserError(
                        f"data set {self._dataset.name!r}: {path} has the {file.algorithm} checksum {found}, expected "
                        f"{file.digest}; replace it, or take it as it is with --any_archive"
                    )

    def _part(self, file: File) -> pathlib.Path:
        return self._folders.fetched / f"{file.name}.part"

    def _fetch(self, file: File) -> pathlib.Path:
        path = self._folders.fetched / file.name
        try:
            _download.fetch(file.source, path, size=file.size, sha256=file.digest)
        except DownloadError as error:
            raise UserError(self._instead(str(error), [file])) from error
        return path

    def _link(self, builder: Any, have: dict[File, pathlib.Path]) -> None:
        """Lays the files out as TFDS's cache of downloads, whose names have the published checksums."""
        from tensorflow_datasets.core.download import resource

        manual, cache = self._work / "manual", self._work / "downloads" / builder.name
        for folder in (manual, cache, self._work / "extracted"):
            folder.mkdir(parents=True)
        for file, path in have.items():
            if file.by_hand:
                link(path, manual / file.name)
                continue
            place = cache / resource.get_dl_fname(file.source, file.digest)
            extracted = self._work / "extracted" / f"ZIP.{place.name}"
            if path.is_dir():
                extracted.mkdir()
                link(path, extracted / path.name)
                place.touch()
            else:
                link(path, place)
                if file.extracted and file.name.endswith(".zip"):
                    _unzip(path, extracted)
            info = builder.url_infos[file.source]
            resource.write_info_file(file.source, place, builder.name, file.name, info)

    def _build(self, tfds: Any, builder: Any) -> None:
        if not sys.stderr.isatty():
            tfds.disable_progress_bar()
        # What a builder that this module does not know wants by hand, it has to find by itself. The others get links
        # alone: a file of a registered name in TFDS's manual folder is taken before those in its cache.
        alone = builder.MANUAL_DOWNLOAD_INSTRUCTIONS and not by_hand(self._dataset)
        manual = self._folders.archives if alone else self._work / "manual"
        config = tfds.download.DownloadConfig(
            extract_dir=str(self._work / "extracted"), manual_dir=str(manual), try_download_gcs=False
        )
        with contextlib.ExitStack() as stack:
            # TFDS tells its story there, and the outcome is one line.
            stack.enter_context(contextlib.redirect_stdout(sys.stderr))
            if builder.name == "lsun":
                from compare_gan_tf2.compat import tensorflow_io

                stack.enter_context(tensorflow_io.stand_in())
            builder.download_and_prepare(download_dir=str(self._work / "downloads"), download_config=config)


class _Asked:
    """Stands in for TFDS's download manager and notes what a builder asks for, until it wants to read a file."""

    def __init__(self, nowhere: pathlib.Path):
        self.urls: dict[str, bool] = {}
        self.manual_dir = self.download_dir = self._nowhere = nowhere

    def download(self, urls: Any) -> Any:
        return self._note(urls, extracted=False)

    def download_and_extract(self, urls: Any) -> Any:
        return self._note(urls, extracted=True)

    def extract(self, paths: Any) -> Any:
        return paths

    def iter_archive(self, path: Any) -> Iterator[Any]:
        del path
        return iter(())

    def _note(self, urls: Any, extracted: bool) -> Any:
        import tensorflow as tf

        def note(each: Any) -> Any:
            self.urls[each if isinstance(each, str) else each.url] = extracted
            return self._nowhere

        return tf.nest.map_structure(note, urls)


def _refuse_missing(dataset: TfdsDataset, folders: Folders) -> None:
    absent = [file for file in by_hand(dataset) if not folders.candidates(file)]
    if absent:
        raise UserError(
            f"data set {dataset.name!r} cannot be downloaded: put {' and '.join(map(str, absent))} into "
            f"{folders.archives} ({absent[0].source}), or name another folder by --archives"
        )


def _unzip(archive: pathlib.Path, folder: pathlib.Path) -> None:
    """Extracts a zip piece by piece: TFDS would hold each of its files in memory, of which LSUN's has 50 GB."""
    with _opened_zip(archive) as opened:
        members = [member for member in opened.infolist() if not member.is_dir()]
        total = sum(member.file_size for member in members)
        done = 0
        with _download.progress(f"extracting {archive.name}", total) as advance:
            for member in members:
                path = folder / member.filename
                if folder.resolve() not in path.resolve().parents:
                    raise UserError(f"{archive} has a file outside of its own folder: {member.filename}")
                path.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(member) as source, path.open("wb") as target:
                    while block := source.read(1 << 20):
                        target.write(block)
                        done += len(block)
                        advance(done)


def _extracted_size(path: pathlib.Path | None, size: int) -> int:
    """Bytes that an archive takes when it is extracted; of one that is not there, or no zip, its own size."""
    if path is None:
        return size
    if path.is_dir():
        return 0
    if path.suffix != ".zip":
        return path.stat().st_size
    with _opened_zip(path) as opened:
        return sum(member.file_size for member in opened.infolist())


@contextlib.contextmanager
def _opened_zip(path: pathlib.Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as opened:
            yield opened
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{path} cannot be read ({error}); replace it") from error


def _name(url: str, registered: str | None) -> str:
    """The name under which a user would have a file."""
    if registered:
        return registered
    from tensorflow_datasets.core.download import resource

    name = urllib.parse.urlsplit(url).path.rpartition("/")[2]
    return name if "." in name else resource.get_dl_fname(url)


def _bytes_of(path: pathlib.Path) -> int:
    return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size


def _size(path: pathlib.Path) -> int:
    return path.stat().st_size if path.is_file() else 0


@contextlib.contextmanager
def _in_one_line(dataset: TfdsDataset, root: pathlib.Path) -> Iterator[None]:
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # requests, TFDS, TensorFlow and the file system each have their own
        raise UserError(f"data set {dataset.name!r} could not be prepared: {_reason(error, root)}") from error


def _reason(error: BaseException, root: pathlib.Path) -> str:
    """One line; what the file system had to say comes before what others made of it."""
    cause: BaseException | None = error
    while cause is not None:
        number = _number(cause)
        place = getattr(cause, "filename", None) or root
        if number in _FULL:
            return (
                f"no more can be written ({os.strerror(number)}): {place}; what was half-done is removed; make room "
                "and run this again"
            )
        if number in _NO_RIGHTS:
            return f"{place} cannot be read or written ({os.strerror(number)})"
        cause = cause.__cause__ or cause.__context__
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    # TFDS puts a heading and the example before what somebody said.
    return f"{lines[0]} {lines[-1]}" if lines[0].endswith(":") and len(lines) > 1 else lines[0]


def _number(error: BaseException) -> int:
    """The system's number of an error, also where TensorFlow has made a text of it; 0 if it is none of the system's."""
    if isinstance(error, OSError):
        return error.errno or 0
    return next((number for number in (*_FULL, *_NO_RIGHTS) if os.strerror(number) in str(error)), 0)
