"""The object that becomes the SavedModel: callable, with named signatures and what it is about readable from it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import tensorflow as tf

from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.hub_export import _abilities
from compare_gan_tf2.runtime.codes import Codes
from compare_gan_tf2.runtime.prior import draw_labels

# What compare_gan's modules were asked for by tags: hub.Module(handle, tags={"gen", "bsNone"}).
_OLD_TAGS = {"gen": "generator", "disc": "discriminator"}


def module(gan: BaseGan, facts: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What to save, in the form of TF Hub's reusable SavedModels, and its signatures.

    Args:
        gan: of the task, with the weights to publish.
        facts: options, scores and protocol, as in module.json; gets what is said of abilities, "abilities".
    """
    saved, signatures = tf.train.Checkpoint(), dict[str, Any]()
    evaluated = gan.evaluated()
    own = _abilities.others(gan)
    generates = _abilities.draws_images(gan)
    described: dict[str, Any] = {}
    if generates:
        generator = gan.evaluated_generator
        drawing = {training: _traced(gan, generator, training) for training in (True, False)}
        saved.__call__ = _call(gan, drawing)
        saved.generate = _generate(drawing[False], gan)
        described = {"z_dim": gan.prior.length, "z_distribution": gan.prior.distribution}
        signatures = _signatures(gan, drawing[False])
    facts["abilities"] = _described_generate(gan) if generates else {}
    for name, ability in own.items():
        made = _abilities.Exported(gan, name, ability)
        setattr(saved, name, made.function)
        signatures |= made.signatures
        facts["abilities"][name] = made.about
        if sizes := _abilities.any_sizes(gan, made.about):
            made.about["any_size"] = sizes
            sized = _abilities.Exported(gan, name, ability, of_any_size=True)
            setattr(saved, name + _abilities.ANY_SIZE, sized.function)
    if "serving_default" not in signatures:
        signatures["default"] = signatures["serving_default"] = next(signatures[name] for name in own)
    networks = dict.fromkeys([*evaluated.values(), *(player.network for player in gan.players.values())])
    saved.variables = [variable.value for network in networks for variable in network.variables]
    saved.variables += [] if gan.has_steps else [*gan.state.values()]
    trained = [evaluated["generator"]] if generates else evaluated.values()
    saved.trainable_variables = [variable.value for network in trained for variable in network.trainable_variables]
    saved.regularization_losses = []
    described |= {
        "num_classes": gan.num_classes,
        "class_names": tf.constant(gan.dataset.class_names if gan.num_classes else (), tf.string),
        "image_shape": list(gan.dataset.image_shape),
        "options": json.dumps(facts["options"]),
        "scores": json.dumps(facts["scores"]),
        "protocol": facts["protocol"],
        "abilities": json.dumps(facts["abilities"]),
    }
    for name, value in described.items():
        setattr(saved, name, tf.Variable(value, trainable=False, name=name))
    return saved, signatures


def _described_generate(gan: BaseGan) -> dict[str, Any]:
    """What module.json says of the ability to generate images."""
    prior = gan.prior
    takes: dict[str, Any] = {"z": {"shape": [prior.length], "dtype": "float32", "range": None}}
    if isinstance(prior, Codes):
        takes["z"]["parts"] = {part.name: dataclasses.asdict(part) for part in prior.parts}
    if gan.num_classes:
        takes["labels"] = {"shape": [], "dtype": "int32", "range": [0, gan.num_classes - 1]}
    images = {"shape": list(gan.dataset.image_shape), "dtype": "float32", "range": [0, 1]}
    return {"generate": {"takes": takes, "gives": {"generated": images}}}


