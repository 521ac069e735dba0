"""Latent consistency (zCR): noise on z must not change logits, but must change images (Zhao et al. 2020, algorithm 2).

penalty_weight is the paper's lambda_dis, 5 in its experiments on CIFAR-10 and CelebA.
"""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _transform

STATE = ()
WHOLE_BATCH = False

# sigma_noise, and lambda_gen = 0.5 per lambda_dis = 5, in the same experiments.
_DEVIATION = 0.03
_GENERATOR_RATIO = 0.1


def discriminator(context: Context) -> tf.Tensor:
    """E[(D(G(z)) - D(G(z + n)))^2], n ~ N(0, 0.03^2); scalar, unweighted."""
    # Only the discriminator is updated: nothing need be kept of the generator's pass.
    moved = tf.stop_gradient(_moved(context))
    return _transform.disagreement(context, context.fake(), moved, context.fake_labels)


def generator(context: Context) -> tf.Tensor:
    """-0.1 E[(G(z) - G(z + n))^2], the mean over elements too; scalar, unweighted."""
    # First what leaves the layers' state as it is: both must see the same.
    moved = _moved(context)
    return -_GENERATOR_RATIO * tf.reduce_mean(tf.square(context.fake() - moved))


def _moved(context: Context) -> tf.Tensor:
    """G(z + n); [B, H, W, C]."""
    noise = _DEVIATION * context.normal("latent_consistency/noise", context.z.shape.as_list())
    return context.generate(context.z + noise, context.fake_labels)
