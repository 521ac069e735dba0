"""The object that becomes the SavedModel: callable, with named signatures and what it is about readable from it."""

from __future__ import annotations

import json
import math
from typing import Any

import tensorflow as tf

from compare_gan_tf2.gans._gan import BaseGan

# What compare_gan's modules were asked for by tags: hub.Module(handle, tags={"gen", "bsNone"}).
_OLD_TAGS = {"gen": "generator", "disc": "discriminator"}
_WIDEST_SHARE = 1.0 - 2.0**-53
# Beyond so many deviations no latent lies; a number, because the error function of infinity is none in TensorFlow.
_FARTHEST = 10.0


def module(gan: BaseGan, facts: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What to save, in the form of TF Hub's reusable SavedModels, and its signatures.

    Args:
        gan: of the task, with the weights to publish.
        facts: options, scores and protocol, as in module.json.
    """
    generator, options = gan.evaluated_generator, gan.options
    inputs = [tf.TensorSpec([None, generator.z_dim], tf.float32, "z")]
    if gan.num_classes:
        inputs.append(tf.TensorSpec([None], tf.int32, "labels"))

    @tf.function
    def call(z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        # Of any length to TensorFlow, whose complaint about an unforeseen shape fills a page; this one is a line.
        return generator(tf.ensure_shape(z, [None, generator.z_dim], name="z"), labels, training=training)

    for training in (True, False):
        call.get_concrete_function(tf.TensorSpec([None, None], tf.float32, "z"), *inputs[1:], training=training)

    saved = tf.train.Checkpoint()
    saved.__call__ = call
    saved.generate = _generate(call, gan)
    networks = [generator, gan.discriminator] + ([gan.generator] if gan.average else [])
    saved.variables = [variable.value for network in networks for variable in network.variables]
    saved.trainable_variables = [variable.value for variable in generator.trainable_variables]
    saved.regularization_losses = []
    described = {
        "z_dim": generator.z_dim,
        "z_distribution": options.z_distribution,
        "num_classes": gan.num_classes,
        "class_names": tf.constant(gan.dataset.class_names if gan.num_classes else (), tf.string),
        "image_shape": list(gan.dataset.image_shape),
        "options": json.dumps(facts["options"]),
        "scores": json.dumps(facts["scores"]),
        "protocol": facts["protocol"],
    }
    for name, value in described.items():
        setattr(saved, name, tf.Variable(value, trainable=False, name=name))
    return saved, _signatures(gan, inputs)


def _signatures(gan: BaseGan, inputs: list[tf.TensorSpec]) -> dict[str, Any]:
    """Name -> function of plain tensors."""

    def generates(network: Any) -> Any:
        @tf.function
        def generate(z: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
            return {"generated": network(z, labels, training=False)}

        return generate.get_concrete_function(*inputs)

    @tf.function
    def judge(images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        outputs: dict[str, tf.Tensor] = gan.discriminator.outputs(images, labels)
        return outputs

    shown = [tf.TensorSpec([None, *gan.dataset.image_shape], tf.float32, "images"), *inputs[1:]]
    evaluated = generates(gan.evaluated_generator)
    signatures = {
        "default": evaluated,
        "serving_default": evaluated,
        "generator": evaluated,
        "discriminator": judge.get_concrete_function(*shown),
    }
    if gan.average:
        signatures["generator_latest"] = generates(gan.generator)
    return signatures | {tag: signatures[name] for tag, name in _OLD_TAGS.items()}


def _generate(call: Any, gan: BaseGan) -> Any:
    """module.generate(n, seed=0, labels=None, truncation=0.0), traced for all that it may be called with."""
    length, distribution, classes = gan.generator.z_dim, gan.options.z_distribution, gan.num_classes

    @tf.function(autograph=False)
    def generate(n: Any, seed: Any = 0, labels: Any = None, truncation: Any = 0.0) -> tf.Tensor:
        """The same numbers give the same images, in any process."""
        key = tf.stack([tf.cast(seed, tf.int64), tf.constant(0, tf.int64)])
        z = _latents(distribution, [n, length], key, truncation)
        if not classes:
            return call(z, training=False)
        if labels is None:
            labels = tf.random.stateless_uniform([n], key + [0, 1], 0, classes, tf.int32, alg="philox")
        labels = tf.broadcast_to(tf.cast(labels, tf.int32), [n])
        known = tf.debugging.Assert(
            tf.reduce_all((labels >= 0) & (labels < classes)), ["labels are 0 to", classes - 1, "and not", labels]
        )
        with tf.control_dependencies([known] if known is not None else []):
            return call(z, tf.identity(labels), training=False)

    given: list[Any] = [None]
    if classes:
        given += [tf.TensorSpec([], tf.int32, "labels")]
        given += [tf.TensorSpec([None], kind, "labels") for kind in (tf.int32, tf.int64)]
    for labels in given:
        generate.get_concrete_function(
            tf.TensorSpec([], tf.int32, "n"),
            tf.TensorSpec([], tf.int64, "seed"),
            labels,
            tf.TensorSpec([], tf.float32, "truncation"),
        )
    return generate


def _latents(distribution: str, shape: list[Any], key: tf.Tensor, truncation: tf.Tensor) -> tf.Tensor:
    """Latents from the prior, or, where truncation is positive, from the part of it within [-truncation, truncation].

    That is the truncation trick of «Large Scale GAN Training for High Fidelity Natural Image Synthesis» (Brock et al.
    2018, section 3.1): draws beyond the threshold are drawn again. For a uniform prior it shrinks the range.
    """
    if distribution == "uniform":
        share = tf.random.stateless_uniform(shape, key, -1.0, 1.0, alg="philox")
        return share * tf.where(truncation > 0, tf.minimum(truncation, 1.0), 1.0)
    widest = 2.0 if distribution == "truncated" else _FARTHEST
    bound = tf.where(truncation > 0, tf.minimum(truncation, widest), widest)
    # The inverse of the distribution function takes a uniform share to a normal within the bound. In float64, for in
    # the tails a float32 share is 1 already; and short of 1, where the inverse is infinite.
    mass = tf.math.erf(tf.cast(bound, tf.float64) / math.sqrt(2))
    share = tf.random.stateless_uniform(shape, key, -1.0, 1.0, tf.float64, alg="philox")
    inner = tf.math.erfinv(tf.clip_by_value(share * mass, -_WIDEST_SHARE, _WIDEST_SHARE)) * math.sqrt(2)
    return tf.cast(inner, tf.float32)
