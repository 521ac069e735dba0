"""Combinations of options that cannot be, each with its reason; asked before anything is built or written.

One line per refusal. `concerns_labels` marks those about labels, which a study of unconditional models never meets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.options import architecture_limits, implied, latent_codes

# Options that say how labels are used.
_OF_LABELS = ("conditional", "d_conditioning")
# Sections of options that say nothing to a GAN type without steps, and what does all the same.
_OF_STEPS = ("saving", "training")
_WITHOUT_STEPS = ("gan", "networks_from", "seed")


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


def _without_classes(options: Any) -> str:
    why = "".join(f"; {line}" for line in catalog.of(options).why_without_classes)
    return f"option conditional is true, but data set '{options.dataset}' has no classes{why}"


def _of_gan(options: Any, fact: str) -> Any:
    return components.facts("gans", options.gan)[fact]


def _of_architecture(options: Any, fact: str) -> Any:
    return components.facts("architectures", options.architecture)[fact]


def _of_loss(options: Any, fact: str) -> Any:
    return components.facts("losses", options.loss)[fact]


def _cannot_build(options: Any, conditional: bool) -> str:
    if not _of_gan(options, "NETWORKS"):
        return ""
    shape = catalog.of(options).image_shape
    return architecture_limits.problem(options.architecture, shape, options, conditional)


def _lacks_networks(options: Any) -> str:
    """Which networks that the GAN type builds the architecture does not define."""
    wanted = _of_gan(options, "NETWORKS")

    def lacking(architecture: str) -> list[str]:
        return [network for network in wanted if not components.defines("architectures", architecture, network)]

    missing = lacking(options.architecture)
    if not missing:
        return ""
    others = [name for name in components.names("architectures") if not lacking(name)]
    return (
        f"option architecture is {options.architecture}, but gan={options.gan} needs one that has "
        f"{' and '.join(missing)}; those that have: {', '.join(others)}"
    )


def _required(options: Any, *, of_labels: bool) -> str:
    """Which option has another value than the only one that the GAN type works with."""
    for name, (wanted, reason) in _of_gan(options, "REQUIRES").items():
        value = getattr(options, name)
        if value != wanted and (name in _OF_LABELS) == of_labels:
            return f"option {name} is {_text(value)}, but gan={options.gan} needs {name}={_text(wanted)}: {reason}"
    return ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_about_steps(options: Any) -> str:
    """Which option is set that says nothing, because the GAN type is not trained by steps."""
    if _of_gan(options, "HAS_STEPS"):
        return ""
    sections = _OF_STEPS if _of_gan(options, "NETWORKS") else ("networks", *_OF_STEPS)
    brought = implied.by(options.to_dict())
    honored = (*_WITHOUT_STEPS, *_of_gan(options, "HONORS"), *_of_gan(options, "REQUIRES"))
    for field in dataclasses.fields(options):
        wanted = brought.get(field.name, field.default)
        if field.metadata["section"] not in sections or field.name in honored:
            continue
        if (value := getattr(options, field.name)) != wanted:
            return (
                f"option {field.name} is {_text(value)}, but gan={options.gan} is not trained by steps: it has no "
                f"effect; leave it at {_text(wanted) or 'nothing'}"
            )
    return ""


def _frozen(options: Any) -> str:
    """Whether another task is named without need, or is not named."""
    players = _of_gan(options, "FROZEN")
    if options.networks_from and not players:
        return f"option networks_from is {options.networks_from}, but gan={options.gan} has no frozen networks"
    if players and not options.networks_from:
        return (
            f"gan={options.gan} takes its {' and '.join(players)} from another task, which has to be finished; set "
            "networks_from=WORKDIR/NUMBER"
        )
    return ""


def _codes(options: Any) -> str:
    """What is wrong with option codes."""
    if "codes" not in _of_gan(options, "HONORS"):
        return ""  # one that is set is refused as having no place
    return latent_codes.problem(options.codes)


def _cannot_join_labels(options: Any) -> str:
    """Why the generator cannot get its labels with its latents."""
    if options.g_conditioning == "normalization":
        return ""
    said = f"option g_conditioning is {options.g_conditioning}, but "
    if _of_architecture(options, "JOINS_LABELS"):
        if options.g_conditioning == "concatenation":
            return ""
        return (
            f"{said}architecture {options.architecture} joins labels in its own way; set g_conditioning=concatenation"
        )
    if options.g_normalization == "virtual_batch":
        return (
            f"{said}the reference batch of g_normalization=virtual_batch is of latents alone; set another "
            "g_normalization"
        )
    if options.hierarchical_z:
        return (
            f"{said}hierarchical_z cuts latents into parts without labels; set hierarchical_z=false (or, of gan=acgan, "
            "g_conditioning=normalization)"
        )
    return ""


def _compares_too_few(options: Any) -> str:
    least = _of_gan(options, "LEAST_BATCH")
    if options.batch_size >= least:
        return ""
    return (
        f"option batch_size is {options.batch_size}, but gan={options.gan} compares different images; it must be "
        f"{least} or more"
    )


def _has_no_target(options: Any) -> str:
    if not options.label_smoothing or _of_loss(options, "HAS_TARGET") or _of_gan(options, "HAS_TARGET"):
        return ""
    having = [name for name in components.names("losses") if components.facts("losses", name)["HAS_TARGET"]]
    return (
        f"option label_smoothing is {options.label_smoothing}, but loss={options.loss} has no target value to smooth; "
        f"those with one: {', '.join(having)}"
    )


def _is_folder(options: Any) -> bool:
    return bool(catalog.of(options).own_kind == "folder of images")


def _misnames_domains(options: Any) -> str:
    """What is wrong with option domain_names."""
    names = [name.strip() for name in options.domain_names.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1] or not options.domain_names.isprintable():
        return f"option domain_names is {options.domain_names!r}; it is two different names with a comma between them"
    if not catalog.of(options).parts:
        return (
            f"option domain_names is {options.domain_names!r}, but data set '{options.dataset}' is one set of "
            "pictures; two lie in folders trainA and trainB"
        )
    return ""


REFUSALS = (
    Refusal(
        lambda o: (o.pairs != "all" or o.pair_order != "input_target" or o.exclusive) and not _is_folder(o),
        "options pairs, pair_order and exclusive are about a folder of images, and data set '{o.dataset}' is none",
    ),
    Refusal(lambda o: _misnames_domains(o) if o.domain_names else ""),
    Refusal(
        lambda o: o.held_out_share and not catalog.of(o).can_hold_out,
        "option held_out_share is {o.held_out_share}, but only of a folder of images without a folder of test images "
        "can a part be held out; set held_out_share=0",
    ),
    Refusal(
        lambda o: _of_gan(o, "HAS_LOGITS") and o.loss == "none",
        "option loss is none, but gan={o.gan} has no other objective: there would be no gradient",
    ),
    Refusal(
        lambda o: not _of_gan(o, "HAS_LOGITS") and o.loss != "none",
        "option loss is {o.loss}, but gan={o.gan} has an objective of its own and no logits; set loss=none",
    ),
    Refusal(
        lambda o: not _of_gan(o, "HAS_LOGITS") and o.penalty != "none",
        "option penalty is {o.penalty}, but gan={o.gan} has no logits that could be penalized; set penalty=none",
    ),
    Refusal(
        lambda o: not _of_gan(o, "HAS_LOGITS") and o.penalty_weight != 1,
        "option penalty_weight is {o.penalty_weight}, but gan={o.gan} has no penalty; BEGAN's lambda is "
        "proportional_gain",
    ),
    Refusal(lambda o: _cannot_build(o, conditional=False)),
    Refusal(_lacks_networks),
    Refusal(
        lambda o: not _of_gan(o, "HAS_LOGITS") and o.augmentation != "none",
        "option augmentation is {o.augmentation}, but gan={o.gan} would learn to make augmented images; "
        "set augmentation=none",
    ),
    Refusal(
        lambda o: not _of_gan(o, "HAS_LOGITS") and o.weight_clipping,
        "option weight_clipping is {o.weight_clipping}, but gan={o.gan} has no logits whose slope it could bound; "
        "set weight_clipping=0",
    ),
    Refusal(lambda o: _required(o, of_labels=False)),
    Refusal(
        lambda o: o.batch_size % o.accumulation_steps,
        "option accumulation_steps is {o.accumulation_steps}; the batch_size of {o.batch_size} must be divisible by it",
    ),
    Refusal(_is_about_steps),
    Refusal(
        lambda o: _of_gan(o, "HAS_STEPS") and not o.training_steps,
        "option training_steps is 0, but gan={o.gan} is trained by steps; its range is [1, 99999999]",
    ),
    Refusal(_frozen),
    Refusal(_compares_too_few),
    Refusal(_has_no_target),
    Refusal(
        lambda o: o.augmentation == "adaptive" and o.loss != "none" and _of_loss(o, "THRESHOLD") is None,
        "option augmentation is adaptive, which steers by the sign of logits, but loss={o.loss} is the same with any "
        "constant added to them; set augmentation=diff_augment",
    ),
    Refusal(
        lambda o: o.d_normalization == "self_modulated_batch",
        "option d_normalization is self_modulated_batch, but the discriminator has no latents that could modulate it",
    ),
    Refusal(
        lambda o: (
            o.g_normalization == "self_modulated_batch"
            and not any("z" in takes for takes, _ in _of_gan(o, "ABILITIES").values())
        ),
        "option g_normalization is self_modulated_batch, but gan={o.gan} has no latents that could modulate it",
    ),
    Refusal(
        lambda o: o.d_normalization == "virtual_batch",
        "option d_normalization is virtual_batch, but only the generator has a reference batch; set "
        "g_normalization=virtual_batch",
    ),
    Refusal(
        lambda o: o.g_normalization == "virtual_batch" and o.gradient_checkpointing,
        "option g_normalization is virtual_batch, whose reference batch is not there when gradient_checkpointing "
        "computes activations again; set gradient_checkpointing=false",
    ),
    Refusal(
        lambda o: not o.g_loss_weight and o.feature_matching == "none",
        "option g_loss_weight is 0, which leaves the generator no objective; set feature_matching=squared, or another "
        "g_loss_weight",
    ),
    Refusal(
        lambda o: _of_gan(o, "READS_LABELS") and not _classes(o),
        "gan={o.gan} learns classes, but data set '{o.dataset}' has none",
    ),
    Refusal(
        lambda o: o.reference in ("v1", "v2") and o.judge != "apart",
        "option judge is {o.judge}, but reference={o.reference} judged apart",
    ),
    Refusal(lambda o: architecture_limits.without_place("gan", o.gan, o)),
    Refusal(
        lambda o: (
            o.self_supervision != "none"
            and (o.rotated_batch_size % (4 * o.accumulation_steps) or o.rotated_batch_size > 4 * o.batch_size)
        ),
        "option rotated_batch_size is {o.rotated_batch_size}; it must be divisible by 4 times the accumulation_steps "
        "of {o.accumulation_steps}, and at most four times the batch_size of {o.batch_size}",
    ),
    Refusal(
        lambda o: o.soft_predictions and not o.class_predictor,
        "option soft_predictions is true, but without class_predictor=true there are no predictions",
    ),
    Refusal(_codes),
    Refusal(
        lambda o: o.first_update == "generator" and o.disc_iters > 1,
        "option first_update is generator, whose images one update of the discriminator sees, and disc_iters is "
        "{o.disc_iters}; set disc_iters=1",
    ),
    Refusal(_cannot_join_labels),
    Refusal(lambda o: _required(o, of_labels=True), concerns_labels=True),
    Refusal(
        lambda o: o.conditional and o.reference in ("v1", "v2"),
        "option conditional is true, but compare_gan {o.reference} had no conditional models",
        concerns_labels=True,
    ),
    Refusal(lambda o: o.conditional and not _cannot_build(o, False) and _cannot_build(o, True), concerns_labels=True),
    Refusal(
        lambda o: o.conditional and not _classes(o) and _without_classes(o),
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
        lambda o: (
            o.conditional
            and o.g_conditioning == "normalization"
            and o.g_normalization != "conditional_batch"
            and not _of_architecture(o, "JOINS_LABELS")
        ),
        "option conditional is true, but the generator would not see the labels; set g_normalization=conditional_batch",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: (
            o.conditional
            and o.d_conditioning == "none"
            and o.reference == "none"
            and o.d_normalization != "conditional_batch"
            and not _of_gan(o, "TELLS_CLASSES")
        ),
        "option conditional is true, but the discriminator would not see the labels; set d_conditioning=projection or "
        "concatenation",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.d_normalization == "conditional_batch" and _of_gan(o, "TELLS_CLASSES"),
        "option d_normalization is conditional_batch, but gan={o.gan} tells classes, which it must not be shown",
        concerns_labels=True,
    ),
    Refusal(
        # One that brings embed_y does so for unconditional models too, where it has no effect.
        lambda o: o.embed_y and not o.conditional and "embed_y" not in _of_architecture(o, "IMPLIES"),
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
        lambda o: (o.label_fraction < 1 or o.labels_per_class or o.label_file or o.labelled_only) and not _classes(o),
        "options label_fraction, labels_per_class, label_file and labelled_only are about labels, but data set "
        "'{o.dataset}' has none",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.label_fraction < 1 and o.labels_per_class,
        "options label_fraction and labels_per_class both say how many labels are kept; set one of them",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: (
            (o.label_fraction < 1 or o.labels_per_class or o.label_file)
            and not (o.conditional or o.labelled_only or catalog.of(o).labelled_only or _of_gan(o, "READS_LABELS"))
        ),
        "options label_fraction, labels_per_class and label_file have no effect: neither conditional=true nor "
        "labelled_only=true",
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
