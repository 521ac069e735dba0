"""Baselines without training: unchanged input, nearest neighbor, mean image, bicubic, ring mean, training images."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.datasets.streams import Epoch
from compare_gan_tf2.gans import Ability, Player, Stream
from compare_gan_tf2.gans.base import BaseGan

# Facts, read without importing this file.
MODEL = "set of baselines"
HAS_LOGITS = False
HAS_STEPS = False
NETWORKS = ()
HONORS = ("remembered_images",)
IMPLIES = {"loss": "none", "training_steps": 0}
REQUIRES = {
    "conditional": (False, "it has no networks that could take labels"),
    "training_steps": (0, "nothing of it is trained by steps"),
}
ABILITIES = {
    "generate": (("z",), "images"),
    "illustrate_nearest_caption": (("caption",), "images"),
    "inpaint_mean": (("images", "mask"), "images"),
    "inpaint_ring_mean": (("images", "mask"), "images"),
    "reconstruct_mean": (("images",), "images"),
    "reconstruct_nearest_neighbor": (("images",), "images"),
    "translate_ab_mean": (("a",), "b"),
    "translate_ab_nearest_neighbor": (("a",), "b"),
    "translate_ab_unchanged": (("a",), "b"),
    "translate_ba_mean": (("b",), "a"),
    "translate_ba_nearest_neighbor": (("b",), "a"),
    "translate_ba_unchanged": (("b",), "a"),
    "translate_mean": (("input",), "target"),
    "translate_nearest_neighbor": (("input",), "target"),
    "translate_unchanged": (("input",), "target"),
    "upscale_bicubic": (("lr",), "images"),
    "upscale_bicubic_4x": (("images",), "images"),
}

# Streams that stand beside images, and of which nothing is remembered.
_BESIDE = ("lr", "mask")

# Hashes of three characters.
_KINDS = 1024
# Remembered images that inputs are compared with at once.
_BLOCK = 512


class Gan(BaseGan):
    """Simple baselines for trained models: on one set of images, on pairs, on two unpaired sets, or on several sets.

    Its state is the mean of all training images, and up to remembered_images of them, for each kind that is read:
    `mean/<stream>` float32 [H, W, C] in [0, 1], `remembered/<stream>` integers [N, H, W, C] as stored. On one set it
    draws remembered images with replacement ("generate"), returns the nearest one or the mean in place of a
    reconstruction, and shrinks images to a quarter of their sides and enlarges them again. Low-resolution images are
    enlarged. Holes are filled with the mean image, or with the mean of the pixels around the hole.
    """

    def setup(self) -> None:
        """The streams of the data set's kind, and a state for each."""
        dtype = tf.uint8 if self.dataset.largest_value < 256 else tf.uint16
        for name in self.dataset.visible_streams:
            if name == "caption":
                spec = tf.TensorSpec([None, self.dataset.caption_length], tf.uint8)
                self.add_state("remembered/caption", tf.zeros([1, *spec.shape[1:]], tf.uint8), spec.shape)
                self.streams[name] = Stream(spec)
                continue
            spec = tf.TensorSpec([None, *self.dataset.column_shape(name)])
            self.streams[name] = Stream(spec, source=name if name in self.dataset.parts else "")
            if name in _BESIDE:
                continue
            self.add_state(f"mean/{name}", tf.zeros(spec.shape[1:]))
            self.add_state(f"remembered/{name}", tf.zeros([1, *spec.shape[1:]], dtype), spec.shape)
        if "images" in self.streams:
            self.players["generator"] = Player(lambda: Remembering(self._drawn))
            self.streams["z"] = Stream(self.prior.spec, self.prior.rows)

    def fit(self, nets: Mapping[str, keras.Model], streams: Mapping[str, Epoch]) -> dict[str, np.ndarray]:
        """Means over all rows, and the first rows of their order."""
        found: dict[str, np.ndarray] = {}
        for rows in streams.values():
            sums, kept, most = dict[str, np.ndarray](), dict[str, list[np.ndarray]](), self.options.remembered_images
            for part in rows:
                for name, images in part.items():
                    if name in _BESIDE:
                        continue
                    if name != "caption":
                        sums[name] = sums.get(name, 0.0) + images.sum(axis=0, dtype=np.float64)
                    if (missing := most - sum(map(len, kept.get(name, ())))) > 0:
                        kept.setdefault(name, []).append(images[:missing])
            for name, total in sums.items():
                found[f"mean/{name}"] = (total / rows.number / self.dataset.largest_value).astype(np.float32)
            found |= {f"remembered/{name}": np.concatenate(each) for name, each in kept.items()}
        return found

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Those of the data set's kind; inputs and outputs float32 [B, H, W, C] in [0, 1]."""
        found: dict[str, Ability] = {}
        if "images" in self.streams:
            found = super().abilities(nets) | {
                "reconstruct_mean": Ability(functools.partial(self.mean, "images"), ("images",), "images"),
                "reconstruct_nearest_neighbor": Ability(
                    functools.partial(self.nearest_neighbor, "images", "images"), ("images",), "images"
                ),
                "upscale_bicubic_4x": Ability(shrunk_and_enlarged, ("images",), "images"),
            }
        if "lr" in self.streams:
            size = self.dataset.image_shape[:2]
            found["upscale_bicubic"] = Ability(functools.partial(enlarged, size=size), ("lr",), "images")
        if "caption" in self.streams:
            found["illustrate_nearest_caption"] = Ability(self.nearest_caption, ("caption",), "images")
        if "mask" in self.streams:
            found["inpaint_mean"] = Ability(self.filled_with_mean, ("images", "mask"), "images")
            found["inpaint_ring_mean"] = Ability(filled_with_ring_mean, ("images", "mask"), "images")
        if "input" in self.streams:
            found |= self._translations("translate", "input", "target", partner="input")
        if "a" in self.streams:
            found |= self._translations("translate_ab", "a", "b", partner="b")
            found |= self._translations("translate_ba", "b", "a", partner="a")
        return found

    def mean(self, stream: str, images: tf.Tensor) -> tf.Tensor:
        """The mean training image of a stream, once for each of some images."""
        mean = tf.convert_to_tensor(self.state[f"mean/{stream}"])
        return tf.broadcast_to(mean, [tf.shape(images)[0], *mean.shape])

    def filled_with_mean(self, images: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        """Images with the mean training image where a mask float32 [B, H, W, 1] is 1."""
        return images * (1.0 - mask) + self.mean("images", images) * mask

    def nearest_neighbor(self, among: str, gives: str, images: tf.Tensor) -> tf.Tensor:
        """To each image the remembered one of a stream that is nearest by pixels, or what belongs to that.

        Args:
            among: the stream that is looked through.
            gives: a stream of the same rows, whose image is given.
            images: float32 [B, H, W, C] in [0, 1].
        """
        number = nearest(images, tf.convert_to_tensor(self.state[f"remembered/{among}"]), self.dataset.largest_value)
        return self.to_float(tf.gather(self.state[f"remembered/{gives}"], number))

    def nearest_caption(self, captions: tf.Tensor) -> tf.Tensor:
        """To each caption uint8 [B, L] the remembered image whose caption is nearest, by the cosine of trigrams."""
        known = tf.convert_to_tensor(self.state["remembered/caption"])
        near = tf.matmul(trigrams(captions), trigrams(known), transpose_b=True)
        return self.to_float(tf.gather(self.state["remembered/images"], tf.argmax(near, axis=1)))

    def _translations(self, name: str, takes: str, gives: str, partner: str) -> dict[str, Ability]:
        """Baselines of a translation; the nearest image is looked for in the stream `partner`."""
        calls: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
            "mean": functools.partial(self.mean, gives),
            "nearest_neighbor": functools.partial(self.nearest_neighbor, partner, gives),
            "unchanged": tf.identity,
        }
        return {f"{name}_{each}": Ability(call, (takes,), gives) for each, call in calls.items()}

    def _drawn(self, z: tf.Tensor) -> tf.Tensor:
        """A remembered image for each latent float32 [B, 1] in [-1, 1]."""
        remembered = tf.convert_to_tensor(self.state["remembered/images"])
        count = tf.shape(remembered)[0]
        number = tf.cast(tf.floor((z[:, 0] + 1.0) / 2.0 * tf.cast(count, tf.float32)), tf.int32)
        return self.to_float(tf.gather(remembered, tf.clip_by_value(number, 0, count - 1)))


