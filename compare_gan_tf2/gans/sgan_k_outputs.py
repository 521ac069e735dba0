"""Semi-supervised GAN with K outputs and feature matching, good at classifying (Salimans et al. 2016, section 5)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.gans import sgan

# Facts, read without importing this file.
MODEL = "semi-supervised generative adversarial network with feature matching"
HAS_LOGITS = False
HAS_TARGET = True
READS_LABELS = True
HONORS = (
    "d_ema_decay", "d_ema_from_zero", "data_start_images", "feature_matching", "feature_matching_weight",
    "g_loss_weight", "minibatch_dims", "minibatch_kernels", "unlabeled_weight",
)  # fmt: skip
IMPLIES = {
    "d_ema_decay": 0.9999, "d_ema_from_zero": True, "data_start_images": 500, "feature_matching": "squared",
    "g_loss_weight": 0.0, "judge": "apart", "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "its networks are shown no labels; it reads those that there are by itself"),
    "judge": ("apart", "labeled, unlabeled and generated images are judged with batch statistics of their own"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"classify": (("images",), ""), "encode": (("images",), ""), "generate": (("z",), "images")}


class Gan(sgan.Gan):
    """As gan=sgan, with the last output fixed at 0: the logit of being real is log sum of exp l over the classes.

    Labeled images have weight 1, unlabeled and generated images weight 1/2 each. The generator uses feature matching;
    with g_loss_weight it can use an adversarial loss instead, log(1 - D), which saturates, as in the authors' scripts
    for minibatch discrimination. The classifier is evaluated with its running average, which starts at zero without
    correction, as in the authors' code: with d_ema_decay=0.9999 it is not useful in the first ten thousand steps.
    """

    more_outputs = 0
    unlabeled_share = 0.5

    def real_logits(self, logits: tf.Tensor) -> tf.Tensor:
        """Whose sigmoid is the probability of being real, [B], of the classes' logits [B, K]."""
        return tf.reduce_logsumexp(logits, 1)

    def generator_loss(self, logits: tf.Tensor) -> tf.Tensor:
        """Mean of log(1 - P(real)): saturating."""
        return -tf.reduce_mean(tf.nn.softplus(self.real_logits(logits)))
