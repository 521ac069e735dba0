"""InstaGAN's networks: for a picture and an unordered set of masks (Mo et al. 2019).

Sides divisible by 4. Inside the networks images and masks are in [-1, 1], outside in [0, 1]. Codes of masks are summed;
a mask without a pixel adds nothing and stays as it is, unless all of them are empty: then the first counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Kernel, Layers, leaky_relu, relu, tanh
from compare_gan_tf2.architectures._padded import doubling, instance_norm, padded
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.architectures.resnet_translator import Residual
from compare_gan_tf2.options import Options

SIDES_DIVISIBLE_BY = 4
HONORS = ("patch_layers", "translator_blocks")

_lrelu = leaky_relu(0.2)
_FILTERS = 64
# Numbers of residual blocks and of layers with a stride behind the first, from this shorter side of the images on.
_DEPTH, _PATCH_LAYERS = {200: 9, 64: 6, 0: 3}, {64: 3, 0: 2}
_EPSILON = 1e-12


def set_translator(image_shape: tuple[int, int, int], options: Options, name: str) -> SetTranslator:
    """From an image with its masks to an image with as many masks.

    Args:
        image_shape: of both.
        options: the task's.
        name: of the network; networks of other names start differently.
    """
    make = Layers(options, "generator").within(name)
    filters, blocks = make.channels(_FILTERS), options.translator_blocks or _by_side(_DEPTH, image_shape)
    parts = [
        _encoder(make, "image", filters, blocks), _encoder(make, "mask", filters, blocks),
        _decoder(make, "image", 2 * filters, image_shape[2]), _decoder(make, "mask", 3 * filters, 1),
    ]  # fmt: skip
    return SetTranslator(name, parts, image_shape=image_shape)


def set_judge(image_shape: tuple[int, int, int], options: Options, name: str) -> SetJudge:
    """Judges patches of images with all their masks; arguments as of `set_translator`."""
    make = Layers(options, "discriminator").within(name)
    filters, layers = make.channels(_FILTERS), options.patch_layers or _by_side(_PATCH_LAYERS, image_shape)
    of_image, of_mask = (_features(make, part, filters, layers) for part in ("image", "mask"))
    widest = 2 * filters * min(1 << layers, 8)
    both: list[Callable] = [_spectral(make, "both", widest, 1), instance_norm, _lrelu, _spectral(make, "out", 1, 1)]
    return SetJudge(name, of_image, of_mask, both, image_shape=image_shape)


class SetTranslator(Network):
    """(images float32 [B, H, W, C], masks float32 [B, H, W, S], both in [0, 1]) -> the same of the other domain."""

    def __init__(self, name: str, parts: Sequence[Sequence[Callable]], *, image_shape: tuple[int, int, int]):
        super().__init__(name, list(itertools.chain(*parts)), 0)
        self._ends = list(itertools.accumulate(len(part) for part in parts))
        self(tf.zeros([1, *image_shape]), tf.ones([1, *image_shape[:2], 1]))

    def call(self, images: tf.Tensor, masks: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        number, there = masks.shape[-1], is_there(masks)
        code = self._through(0, 2.0 * images - 1.0, training)
        # Masks of one image behind each other, as images of their own.
        alone = tf.reshape(tf.transpose(masks, [0, 3, 1, 2]), [-1, *masks.shape[1:3], 1])
        codes = self._through(1, 2.0 * alone - 1.0, training)
        codes = tf.reshape(codes, [-1, number, *code.shape[1:]])
        total = tf.reduce_sum(codes * tf.cast(there, codes.dtype)[:, :, None, None, None], 1)
        made = self._through(2, tf.concat([code, total], -1), training)
        beside = tf.repeat(tf.concat([code, total], -1)[:, None], number, axis=1)
        each = tf.reshape(tf.concat([codes, beside], -1), [-1, *code.shape[1:3], 3 * code.shape[-1]])
        drawn = 0.5 * tf.cast(self._through(3, each, training), tf.float32) + 0.5
        drawn = tf.transpose(tf.reshape(drawn, [-1, number, *masks.shape[1:3]]), [0, 2, 3, 1])
        kept = there[:, None, None, :]
        return 0.5 * tf.cast(made, tf.float32) + 0.5, kept * drawn + (1.0 - kept) * masks

    def _through(self, part: int, x: tf.Tensor, training: bool) -> tf.Tensor:
        start = self._ends[part - 1] if part else 0
        return self.follow(x, None, None, training, self.chain[start : self._ends[part]])


class SetJudge(Network):
    """(images [B, H, W, C], masks [B, H, W, S], both in [0, 1], vectors [V]) -> ([B, h, w, 1], vectors [V]).

    Every use of a kernel divides it by its largest singular value, found from a vector of the use before, so that the
    masks of a set see different kernels. These vectors, of all kernels one behind the other, are given and handed back.
    The gradient of a singular value is the one at the last use of an update, as in the authors' code; `last_uses` says
    it beforehand.

    Attributes:
        first_vectors: float32 [V], before the first use.
    """

    def __init__(
        self,
        name: str,
        of_image: list[Callable],
        of_mask: list[Callable],
        both: list[Callable],
        *,
        image_shape: tuple[int, int, int],
    ):
        super().__init__(name, [*of_image, *of_mask, *both], 0)
        self._ends = (len(of_image), len(of_image) + len(of_mask))
        self._kernels = [link for link in self.chain if isinstance(link, SpectralConv)]
        self(tf.zeros([1, *image_shape]), tf.ones([1, *image_shape[:2], 1]))
        self.first_vectors = tf.concat([kernel.first_vector for kernel in self._kernels], 0)

    def call(
        self,
        images: tf.Tensor,
        masks: tf.Tensor,
        vectors: tf.Tensor | None = None,
        last: Sequence[tf.Tensor] = (),
        training: bool = False,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del training
        uses = dict(zip(self._kernels, last, strict=True)) if last else {}
        if vectors is None:
            return self._walk(images, masks, dict.fromkeys(self._kernels), uses)
        return self._walk(images, masks, self._by_kernel(vectors), uses)

    def last_uses(self, vectors: tf.Tensor, sets: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """For every kernel its vector before the last use, if images with these sets of masks are judged in turn."""
        before = self._by_kernel(vectors)
        now, (first, second) = dict(before), self._ends
        for masks in sets:
            there = is_there(masks)
            of_masks = [tf.reduce_any(there[:, i] > 0.0) for i in range(masks.shape[-1])]
            for links, uses in ((self.chain[:first], [None]), (self.chain[first:second], of_masks),
                                (self.chain[second:], [None])):  # fmt: skip
                for kernel in (link for link in links if isinstance(link, SpectralConv)):
                    for is_used in uses:
                        stepped = kernel.step(now[kernel])[1]
                        if is_used is None:
                            before[kernel], now[kernel] = now[kernel], stepped
                        else:
                            before[kernel] = tf.where(is_used, now[kernel], before[kernel])
                            now[kernel] = tf.where(is_used, stepped, now[kernel])
        return [before[kernel] for kernel in self._kernels]

    def _by_kernel(self, vectors: tf.Tensor) -> dict[SpectralConv, tf.Tensor | None]:
        sizes = [kernel.inner.kernel.shape[-1] for kernel in self._kernels]
        return dict(zip(self._kernels, tf.split(vectors, sizes), strict=True))

    def _walk(
        self,
        images: tf.Tensor,
        masks: tf.Tensor,
        vectors: dict[SpectralConv, tf.Tensor | None],
        last: Mapping[SpectralConv, tf.Tensor],
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """`call`, of vectors by kernel; None are first vectors."""
        first, second = self._ends
        x = self._through(self.chain[:first], 2.0 * images - 1.0, vectors, last)
        there = is_there(masks)
        total = tf.zeros_like(x)
        for i in range(masks.shape[-1]):
            before = dict(vectors)
            each = self._through(self.chain[first:second], 2.0 * masks[..., i : i + 1] - 1.0, vectors, last)
            total += tf.cast(there[:, i, None, None, None], each.dtype) * each
            # A mask that no image has is no use of the kernels.
            is_used = tf.reduce_any(there[:, i] > 0.0)
            for kernel, vector in before.items():
                if vector is not None:
                    vectors[kernel] = tf.where(is_used, vectors[kernel], vector)
        judged = self._through(self.chain[second:], tf.concat([x, total], -1), vectors, last)
        return tf.cast(judged, tf.float32), tf.concat([vectors[kernel] for kernel in self._kernels], 0)

    def _through(
        self,
        links: Sequence[Callable],
        x: tf.Tensor,
        vectors: dict[SpectralConv, tf.Tensor | None],
        last: Mapping[SpectralConv, tf.Tensor],
    ) -> tf.Tensor:
        """x through links; what the kernels' vectors become takes their place."""
        for link in links:
            if isinstance(link, SpectralConv):
                x, vectors[link] = link.spectral(x, vectors[link], last.get(link))
            else:
                x = self.follow(x, None, None, False, [link])
        return x


