"""ADA: flips, rotations, shifts, scales and colors, adapted to overfitting (Karras et al. 2020, section 3)."""

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.augmentations._transforms import colored, inverse_map

ADAPTS = True

# What r_t, the mean sign of D's logits on real images, is held at: 0 is no overfitting, 1 is all of it (section 3.2).
TARGET = 0.6
# Thousands of real images shown to D in which the probability can go from 0 to 1 (section 3.2).
SPEED = 500.0


def augment(images: tf.Tensor, uniform: Callable[[str, list[int]], tf.Tensor], probability: tf.Tensor) -> tf.Tensor:
    """The pipeline "bgc" (appendix B): pixel blitting, general geometric and color transforms, in this order.

    Each transform is applied to each image with the given probability, independently of all others. The geometric
    ones are one affine map per image, executed by one bilinear resampling of the image continued by reflection. The
    paper resamples between orthogonal-wavelet filters, which keep what is scaled down from aliasing; here there are
    none. Values are not clipped.

    Args:
        images: float32 [B, H, W, C] in [0, 1]; the result is linear in them, for given draws.
        uniform: uniform(purpose, shape) -> float32 in [0, 1); shape starts with B.
        probability: p, float32 scalar in [0, 1].

    Returns:
        float32 [B, H, W, C]; the images themselves, up to rounding, if p is 0. Gray images have no hue or saturation.
    """
    count, height, width, _ = images.shape

    def parameter(name: str, value: Callable[[tf.Tensor], tf.Tensor], neutral: float, size: int) -> tf.Tensor:
        draws = uniform(f"adaptive/{name}", [count, 1 + size])
        # Rotations before and after the anisotropic scaling: p is the probability of at least one of them.
        own = 1.0 - tf.sqrt(1.0 - probability) if name.endswith("_rotation") else probability
        return tf.where(draws[:, :1] < own, value(draws[:, 1:]), neutral)

    return colored(_resampled(images, inverse_map(parameter, height, width)), parameter)


def adapt(
    probability: tf.Tensor,
    signs: tf.Tensor,
    images_seen: tf.Tensor | int,
    *,
    target: float = TARGET,
    kimg: float = SPEED,
    limit: float = 1.0,
) -> tf.Tensor:
    """The augmentation probability for the next updates (section 3.2): a step up if D overfits, else a step down.

    Args:
        probability: the current one; float32 scalar in [0, 1].
        signs: signs of D's logits on real images since the last adaptation, of any shape, or their mean; float32.
            Their mean is r_t = E[sign(D_train)], equation 1.
        images_seen: real images since the last adaptation.
        target: what r_t is to be.
        kimg: thousands of images in which the probability can go from 0 to 1.
        limit: that it never goes beyond; the paper has none, and 1 is always.

    Returns:
        float32 scalar in [0, limit]; unchanged if r_t is the target.
    """
    step = tf.cast(images_seen, tf.float32) / (kimg * 1000.0)
    return tf.clip_by_value(probability + step * tf.sign(tf.reduce_mean(signs) - target), 0.0, limit)


def _resampled(images: tf.Tensor, inverse: tf.Tensor) -> tf.Tensor:
    """Images [B, H, W, C] at the places that inverse [B, 3, 3] names, interpolated bilinearly."""
    count, height, width, colors = images.shape
    x = tf.range(width, dtype=tf.float32)[None, None, :] - (width - 1) / 2
    y = tf.range(height, dtype=tf.float32)[None, :, None] - (height - 1) / 2
    entry = inverse[:, :, :, None, None]
    source_x = entry[:, 0, 0] * x + entry[:, 0, 1] * y + entry[:, 0, 2] + (width - 1) / 2
    source_y = entry[:, 1, 0] * x + entry[:, 1, 1] * y + entry[:, 1, 2] + (height - 1) / 2

    left, top = tf.floor(source_x), tf.floor(source_y)
    to_right, to_bottom = (source_x - left)[..., None], (source_y - top)[..., None]
    column, row = tf.cast(left, tf.int32), tf.cast(top, tf.int32)
    pixels = tf.reshape(images, [count, height * width, colors])

    def at(row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
        place = _reflected(row, height) * width + _reflected(column, width)
        return tf.gather(pixels, place, axis=1, batch_dims=1)

    upper = (1.0 - to_right) * at(row, column) + to_right * at(row, column + 1)
    lower = (1.0 - to_right) * at(row + 1, column) + to_right * at(row + 1, column + 1)
    return (1.0 - to_bottom) * upper + to_bottom * lower


def _reflected(index: tf.Tensor, side: int) -> tf.Tensor:
    """Any int32 -> [0, side), as if the image were mirrored at its outermost pixels again and again."""
    return (side - 1) - tf.abs(tf.math.floormod(index, 2 * (side - 1)) - (side - 1))
