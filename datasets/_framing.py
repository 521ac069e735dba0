"""From an encoded photograph to pixels of one size: decode, crop, resize, in the pipeline's graph."""

from __future__ import annotations

import dataclasses
from typing import Literal

import tensorflow as tf

Crop = int | Literal["middle", "random", "distorted", "none"]
# Chroma is stored at half the size, and its interpolation looks one sample beyond the edge of a window.
_JPEG_MARGIN = 2


@dataclasses.dataclass(frozen=True)
class Framing:
    """How images of any size become images of one.

    Attributes:
        image_shape: (H, W, C), with C 1 or 3: gray becomes color, color gray, and transparency is dropped.
        crop: what is cut out. A number is the side of the middle square, with black around where the image is smaller;
            "middle" the largest square in the middle; "random" one of that size anywhere; "distorted" a random square
            of half the area or more (compare_gan's training crop of ImageNet, Inception's of old; the whole image
            where none fits); "none" the whole image.
        resize: "tf1", bilinear on TensorFlow 1's pixel grid without smoothing, as compare_gan resized; "antialias",
            bicubic with it, "nearest", which makes no new values. What has the size already stays as it is.
        shrink: (height, width) to which the whole image is resized before the crop, or None.
        is_sized: whether all images are known to have image_shape already.
        half: "left" or "right" half of each image, which is then taken for the whole; "" for all of it.
    """

    image_shape: tuple[int, int, int]
    crop: Crop = "middle"
    resize: Literal["tf1", "antialias", "nearest"] = "tf1"
    shrink: tuple[int, int] | None = None
    is_sized: bool = False
    # Not in the text by which caches know a framing: each half is known there by its own name.
    half: Literal["", "left", "right"] = dataclasses.field(default="", repr=False)

    @property
    def varies(self) -> bool:
        """Whether one image is framed in another way every time."""
        return self.crop in ("random", "distorted")

    def apply(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        """JPEG, PNG, GIF (its first picture), BMP or WebP, text scalar -> uint8 [H, W, C].

        Args:
            encoded: the file's content.
            draw: int32 [2], decides what is random.
        """
        if self.is_sized and self.crop == "none" and not self.shrink:
            return tf.ensure_shape(decode_image(encoded), self.image_shape)
        if self.half:
            image = self._window_of(encoded, draw)
        elif self.shrink:
            image = _resized(self._decoded(encoded), self.shrink, self.resize)
            image = self._cut(image, self._window(tf.shape(image)[:2], draw))
        else:
            image = tf.cond(
                tf.io.is_jpeg(encoded),
                lambda: self._window_of_jpeg(encoded, draw),
                lambda: self._window_of(encoded, draw),
            )
        if isinstance(self.crop, int):
            image = tf.image.resize_with_crop_or_pad(image, self.crop, self.crop)
        if not self.shrink and self.crop in self.image_shape[:1] == self.image_shape[1:2]:
            return tf.ensure_shape(image, self.image_shape)
        size = self.image_shape[:2]
        is_sized = tf.reduce_all(tf.shape(image)[:2] == size)
        image = tf.cond(is_sized, lambda: _whole(image), lambda: _whole(_resized(image, size, self.resize)))
        return tf.ensure_shape(image, self.image_shape)

    def _window_of_jpeg(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        """The window, of which alone the pixels are computed; bit-equal to a window of the whole image."""
        sides = tf.io.extract_jpeg_shape(encoded)[:2]
        window = self._window(sides, draw)
        first = tf.maximum(window[:2] - _JPEG_MARGIN, 0)
        last = tf.minimum(window[:2] + window[2:] + _JPEG_MARGIN, sides)
        read = tf.concat([first, last - first], 0)
        image = tf.io.decode_and_crop_jpeg(encoded, read, channels=self.image_shape[-1])
        return self._cut(image, tf.concat([window[:2] - first, window[2:]], 0))

    def _window_of(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        image = self._decoded(encoded)
        if self.half:
            middle = tf.shape(image)[1] // 2
            image = image[:, :middle] if self.half == "left" else image[:, middle:]
        return self._cut(image, self._window(tf.shape(image)[:2], draw))

    def _decoded(self, encoded: tf.Tensor) -> tf.Tensor:
        image = decode_image(encoded)
        image.set_shape([None, None, None])
        color = tf.shape(image)[-1] >= 3  # 4: with transparency; 2: gray with transparency
        if self.image_shape[-1] == 3:
            image = tf.cond(color, lambda: image[..., :3], lambda: tf.repeat(image[..., :1], 3, -1))
        else:
            image = tf.cond(color, lambda: tf.image.rgb_to_grayscale(image[..., :3]), lambda: image[..., :1])
        return tf.ensure_shape(image, [None, None, self.image_shape[-1]])

    def _cut(self, image: tf.Tensor, window: tf.Tensor) -> tf.Tensor:
        top, left, height, width = tf.unstack(window)
        return tf.ensure_shape(image[top : top + height, left : left + width], [None, None, self.image_shape[-1]])

    def _window(self, sides: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        """int32 [4]: top, left, height, width, within an image of these int32 [2] sides."""
        if self.crop == "none":
            return tf.concat([[0, 0], sides], 0)
        if self.crop == "distorted":
            first, size, _ = tf.image.stateless_sample_distorted_bounding_box(
                tf.concat([sides, [self.image_shape[-1]]], 0),
                tf.zeros([1, 0, 4]),
                draw,
                aspect_ratio_range=(1.0, 1.0),
                area_range=(0.5, 1.0),
                min_object_covered=0.1,
                max_attempts=100,
                use_image_if_no_bounding_boxes=True,
            )
            return tf.concat([first[:2], size[:2]], 0)
        side = self.crop if isinstance(self.crop, int) else tf.reduce_min(sides)
        size = tf.minimum(sides, side)
        if self.crop == "random":
            share = tf.random.stateless_uniform([2], draw)
            return tf.concat([tf.cast(tf.cast(sides - size, tf.float32) * share, tf.int32), size], 0)
        return tf.concat([(sides - size) // 2, size], 0)


def decode_image(encoded: tf.Tensor) -> tf.Tensor:
    """An image file's content, text scalar -> uint8 [H, W, C]; InvalidArgumentError for a WebP animation.

    Of that TensorFlow's decoder writes all pictures into the memory of one, which ends the process, or worse.
    """
    # A dependency of data: what decodes must not even begin, whatever is made of the graph.
    safe = tf.where(_is_webp_animation(encoded), tf.constant(b"a WebP animation"), encoded)
    return tf.io.decode_image(safe, expand_animations=False)


def _is_webp_animation(encoded: tf.Tensor) -> tf.Tensor:
    def by_flags() -> tf.Tensor:
        flags = tf.io.decode_raw(tf.strings.substr(encoded, 20, 1), tf.uint8)[0]
        return tf.logical_and(tf.strings.substr(encoded, 8, 8) == b"WEBPVP8X", tf.bitwise.bitwise_and(flags, 2) > 0)

    return tf.cond(tf.strings.length(encoded) > 20, by_flags, lambda: tf.constant(False))


def _whole(image: tf.Tensor) -> tf.Tensor:
    """Rounded to uint8."""
    if image.dtype == tf.uint8:
        return image
    return tf.cast(tf.round(tf.clip_by_value(image, 0, 255)), tf.uint8)


def _resized(image: tf.Tensor, size: tuple[int, int], resize: str) -> tf.Tensor:
    """uint8 or float32 [h, w, C] -> float32 [*size, C], not rounded."""
    if resize == "tf1":
        # The operation itself, because its public form in TensorFlow 1's module warns of its name.
        return tf.raw_ops.ResizeBilinear(images=image[None], size=size)[0]
    if resize == "nearest":
        return tf.image.resize(image, size, method="nearest")
    return tf.image.resize(image, size, method="bicubic", antialias=True)
