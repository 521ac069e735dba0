"""Data sets that TensorFlow Datasets knows how to download and store."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import math
import os
import pathlib
import socket
import threading
import urllib.parse
from typing import Any, Literal

import numpy as np

from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.errors import UserError

_SECONDS_TO_REACH_A_HOST = 8.0


@dataclasses.dataclass(frozen=True)
class TfdsDataset(Dataset):
    """A TFDS builder with features `image` and, where there are classes, `label`; used as it lies, never written.

    Attributes:
        builder: TFDS's name, with its configuration after a stroke.
        crop: side of the middle square cut out of every image (with black around where the image is smaller), or
            "square" for the largest; what then has not yet image_shape is resized as TensorFlow 1 did. None takes
            images as they are, which must have image_shape.
        reader: Python package that TFDS needs to prepare it, and does not ask for until all is downloaded.
    """

    builder: str = ""
    crop: int | Literal["square"] | None = None
    reader: str | None = None

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
        self._refuse_without_memory(split, number)
        if self.crop is not None:
            data = data.map(lambda each: {**each, "image": self._fit(each["image"])}, num_parallel_calls=2)
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

    def _refuse_without_memory(self, split: str, number: int) -> None:
        """Training holds what is read and, for TensorFlow, a copy."""
        copies = 2 if split == self.train_split else 1
        needed = copies * number * math.prod(self.image_shape)
        available = _available_memory()
        if needed > available:
            raise UserError(
                f"data set {self.name!r}: the {number:,} images of split {split} need {needed / 1e9:.1f} GB of memory, "
                f"and {available / 1e9:.1f} GB are available; reading from the disk while training is not there yet"
            )

    def _fit(self, image: Any) -> Any:
        """uint8 [h, w, C], cropped and resized: uint8 [H, W, C]."""
        import tensorflow as tf

        sides = tf.shape(image)[:2]
        if self.crop == "square":
            side = tf.reduce_min(sides)
            top, left = tf.unstack((sides - side) // 2)
            image = tf.image.crop_to_bounding_box(image, top, left, side, side)
        else:
            image = tf.image.resize_with_crop_or_pad(image, self.crop, self.crop)
        if (self.crop, self.crop) != self.image_shape[:2]:
            # TensorFlow 1's pixel grid, without smoothing: tf.image.resize gives other numbers.
            floats = tf.compat.v1.image.resize_bilinear(image[None], self.image_shape[:2], half_pixel_centers=False)[0]
            image = tf.cast(tf.round(floats), tf.uint8)
        return tf.ensure_shape(image, self.image_shape)

    def fingerprint(self, root: pathlib.Path) -> str:
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        # The newest version is what TFDS opens. Copies of one data set (PNG, JPEG) differ in the sizes of their files.
        newest = max((root / self.builder).glob("*/dataset_info.json"), key=lambda path: _version(path.parent.name))
        name, split = self.builder.partition("/")[0], self.evaluation_split.partition("[")[0]
        shards = sorted(newest.parent.glob(f"{name}-{split}.*"))
        info = hashlib.sha256(newest.read_bytes()).hexdigest()
        made = [] if self.crop is None else [f"crop:{self.crop}"]
        return " ".join([info, *(f"{shard.name}:{shard.stat().st_size}" for shard in shards), *made])

    def prepare(self, root: pathlib.Path) -> None:
        if self.is_prepared(root):
            return
        if self.reader and importlib.util.find_spec(self.reader) is None:
            raise UserError(
                f"data set {self.name!r}: TFDS reads it with {self.reader}, which is not installed; install that, or "
                "give a prepared TFDS folder as --dataset_root"
            )
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


def _available_memory() -> int:
    """Bytes that this process can still take: of the machine, and of its control group where that has a limit."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    meminfo = pathlib.Path("/proc/meminfo")
    if meminfo.is_file():  # Linux, which also says how much of it is taken
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        found = [1024 * int(lines["MemAvailable"].split()[0])]
    group = pathlib.Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text())  # the text "max" where there is none
        used = int((group / "memory.current").read_text())
        stats = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        found.append(limit - used + int(stats["inactive_file"]))
    except (OSError, ValueError, KeyError):
        pass
    return min(found)


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
