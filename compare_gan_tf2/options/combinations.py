"""Combinations of options that cannot be, each with its reason; asked before anything is built or written.

One line per refusal. `concerns_labels` marks those about labels, which a study of unconditional models never meets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from compare_gan_tf2.architectures import possible
from compare_gan_tf2.datasets import catalog

# GAN types with an objective of their own, and what they need of an architecture.
_OWN_OBJECTIVE = {"began": "an autoencoder", "ebgan": "an autoencoder", "vae": "an encoder and a decoder"}
_HAS_AUTOENCODER = ("infogan",)
# Losses whose discriminator aims at a value for real images, which smoothing lowers.
_HAS_TARGET = ("boundary_seeking", "least_squares", "least_squares_logits", "minimax", "non_saturating")
_ROTATING = ("s3gan", "ssgan")
_COMPARES_NEIGHBOURS = ("ebgan",)
# Options that only images composed of objects have a use for.
_OF_OBJECTS = (
    "objects",
    "aggregation",
    "relation_blocks",
    "relation_heads",
    "relation_units",
    "relation_shared",
    "background",
)
# Architectures that bring embed_y, also for unconditional models, where it has no effect.
_EMBEDDING_LABELS = ("biggan", "biggan_deep")
# Losses that a constant added to all logits does not change.
_IGNORES_CONSTANTS = (
    "relativistic",
    "relativistic_average",
    "relativistic_average_hinge",
    "relativistic_average_least_squares",
    "relativistic_hinge",
    "relativistic_least_squares",
    "softmax",
    "wasserstein",
)


@dataclasses.dataclass(frozen=True)
class Refusal:
    """One kind of combination that is refused.

    Attributes:
        applies: whether options are of this kind; a text is the reason itself.
        reason: one line; {o.name} stands for the value of an option. Empty where `applies` gives it.
        concerns_labels: whether it is about conditional models.
    """

    applies: Callable[[Any], Any]
    reason: str = ""
    concerns_labels: bool = False


def _classes(options: Any) -> int:
    return int(catalog.of(options).num_classes)


def _joins_labels(options: Any) -> bool:
    """Whether the generator gets labels beside its latents, and so whatever the normalisation."""
    return bool(options.architecture == "biggan_deep")


def _cannot_build(options: Any, conditional: bool) -> str:
    return possible.problem(options.architecture, catalog.of(options).image_shape, options, conditional)


def _composes_nothing(options: Any) -> str:
    """Which option about objects has a value of its own although there are none."""
    if options.gan == "multigan":
        return ""
    defaults = {field.name: field.default for field in dataclasses.fields(options)}
    for name in _OF_OBJECTS:
        value, default = getattr(options, name), defaults[name]
        if value != default:
            return f"option {name} is {value}, but gan={options.gan} composes no objects; set {name}={default}"
    return ""


REFUSALS = (
    Refusal(
        lambda o: o.gan not in _OWN_OBJECTIVE and o.loss == "none",
        "option loss is none, but gan={o.gan} has no other objective: there would be no gradient",
    ),
    Refusal(
        lambda o: o.gan in _OWN_OBJECTIVE and o.loss != "none",
        "option loss is {o.loss}, but gan={o.gan} has an objective of its own and no logits; set loss=none",
    ),
    Refusal(
        lambda o: o.gan in _OWN_OBJECTIVE and o.penalty != "none",
        "option penalty is {o.penalty}, but gan={o.gan} has no logits that could be penalised; set penalty=none",
    ),
    Refusal(
        lambda o: o.gan in _OWN_OBJECTIVE and o.penalty_weight != 1,
        "option penalty_weight is {o.penalty_weight}, but gan={o.gan} has no penalty; BEGAN's lambda is "
        "proportional_gain",
    ),
    Refusal(lambda o: _cannot_build(o, conditional=False)),
    Refusal(
        lambda o: o.gan in _OWN_OBJECTIVE and o.architecture not in _HAS_AUTOENCODER,
        "option architecture is {o.architecture}, but gan={o.gan} needs one with an autoencoder: "
        + ", ".join(_HAS_AUTOENCODER),
    ),
    Refusal(
        lambda o: o.gan in _OWN_OBJECTIVE and o.augmentation != "none",
        "option augmentation is {o.augmentation}, but gan={o.gan} would learn to make augmented images; "
        "set augmentation=none",
    ),
    Refusal(
        lambda o: o.gan in _OWN_OBJECTIVE and o.weight_clipping,
        "option weight_clipping is {o.weight_clipping}, but gan={o.gan} has no logits whose slope it could bound; "
        "set weight_clipping=0",
    ),
    Refusal(
        lambda o: o.gan == "vae" and o.z_distribution != "normal",
        "option z_distribution is {o.z_distribution}, but the VAE's objective is a divergence from N(0, 1); "
        "set z_distribution=normal",
    ),
    Refusal(
        lambda o: o.batch_size % o.accumulation_steps,
        "option accumulation_steps is {o.accumulation_steps}; the batch_size of {o.batch_size} must be divisible by it",
    ),
    Refusal(
        lambda o: o.gan in _COMPARES_NEIGHBOURS and o.batch_size // o.accumulation_steps < 2,
        "option batch_size is {o.batch_size}, but the pull-away term compares different images; it must be 2 or more "
        "for each of {o.accumulation_steps} accumulation_steps",
    ),
    Refusal(
        lambda o: o.label_smoothing and o.loss not in _HAS_TARGET,
        "option label_smoothing is {o.label_smoothing}, but loss={o.loss} has no target value to smooth; those with "
        "one: " + ", ".join(_HAS_TARGET),
    ),
    Refusal(
        lambda o: o.augmentation == "adaptive" and o.loss in _IGNORES_CONSTANTS,
        "option augmentation is adaptive, which steers by the sign of logits, but loss={o.loss} is the same with any "
        "constant added to them; set augmentation=diff_augment",
    ),
    Refusal(
        lambda o: o.d_normalization == "self_modulated_batch",
        "option d_normalization is self_modulated_batch, but the discriminator has no latents that could modulate it",
    ),
    Refusal(
        lambda o: o.reference in ("v1", "v2") and o.judge != "apart",
        "option judge is {o.judge}, but reference={o.reference} judged apart",
    ),
    Refusal(
        lambda o: o.self_supervision != "none" and o.gan not in _ROTATING,
        "option self_supervision is {o.self_supervision}, but gan={o.gan} has no head for it; those with one: "
        + ", ".join(_ROTATING),
    ),
    Refusal(
        lambda o: (
            o.self_supervision != "none"
            and (o.rotated_batch_size % (4 * o.accumulation_steps) or o.rotated_batch_size > 4 * o.batch_size)
        ),
        "option rotated_batch_size is {o.rotated_batch_size}; it must be divisible by 4 times the accumulation_steps "
        "of {o.accumulation_steps}, and at most four times the batch_size of {o.batch_size}",
    ),
    Refusal(
        lambda o: (o.class_predictor or o.soft_predictions) and o.gan != "s3gan",
        "options class_predictor and soft_predictions are for gan=s3gan, and gan is {o.gan}",
    ),
    Refusal(
        lambda o: o.soft_predictions and not o.class_predictor,
        "option soft_predictions is true, but without class_predictor=true there are no predictions",
    ),
    Refusal(
        lambda o: o.gan == "s3gan" and not (o.conditional and o.d_conditioning == "projection"),
        "gan=s3gan projects labels: it needs conditional=true and d_conditioning=projection; gan=ssgan needs none",
        concerns_labels=True,
    ),
    Refusal(_composes_nothing),
    Refusal(
        lambda o: o.conditional and o.gan == "multigan",
        "option conditional is true, but gan=multigan has no labels; set conditional=false",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.conditional and o.gan in _OWN_OBJECTIVE,
        "option conditional is true, but gan={o.gan} has networks without labels; set conditional=false",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.conditional and o.reference in ("v1", "v2"),
        "option conditional is true, but compare_gan {o.reference} had no conditional models",
        concerns_labels=True,
    ),
    Refusal(lambda o: o.conditional and not _cannot_build(o, False) and _cannot_build(o, True), concerns_labels=True),
    Refusal(
        lambda o: o.conditional and not _classes(o),
        "option conditional is true, but data set '{o.dataset}' has no classes",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.g_normalization == "conditional_batch" and not o.conditional,
        "option g_normalization is conditional_batch, which needs conditional=true",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.d_normalization == "conditional_batch" and not o.conditional,
        "option d_normalization is conditional_batch, which needs conditional=true",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.conditional and o.g_normalization != "conditional_batch" and not _joins_labels(o),
        "option conditional is true, but the generator would not see the labels; set g_normalization=conditional_batch",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: (
            o.conditional
            and o.d_conditioning == "none"
            and o.reference == "none"
            and o.d_normalization != "conditional_batch"
        ),
        "option conditional is true, but the discriminator would not see the labels; set d_conditioning=projection or "
        "concatenation",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.embed_y and not o.conditional and o.architecture not in _EMBEDDING_LABELS,
        "option embed_y is true, but there are no labels without conditional=true",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.d_conditioning == "concatenation" and not o.conditional,
        "option d_conditioning is concatenation, which needs conditional=true",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.fake_labels == "data" and not o.conditional,
        "option fake_labels is data, which needs conditional=true",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.d_conditioning == "concatenation" and o.reference != "none",
        "option d_conditioning is concatenation, but compare_gan {o.reference} did not have it",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: (o.label_fraction < 1 or o.label_file or o.labelled_only) and not _classes(o),
        "options label_fraction, label_file and labelled_only are about labels, but data set '{o.dataset}' has none",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: (
            (o.label_fraction < 1 or o.label_file)
            and not (o.conditional or o.labelled_only or catalog.of(o).labelled_only)
        ),
        "options label_fraction and label_file have no effect: neither conditional=true nor labelled_only=true",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: catalog.of(o).soft_labels and not o.label_file,
        "data set '{o.dataset}' takes its labels from a file: set label_file",
        concerns_labels=True,
    ),
)


def found(options: Any) -> Iterator[tuple[Refusal, str]]:
    """The refusals that options meet, each with its line."""
    for refusal in REFUSALS:
        answer = refusal.applies(options)
        if answer:
            yield refusal, answer if isinstance(answer, str) else refusal.reason.format(o=options)
