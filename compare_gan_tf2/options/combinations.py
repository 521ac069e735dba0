"""Combinations of options that cannot be, each with its reason; asked before anything is built or written.

One line per refusal; those about labels are in `_label_combinations`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.options import (
    _label_combinations,
    architecture_limits,
    growing,
    implied,
    latent_codes,
    style_settings,
)
from compare_gan_tf2.options._refusal import (
    Refusal,
    cannot_build,
    classes,
    of_architecture,
    of_gan,
    of_loss,
    required,
    text,
)

# What option perceptual may be beside the file of a network.
FEATURE_MAPS = ("classifier", "none", "random_convolution")
# Sections of options that say nothing to a GAN type without steps, and what does all the same.
_OF_STEPS = ("saving", "single GAN types", "training")
_WITHOUT_STEPS = ("gan", "networks_from", "seed")


def _lacks_networks(options: Any) -> str:
    """Which networks that the GAN type builds the architecture does not define."""
    wanted = of_gan(options, "NETWORKS")

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


def _is_about_steps(options: Any) -> str:
    """Which option is set that says nothing, because the GAN type is not trained by steps."""
    if of_gan(options, "HAS_STEPS"):
        return ""
    sections = _OF_STEPS if of_gan(options, "NETWORKS") else ("networks", *_OF_STEPS)
    brought = implied.by(options.to_dict())
    honored = (*_WITHOUT_STEPS, *of_gan(options, "HONORS"), *of_gan(options, "REQUIRES"))
    for field in dataclasses.fields(options):
        wanted = brought.get(field.name, field.default)
        if field.metadata["section"] not in sections or field.name in honored:
            continue
        if (value := getattr(options, field.name)) != wanted:
            return (
                f"option {field.name} is {text(value)}, but gan={options.gan} is not trained by steps: it has no "
                f"effect; leave it at {text(wanted) or 'nothing'}"
            )
    return ""


def _frozen(options: Any) -> str:
    """Whether another task is named without need, or is not named."""
    players = of_gan(options, "FROZEN")
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
    if "codes" not in of_gan(options, "HONORS"):
        return ""  # one that is set is refused as having no place
    return latent_codes.problem(options.codes)


def _growing(options: Any) -> str:
    """What is wrong with the options about growing."""
    if "growing_from" not in of_gan(options, "HONORS"):
        return ""  # one that is set is refused as having no place
    if options.growing_rates and options.learning_rate_decay:
        return (
            f"option growing_rates is {options.growing_rates!r}, which says the rate of every side, and "
            f"learning_rate_decay is {options.learning_rate_decay}; set learning_rate_decay=0"
        )
    return growing.problem(options, catalog.of(options).image_shape[0])


def _cannot_join_labels(options: Any) -> str:
    """Why the generator cannot get its labels with its latents."""
    if options.g_conditioning == "normalization":
        return ""
    said = f"option g_conditioning is {options.g_conditioning}, but "
    if of_architecture(options, "JOINS_LABELS"):
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
    least = of_gan(options, "LEAST_BATCH")
    if options.batch_size >= least:
        return ""
    return (
        f"option batch_size is {options.batch_size}, but gan={options.gan} compares different images; it must be "
        f"{least} or more"
    )


def _misaverages(options: Any) -> str:
    """What is wrong with the options of the running average."""
    if options.ema_decay and options.ema_kimg:
        return (
            f"options ema_decay ({options.ema_decay}) and ema_kimg ({options.ema_kimg}) both say how fast the average "
            "follows; set one of them, the other to 0"
        )
    if options.ema_rampup and not options.ema_kimg:
        return f"option ema_rampup is {options.ema_rampup}, but it bounds ema_kimg, which is 0; set ema_kimg"
    return ""


def _has_no_target(options: Any) -> str:
    if not options.label_smoothing or of_loss(options, "HAS_TARGET") or of_gan(options, "HAS_TARGET"):
        return ""
    having = [name for name in components.names("losses") if components.facts("losses", name)["HAS_TARGET"]]
    return (
        f"option label_smoothing is {options.label_smoothing}, but loss={options.loss} has no target value to smooth; "
        f"those with one: {', '.join(having)}"
    )


def _steers_augmentation(options: Any) -> bool:
    """Whether the discriminator's logits decide how often images are augmented."""
    adapts = components.facts("augmentations", options.augmentation)["ADAPTS"]
    return bool(adapts and not of_gan(options, "SCHEDULES_AUGMENTATION"))


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
        lambda o: of_gan(o, "HAS_LOGITS") and o.loss == "none",
        "option loss is none, but gan={o.gan} has no other objective: there would be no gradient",
    ),
    Refusal(
        lambda o: not of_gan(o, "HAS_LOGITS") and o.loss != "none",
        "option loss is {o.loss}, but gan={o.gan} has an objective of its own and no logits; set loss=none",
    ),
    Refusal(
        lambda o: not of_gan(o, "HAS_LOGITS") and o.penalty != "none",
        "option penalty is {o.penalty}, but gan={o.gan} has no logits that could be penalized; set penalty=none",
    ),
    Refusal(
        lambda o: not of_gan(o, "HAS_LOGITS") and o.penalty_weight != 1,
        "option penalty_weight is {o.penalty_weight}, but gan={o.gan} has no penalty; BEGAN's lambda is "
        "proportional_gain",
    ),
    Refusal(lambda o: cannot_build(o, conditional=False)),
    Refusal(_lacks_networks),
    Refusal(
        lambda o: not (of_gan(o, "HAS_LOGITS") or of_gan(o, "AUGMENTS")) and o.augmentation != "none",
        "option augmentation is {o.augmentation}, but gan={o.gan} would learn to make augmented images; "
        "set augmentation=none",
    ),
    Refusal(
        lambda o: not of_gan(o, "HAS_LOGITS") and o.weight_clipping,
        "option weight_clipping is {o.weight_clipping}, but gan={o.gan} has no logits whose slope it could bound; "
        "set weight_clipping=0",
    ),
    Refusal(lambda o: required(o, of_labels=False)),
    Refusal(
        lambda o: o.batch_size % o.accumulation_steps,
        "option accumulation_steps is {o.accumulation_steps}; the batch_size of {o.batch_size} must be divisible by it",
    ),
    Refusal(_is_about_steps),
    Refusal(
        lambda o: of_gan(o, "HAS_STEPS") and not o.training_steps,
        "option training_steps is 0, but gan={o.gan} is trained by steps; its range is [1, 99999999]",
    ),
    Refusal(_frozen),
    Refusal(_compares_too_few),
    Refusal(_growing),
    Refusal(_misaverages),
    Refusal(
        lambda o: (
            style_settings.problem(o, catalog.of(o).image_shape[0]) if "style_settings" in of_gan(o, "HONORS") else ""
        )
    ),
    Refusal(
        lambda o: (
            style_settings.cutoff_problem(o, catalog.of(o).image_shape[0])
            if "truncation_cutoff" in of_gan(o, "HONORS")
            else ""
        )
    ),
    Refusal(_has_no_target),
    Refusal(
        lambda o: _steers_augmentation(o) and o.loss != "none" and of_loss(o, "THRESHOLD") is None,
        "option augmentation is {o.augmentation}, which steers by the sign of logits, but loss={o.loss} is the same "
        "with any constant added to them; set augmentation=diff_augment",
    ),
    Refusal(
        lambda o: (
            (o.augmentation_probability or o.final_augmentation_probability)
            and not components.facts("augmentations", o.augmentation)["ADAPTS"]
            and not of_gan(o, "SCHEDULES_AUGMENTATION")
        ),
        "option augmentation_probability is {o.augmentation_probability}, but augmentation={o.augmentation} has none; "
        "set augmentation=ada, or augmentation_probability=0",
    ),
    Refusal(
        lambda o: o.d_normalization == "self_modulated_batch",
        "option d_normalization is self_modulated_batch, but the discriminator has no latents that could modulate it",
    ),
    Refusal(
        lambda o: (
            o.g_normalization == "self_modulated_batch"
            and not any("z" in takes for takes, _ in of_gan(o, "ABILITIES").values())
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
        lambda o: o.prior_shape != "none" and o.z_dim != 2,
        "option z_dim is {o.z_dim}, but prior_shape={o.prior_shape} lies in the plane; set z_dim=2",
    ),
    Refusal(
        lambda o: o.prior_labels and o.prior_shape == "none",
        "option prior_labels is true, but there is no shape whose parts classes could have; set prior_shape",
    ),
    Refusal(
        lambda o: o.prior_labels and not classes(o),
        "option prior_labels is true, but data set '{o.dataset}' has no classes",
    ),
    Refusal(
        lambda o: o.prior_labels and o.regularization_weight,
        "option regularization_weight is {o.regularization_weight}, but with prior_labels=true encoder and decoder "
        "have updates of their own; set regularization_weight=0",
    ),
    Refusal(
        lambda o: of_gan(o, "READS_LABELS") and not classes(o),
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
        lambda o: o.smallest_hole > o.largest_hole,
        "option smallest_hole is {o.smallest_hole}, which is above largest_hole, {o.largest_hole}; set another one",
    ),
    Refusal(
        lambda o: o.first_update == "generator" and o.disc_iters > 1,
        "option first_update is generator, whose images one update of the discriminator sees, and disc_iters is "
        "{o.disc_iters}; set disc_iters=1",
    ),
    Refusal(_cannot_join_labels),
    *_label_combinations.REFUSALS,
)


def found(options: Any) -> Iterator[tuple[Refusal, str]]:
    """The refusals that options meet, each with its line."""
    for refusal in REFUSALS:
        answer = refusal.applies(options)
        if answer:
            yield refusal, answer if isinstance(answer, str) else refusal.reason.format(o=options)
