"""DRAGAN on probabilities, as class DRAGAN in compare_gan (after Kodali et al. 2017, section 2).

Unlike in `dragan` the noise is never negative and not clipped, images lie on the line to their noisy version, and the
slope is that of the probability.
"""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _slopes

generator = None
STATE = ()
# Compares images of the batch with each other.
WHOLE_BATCH = True


def discriminator(context: Context) -> tf.Tensor:
    """E[(sqrt(1e-4 + |grad p(x + a s u / 2)|^2) - 1)^2] with p = sigmoid(D); scalar, unweighted.

    u ~ U[0, 1) per element, a ~ U[0, 1) per image, s the standard deviation of all elements of the global batch.
    """
    shape = context.real.shape.as_list()
    noise = 0.5 * _slopes.deviation(context) * context.uniform("dragan_v1/noise", shape)
    between = context.real + context.uniform("dragan_v1/share", [shape[0], 1, 1, 1]) * noise
    return _slopes.squared_distance_from_one(_slopes.squared_slopes(context, between, context.labels, tf.sigmoid))