class SpectralConv(keras.layers.Layer):
    """A padded convolution whose kernel is divided by its largest singular value, one step of iteration a use.

    Attributes:
        inner: the convolution.
    """

    def __init__(self, inner: Kernel, stride: int, seed: int):
        super().__init__(name=inner.name, autocast=False)
        self.inner, self._stride, self._seed = inner, stride, seed
        self.built = True

    @property
    def first_vector(self) -> tf.Tensor:
        """float32 [filters], of length 1, before the first use."""
        drawn = tf.random.stateless_normal([self.inner.kernel.shape[-1]], [self._seed, 0])
        return unit(drawn)

    def step(self, vector: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The singular vectors after one step: of the kernel's rows, and of its filters, without a gradient."""
        raw = tf.stop_gradient(self._matrix())
        rows = unit(tf.linalg.matvec(raw, vector))
        return rows, unit(tf.linalg.matvec(raw, rows, transpose_a=True))

    def spectral(self, x: tf.Tensor, vector: tf.Tensor | None, last: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        """The convolution of x [B, H, W, I], and the vector [filters] after this use; None is the first vector.

        last: the vector before the update's last use, where the gradient of the singular value is taken; None is this.
        """
        if not self.inner.built:
            self.inner.build(x.shape)
        vector = self.first_vector if vector is None else vector
        rows, filters = self.step(vector)
        sigma = self._along(rows, filters)
        if last is not None:
            there = self._along(*self.step(last))
            sigma = tf.stop_gradient(sigma - there) + there
        kernel = tf.convert_to_tensor(self.inner.kernel) / sigma
        x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
        y = tf.nn.conv2d(x, tf.cast(kernel, x.dtype), self._stride, "VALID")
        return tf.nn.bias_add(y, tf.cast(self.inner.bias, y.dtype)), filters

    def _matrix(self) -> tf.Tensor:
        kernel = tf.convert_to_tensor(self.inner.kernel)
        return tf.reshape(kernel, [-1, kernel.shape[-1]])

    def _along(self, rows: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        """The singular value that belongs to two vectors."""
        return tf.reduce_sum(filters * tf.linalg.matvec(self._matrix(), rows, transpose_a=True))


def is_there(masks: tf.Tensor) -> tf.Tensor:
    """Which masks [B, H, W, S] have a pixel, float32 [B, S], 0 or 1; the first one if none has."""
    found = tf.cast(tf.reduce_any(masks > 0.0, [1, 2]), tf.float32)
    first = tf.one_hot(0, masks.shape[-1])[None]
    return tf.where(tf.reduce_any(found > 0.0, 1, keepdims=True), found, first * tf.ones_like(found))


def unit(vector: tf.Tensor) -> tf.Tensor:
    """A vector of length 1."""
    return vector / (tf.norm(vector) + _EPSILON)


def _encoder(make: Layers, part: str, filters: int, blocks: int) -> list[Callable]:
    return [
        padded(make, f"{part}_in", filters, 7, 1, 3, reflects=True), instance_norm, relu,
        padded(make, f"{part}_down1", 2 * filters, 3, 2, 1), instance_norm, relu,
        padded(make, f"{part}_down2", 4 * filters, 3, 2, 1), instance_norm, relu,
        *(Residual(f"{part}_block{i}", make, 4 * filters) for i in range(1, blocks + 1)),
    ]  # fmt: skip


def _decoder(make: Layers, part: str, filters: int, channels: int) -> list[Callable]:
    return [
        doubling(make, f"{part}_up1", 2 * filters), instance_norm, relu,
        doubling(make, f"{part}_up2", filters), instance_norm, relu,
        padded(make, f"{part}_out", channels, 7, 1, 3, reflects=True), tanh,
    ]  # fmt: skip


def _features(make: Layers, part: str, filters: int, layers: int) -> list[Callable]:
    """Halved so many times."""
    chain: list[Callable] = [_spectral(make, f"{part}_conv0", filters, 2), _lrelu]
    for i in range(1, layers):
        chain += [_spectral(make, f"{part}_conv{i}", filters * min(1 << i, 8), 2), instance_norm, _lrelu]
    return chain


def _spectral(make: Layers, name: str, filters: int, stride: int) -> SpectralConv:
    return SpectralConv(padded(make, name, filters, 4, stride, 1), stride, make.seed(f"{name}/vector"))


def _by_side(numbers: dict[int, int], image_shape: tuple[int, int, int]) -> int:
    return next(number for side, number in numbers.items() if min(image_shape[:2]) >= side)
