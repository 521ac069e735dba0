"""Combinations of options about labels that cannot be; a study of unconditional models never meets them."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.options._refusal import Refusal, cannot_build, classes, of_architecture, of_gan, required


def _without_classes(options: Any) -> str:
    why = "".join(f"; {line}" for line in catalog.of(options).why_without_classes)
    return f"option conditional is true, but data set '{options.dataset}' has no classes{why}"


REFUSALS = (
    Refusal(lambda o: required(o, of_labels=True), concerns_labels=True),
    Refusal(
        lambda o: o.conditional and o.reference in ("v1", "v2"),
        "option conditional is true, but compare_gan {o.reference} had no conditional models",
        concerns_labels=True,
    ),
    Refusal(lambda o: o.conditional and not cannot_build(o, False) and cannot_build(o, True), concerns_labels=True),
    Refusal(
        lambda o: o.conditional and not classes(o) and _without_classes(o),
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
            and not of_architecture(o, "JOINS_LABELS")
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
            and not of_gan(o, "TELLS_CLASSES")
        ),
        "option conditional is true, but the discriminator would not see the labels; set d_conditioning=projection or "
        "concatenation",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.conditional and o.d_conditioning != "projection" and "label_mapping_layers" in of_gan(o, "HONORS"),
        "option d_conditioning is {o.d_conditioning}, but the discriminator of gan={o.gan} sees labels by a projection "
        "of its own; set d_conditioning=projection",
        concerns_labels=True,
    ),
    Refusal(
        lambda o: o.d_normalization == "conditional_batch" and of_gan(o, "TELLS_CLASSES"),
        "option d_normalization is conditional_batch, but gan={o.gan} tells classes, which it must not be shown",
        concerns_labels=True,
    ),
    Refusal(
        # One that brings embed_y does so for unconditional models too, where it has no effect.
        lambda o: o.embed_y and not o.conditional and "embed_y" not in of_architecture(o, "IMPLIES"),
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
        lambda o: (o.label_fraction < 1 or o.labels_per_class or o.label_file or o.labelled_only) and not classes(o),
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
            and not (o.conditional or o.labelled_only or catalog.of(o).labelled_only)
            and not (o.prior_labels or of_gan(o, "READS_LABELS"))
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
