"""Modules with w made of plain functions."""

import json

import numpy as np
import tensorflow as tf

LAYERS, LENGTH, SIDE = 6, 3, 4


class Styled:
    """w is z and, in the first number, the label, the same in all layers; what an image shows is in `synthesize`.

    Args:
        classes: names.
        lacks: names of abilities that it is to lack.
    """

    z_dim, image_shape = tf.constant(LENGTH), tf.constant([SIDE, SIDE, 1])
    z_distribution = tf.constant("normal")
    mean = np.array([0.5, -0.5, 0.0], np.float32)

    def __init__(self, classes=(), lacks=()):
        self.num_classes = tf.constant(len(classes))
        self.class_names = tf.constant(list(classes), tf.string)
        self.options = tf.constant(json.dumps({"dataset": "no such set"}))
        abilities = {
            name: {"takes": {"ws": {"shape": [LAYERS, LENGTH]}}, "gives": {}}
            for name in ("generate", "map", "mix", "synthesize", "truncate")
            if name not in lacks
        }
        self.abilities = tf.constant(json.dumps(abilities))

    def map(self, z, labels=None):
        w = z if labels is None else z + tf.cast(labels, tf.float32)[:, None] * [10.0, 0.0, 0.0]
        return tf.repeat(w[:, None], LAYERS, axis=1)

    def synthesize(self, ws, seed=None):
        """A row of pixels for the numbers of the first layer, two for the middle ones, one for the last."""
        assert seed is None
        parts = [ws[:, 0], tf.reduce_mean(ws[:, 1:4], 1), tf.reduce_mean(ws[:, 3:5], 1), ws[:, 5]]
        rows = tf.stack([tf.concat([each, each[:, :1]], axis=1) for each in parts], axis=1)
        return tf.sigmoid(rows)[..., None]

    def truncate(self, ws, psi):
        return self.mean + (ws - self.mean) * psi[:, :, None]

    def __call__(self, z, labels=None):
        return self.synthesize(self.map(z, labels))

    def generate(self, n, seed=0, labels=-1, truncation=0.0):
        from compare_gan_tf2.runtime.prior import Prior, draw_labels

        z = Prior("normal", LENGTH).draw_truncated(n, seed=seed, truncation=tf.constant(truncation, tf.float32))
        classes = int(self.num_classes)
        if not classes:
            return self(z)
        drawn = draw_labels(n, seed, classes)
        return self(z, drawn if np.ndim(labels) == 0 and labels == -1 else tf.broadcast_to(labels, [n]))
