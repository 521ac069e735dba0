"""StyleGAN2's networks, called: cases sg2_forward_* of oracle/style_based."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison
from benchmarks.oracle_cases._stylegan2 import discriminator, form, generator, nhwc
from compare_gan_tf2.architectures.stylegan2 import StyleGenerator, Truncation
from compare_gan_tf2.runtime import layer_state
from compare_gan_tf2.style_weights.networks import fill

# Of the largest number of an output: of networks in float32, by the folder's README.
_OF_LARGEST = 1e-5


def compare(case: Case, comparison: Comparison) -> None:
    """Styles, images with every kind of noise, maps of every size, logits, and the mean of all w after a call."""
    config = case.said["config"]
    colors = case.arrays["in/real"].shape[1]
    g, d = generator(config, colors, "constant"), discriminator(config, colors)
    fill(form(config), g, case.below("g/"))
    fill(form(config), d, case.below("d/"))
    one_hot = case.arrays.get("in/c")
    labels = None if one_hot is None else tf.constant(one_hot.argmax(axis=1), tf.int32)
    found = _of_generator(case, g, labels)
    for name, value in _of_stages("out", g.stages(found["out/ws"])):
        found[name] = value[:2]
    real, fake = tf.constant(nhwc(case.arrays["in/real"])), tf.constant(nhwc(case.arrays["out/img_const"]))
    for name, value in _of_stages("out/d", d.stages(0.5 * real + 0.5)):
        found[name] = value[:2]
    for name, images in (("real", real), ("fake", fake)):
        found[f"out/d/logits_{name}"] = d(0.5 * images + 0.5, labels, training=True)[0]
    if labels is not None:
        found["out/d/cmap"] = d.mapped(labels)
    _compare(case, comparison, found)


def _of_generator(case: Case, g: StyleGenerator, labels: tf.Tensor | None) -> dict[str, tf.Tensor]:
    """What the generator gives, by the names of what is stored."""
    z, other = (tf.constant(case.arrays[f"in/{name}"]) for name in ("z", "z2"))
    w, cutoff = g.mapped(z, labels=labels), case.said["style_mixing_cutoff"]
    ws, truncated = g.for_layers(w), g.for_layers(w, Truncation(0.7))
    mixed = tf.concat([ws[:, :cutoff], g.for_layers(g.mapped(other, labels=labels))[:, cutoff:]], axis=1)
    noise = {name.removeprefix("synthesis."): nhwc(each) for name, each in case.below("in/noise/").items()}
    with layer_state.assigning():
        g.mapped(z, training=True, labels=labels)
    after = tf.identity(tf.convert_to_tensor(g.center))
    g.center.assign(case.arrays["g/mapping.w_avg"])
    return {
        "out/ws": ws,
        "out/ws_psi0.7": truncated,
        "out/ws_psi0.5_cutoff2": g.for_layers(w, Truncation(0.5, 2)),
        "out/ws_mixed": mixed,
        "out/w_avg_after": after,
        "out/img_const": g.synthesized(ws),
        "out/img_none": g.synthesized(ws, noise={name: tf.zeros_like(each) for name, each in noise.items()}),
        "out/img_noise": g.synthesized(ws, noise={name: tf.constant(each) for name, each in noise.items()}),
        "out/img_psi0.7_const": g.synthesized(truncated),
        "out/img_mixed_const": g.synthesized(mixed),
    }


def _of_stages(prefix: str, stages: Any) -> list[tuple[str, tf.Tensor]]:
    """Maps and images so far, by the names of what is stored."""
    found: list[tuple[str, tf.Tensor]] = []
    for stage in stages:
        found.append((f"{prefix}/x/b{stage.side}", stage.x))
        if stage.colors is not None:
            found.append((f"{prefix}/rgb/b{stage.side}", stage.colors))
    return found


def _compare(case: Case, comparison: Comparison, found: dict[str, tf.Tensor]) -> None:
    stored = {name for name in case.arrays if name.startswith("out/")}
    # The maps of 4x4 behind the image of that size are not stored.
    found = {name: each for name, each in found.items() if name != "out/d/x/b4"}
    if case.is_reduced:
        found = {name: each for name, each in found.items() if name in stored}
    comparison.equal_names("out", set(found), stored)
    for name in sorted(set(found) & stored):
        expected = case.arrays[name]
        value = found[name].numpy()
        value = value.transpose(0, 3, 1, 2) if value.ndim == 4 else value
        comparison.close(name, value, expected, atol=_OF_LARGEST * max(float(np.abs(expected).max()), 1e-6))
