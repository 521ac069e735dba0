"""DRAGAN: gradient norm 1 around real images, as dragan_penalty in compare_gan (after Kodali et al. 2017, section 2).

The noise is uniform and centered, its scale is the batch's own deviation, and noisy images are clipped to [0, 1].
"""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _slopes

generator = None
STATE = ()
# Compares images of the batch with each other.
WHOLE_BATCH = True


def discriminator(context: Context) -> tf.Tensor:
    """E[(sqrt(1e-4 + |grad D(clip(x + s (u - 1/2), 0, 1))|^2) - 1)^2], u ~ U[0, 1) per element; scalar, unweighted.

    s is the standard deviation of all elements of the global batch.
    """
    real = context.real
    noise = _slopes.deviation(context) * (context.uniform("dragan/noise", real.shape.as_list()) - 0.5)
    # Clipping keeps noise from leaving the range of images. Where augmentation already left it, the bound is the
    # image's own value: a bound of 0 or 1 would undo the augmentation.
    noisy = tf.clip_by_value(real + noise, tf.minimum(real, 0.0), tf.maximum(real, 1.0))
    return _slopes.squared_distance_from_one(_slopes.squared_slopes(context, noisy, context.labels))
