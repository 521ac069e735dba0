"""Data sets that TensorFlow Datasets knows how to download and store."""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import socket
import threading
import urllib.parse
from typing import Any

import numpy as np

from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.errors import UserError

_SECONDS_TO_REACH_A_HOST = 8.0


@dataclasses.dataclass(frozen=True)
class TfdsDataset(Dataset):
    """A TFDS builder with features `image` and, where there are classes, `label`; used as it lies, never written."""

    builder: str = ""

    def _open(self, root: pathlib.Path) -> Any:
        import tensorflow_datasets as tfds

        return tfds.builder(self.builder, data_dir=str(root))

    def is_prepared(self, root: pathlib.Path) -> bool:
        # TFDS keeps one folder per version, complete once it has its dataset_info.json.
        return any((root / self.builder).glob("*/dataset_info.json"))

    def read(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        try:
            return self._read(split, root)
        except UserError:
            raise
        except Exception as error:  # TFDS and TensorFlow raise a dozen types for a damaged folder
            reason = str(error).strip().partition("\n")[0]
            raise UserError(f"data set {self.name!r} under {root / self.builder} cannot be read: {reason}") from error

    def _read(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        import tensorflow as tf
        import tensorflow_datasets as tfds

        builder = self._open(root)
        # One file after the other: «the first N images» must not depend on how many threads read.
        config = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False, add_tfds_id=False)
        data = builder.as_dataset(split=split, shuffle_files=False, read_config=config)
        number = builder.info.splits[split].num_examples
        images = np.empty((number, *self.image_shape), np.uint8)
        labels = np.full(number, -1, np.int32)
        place = 0
        for batch in data.batch(1000).prefetch(tf.data.AUTOTUNE).as_numpy_iterator():
            end = place + len(batch["image"])
            images[place:end] = batch["image"]
            if self.num_classes:
                labels[place:end] = batch["label"]
            place = end
        if place != number:
            raise UserError(f"data set {self.name!r} under {root}: split {split} has {place} of {number} images")
        return images, labels

    def fingerprint(self, root: pathlib.Path) -> str:
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        # The newest version is what TFDS opens. Copies of one data set (PNG, JPEG) differ in the sizes of their files.
        newest = max((root / self.builder).glob("*/dataset_info.json"), key=lambda path: _version(path.parent.name))
        shards = sorted(newest.parent.glob(f"{self.builder}-{self.evaluation_split}.*"))
        info = hashlib.sha256(newest.read_bytes()).hexdigest()
        return " ".join([info, *(f"{shard.name}:{shard.stat().st_size}" for shard in shards)])

    def prepare(self, root: pathlib.Path) -> None:
        if self.is_prepared(root):
            return
        import tensorflow_datasets as tfds

        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"cannot write {root}: {error.strerror}") from error
        builder = self._open(root)
        manual = root / "downloads" / "manual"
        self._refuse_without_network(builder, manual)
        try:
            builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=str(manual)))
        except Exception as error:  # requests, TFDS and the file system each have their own
            reason = str(error).strip().partition("\n")[0]
            raise UserError(f"data set {self.name!r} could not be prepared: {reason}") from error

    def _refuse_without_network(self, builder: Any, manual: pathlib.Path) -> None:
        """TFDS itself tries for over three minutes before it says that there is no network."""
        wanted = [url for url in builder.url_infos if not (manual / url.rpartition("/")[2]).is_file()]
        for host in sorted({urllib.parse.urlsplit(url).hostname or "" for url in wanted}):
            reason = _why_unreachable(host)
            if reason:
                files = ", ".join(url.rpartition("/")[2] for url in wanted)
                raise UserError(
                    f"data set {self.name!r}: {host} cannot be reached ({reason}); with network run this again, "
                    f"without it put {files} into {manual}, or give a prepared TFDS folder as --dataset_root"
                )


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdecimal())


def _why_unreachable(host: str) -> str:
    """Empty if a connection can be made; else the reason, in bounded time (a resolver may hang for minutes)."""
    if any(urllib.parse.urlsplit(proxy).hostname for proxy in _proxies()):
        return ""  # a proxy answers for every host; TFDS will use it and report
    outcome: list[str] = []

    def connect() -> None:
        try:
            socket.create_connection((host, 443), timeout=_SECONDS_TO_REACH_A_HOST).close()
            outcome.append("")
        except OSError as error:
            outcome.append(error.strerror or str(error))

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(_SECONDS_TO_REACH_A_HOST)
    return outcome[0] if outcome else f"no answer in {_SECONDS_TO_REACH_A_HOST:.0f} s"


def _proxies() -> list[str]:
    import urllib.request

    found = urllib.request.getproxies()
    return [found[scheme] for scheme in ("https", "all") if scheme in found]
