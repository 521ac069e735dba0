"""L2 penalty: mean squared norm of the discriminator's kernels, as in compare_gan (Kurach et al. 2019, section 2)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """Mean over kernels w of sum(w^2) / 2; scalar, unweighted."""
    return tf.reduce_mean(tf.stack([tf.nn.l2_loss(kernel) for kernel in context.kernels]))