def _traced(gan: BaseGan, generator: Any, training: bool) -> Any:
    """A generator as one traced function, which all ways of calling it share: (z float32, labels int32) -> images.

    The length of latents is looked at here: TensorFlow's own complaint about an unforeseen shape fills a page.
    """
    inputs = [tf.TensorSpec([None, None], tf.float32, "z")]
    if gan.num_classes:
        inputs.append(tf.TensorSpec([None], tf.int32, "labels"))

    @tf.function
    def draw(z: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        z = tf.ensure_shape(z, [None, generator.z_dim], name="z")
        return generator(z, labels, training=training)

    return draw.get_concrete_function(*inputs)


def _call(gan: BaseGan, drawing: dict[bool, Any]) -> Any:
    """module(z), or module(z, labels) or module([z, labels]), the form in which Keras layers hand several inputs on."""
    latents = tf.TensorSpec([None, None], tf.float32, "z")

    @tf.function(autograph=False)
    def call(z: Any, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        if isinstance(z, (list, tuple)):
            z, labels = z
        return drawing[training](z, *_labels(gan, labels, z))

    for training in drawing:
        if not gan.num_classes:
            call.get_concrete_function(latents, training=training)
        for kind in (tf.int32, tf.int64) if gan.num_classes else ():
            given = tf.TensorSpec([None], kind, "labels")
            call.get_concrete_function(latents, given, training=training)
            call.get_concrete_function([latents, given], training=training)
    return call


def _labels(gan: BaseGan, labels: Any, beside: tf.Tensor, lowest: int = 0) -> tuple[tf.Tensor, ...]:
    """Labels as the networks take them, int32 [B], once they are known to be classes; none without classes.

    Others would give an image of no class without a word; and they are looked at before the cast, which wraps them.

    Args:
        gan: of the task.
        labels: int32 or int64 [B].
        beside: latents or images [B, ...].
        lowest: -1 where it stands for an image without a label.
    """
    if not gan.num_classes:
        return ()
    last = gan.num_classes - 1
    checks = [
        tf.debugging.Assert(
            tf.reduce_all((labels >= lowest) & (labels <= last)), [f"labels are {lowest} to {last}, and not", labels]
        ),
        tf.debugging.Assert(
            tf.equal(tf.shape(labels)[0], tf.shape(beside)[0]),
            ["there is one label for each, and not", tf.shape(labels)[0], "for", tf.shape(beside)[0]],
        ),
    ]
    with tf.control_dependencies(checks):
        return (tf.identity(tf.cast(labels, tf.int32)),)


def _signatures(gan: BaseGan, evaluated: Any) -> dict[str, Any]:
    """Name -> function of plain tensors; `evaluated` is the traced generator."""
    given = [tf.TensorSpec([None], tf.int32, "labels")] if gan.num_classes else []

    def generates(drawing: Any) -> Any:
        @tf.function(autograph=False)
        def generate(z: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
            return {"generated": drawing(z, *_labels(gan, labels, z))}

        return generate.get_concrete_function(gan.prior.spec, *given)

    @tf.function
    def judge(images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        images = tf.ensure_shape(images, [None, *gan.dataset.image_shape], name="images")
        outputs: dict[str, tf.Tensor] = gan.discriminator.outputs(images, *_labels(gan, labels, images, lowest=-1))
        return outputs

    default = generates(evaluated)
    signatures = {"default": default, "serving_default": default, "generator": default, "generate": default}
    if "discriminator" in gan.players:
        images = tf.TensorSpec([None, *gan.dataset.image_shape], tf.float32, "images")
        signatures["discriminator"] = judge.get_concrete_function(images, *given)
    if gan.average:
        signatures["generator_latest"] = generates(_traced(gan, gan.generator, training=False))
    return signatures | {tag: signatures[name] for tag, name in _OLD_TAGS.items() if name in signatures}


def _generate(drawing: Any, gan: BaseGan) -> Any:
    """module.generate(n, seed=0, labels=-1, truncation=0.0), traced once for all that it may be called with.

    Without a signature each number of Python's would be traced on its own, seconds long and for good; a signature knows
    no None, hence the -1 for labels that are drawn.
    """
    prior, classes = gan.prior, gan.num_classes
    arguments = [
        tf.TensorSpec([], tf.int32, "n"),
        tf.TensorSpec([], tf.int64, "seed"),
        tf.TensorSpec(None, tf.int32, "labels"),
        tf.TensorSpec([], tf.float32, "truncation"),
    ]

    @tf.function(autograph=False, input_signature=arguments)
    def generate(n: Any, seed: Any = 0, labels: Any = -1, truncation: Any = 0.0) -> tf.Tensor:
        """The same numbers give the same images, in any process."""
        is_drawn = tf.equal(tf.rank(labels), 0) & tf.reduce_all(tf.equal(labels, -1))
        checks = [
            tf.debugging.Assert(n >= 0, ["n is 0 or more, and not", n]),
            tf.debugging.Assert(truncation >= 0, ["truncation is 0 (none) or more, and not", truncation]),
        ]
        if not classes:
            checks.append(tf.debugging.Assert(is_drawn, ["the module has no classes, and takes no labels:", labels]))
        with tf.control_dependencies(checks):
            z = prior.draw_truncated(n, seed=seed, truncation=truncation)
            if not classes:
                return drawing(z)
            drawn = draw_labels(n, seed, classes)
            chosen = tf.ensure_shape(tf.broadcast_to(labels, [n]), [None])
            return drawing(z, *_labels(gan, tf.where(is_drawn, drawn, chosen), z))

    return generate