class Remembering(Network):
    """(z float32 [B, 1] in [-1, 1]) -> training images float32 [B, H, W, C] in [0, 1], all equally likely."""

    z_dim = 1

    def __init__(self, draw: Callable[[tf.Tensor], tf.Tensor]):
        super().__init__("generator", [draw], 0)

    def call(self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        del labels, training
        return self.chain[0](z)


def nearest(images: tf.Tensor, among: tf.Tensor, largest: int) -> tf.Tensor:
    """Numbers int64 [B] of the nearest of some images by the sum of squared differences; of equal ones the first.

    Both are compared as stored, in whole numbers, whose distances are exact in float64: an image has the same neighbor
    alone and in a batch.

    Args:
        images: float32 [B, H, W, C] in [0, 1].
        among: whole numbers [N, H, W, C] in 0..largest.
        largest: what 1 is stored as.
    """
    given = tf.round(tf.reshape(tf.cast(images, tf.float64), [tf.shape(images)[0], -1]) * float(largest))
    count = tf.shape(among, tf.int64)[0]

    def closer(start: tf.Tensor, best: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        block = tf.cast(among[start : start + _BLOCK], tf.float64)
        block = tf.reshape(block, [tf.shape(block)[0], -1])
        # Without the square of the input, which all have in common.
        distances = tf.reduce_sum(block * block, axis=1) - 2.0 * tf.matmul(given, block, transpose_b=True)
        least = tf.reduce_min(distances, axis=1)
        number = tf.where(least < best, start + tf.argmin(distances, axis=1), number)
        return start + _BLOCK, tf.minimum(least, best), number

    zero = tf.zeros([], tf.int64)
    first = tf.fill([tf.shape(images)[0]], tf.constant(np.inf, tf.float64)), tf.zeros([tf.shape(images)[0]], tf.int64)
    _, _, number = tf.while_loop(lambda start, *_: start < count, closer, (zero, *first))
    return number


def shrunk_and_enlarged(images: tf.Tensor, factor: int = 4) -> tf.Tensor:
    """Images float32 [B, H, W, C] in [0, 1], from so many times shorter sides enlarged again, both bicubic (Keys).

    They are shrunk with antialiasing, and rounded to 8 bits as they would lie on the disk.
    """
    height, width = images.shape[1:3]
    sides = [-(-height // factor), -(-width // factor)]
    small = tf.image.resize(images, sides, "bicubic", antialias=True)
    small = tf.round(tf.clip_by_value(small, 0.0, 1.0) * 255.0) / 255.0
    return enlarged(small, [height, width])


def trigrams(captions: tf.Tensor) -> tf.Tensor:
    """Every three characters that follow each other, counted by a hash: float32 [B, 1024], each of length 1.

    Args:
        captions: characters uint8 [B, L], zeros behind their ends, of which those in front of zeros do not count.
    """
    text = tf.cast(captions, tf.int32)
    first, second, third = text[:, :-2], text[:, 1:-1], text[:, 2:]
    kinds = (first * 961 + second * 31 + third) % _KINDS
    counts = tf.math.bincount(tf.where(third > 0, kinds, _KINDS), minlength=_KINDS + 1, axis=-1, dtype=tf.float32)
    return tf.math.l2_normalize(counts[:, :_KINDS], axis=1)


def enlarged(images: tf.Tensor, size: Sequence[int]) -> tf.Tensor:
    """Images float32 [B, h, w, C] in [0, 1], of another (height, width), bicubic (Keys)."""
    return tf.clip_by_value(tf.image.resize(images, size, "bicubic"), 0.0, 1.0)


def filled_with_ring_mean(images: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Images with the mean of the pixels around a hole in it, one pixel wide, for each channel.

    Args:
        images: float32 [B, H, W, C] in [0, 1].
        mask: float32 [B, H, W, 1], 1 in the hole, else 0. Without a pixel around it the hole is filled with 0.
    """
    ring = tf.nn.max_pool2d(mask, 3, 1, "SAME") - mask
    around = tf.reduce_sum(ring, axis=(1, 2), keepdims=True)
    mean = tf.reduce_sum(images * ring, axis=(1, 2), keepdims=True) / tf.maximum(around, 1.0)
    return images * (1.0 - mask) + mean * mask
