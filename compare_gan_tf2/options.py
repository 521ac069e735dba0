"""Every knob of a task, once: name, default, range and meaning.

An `Options` is what a task file holds, what a checkpoint remembers and what a row of scores.csv repeats. Old names of
compare_gan's three versions are accepted on input (`old_names`) and never written.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2 import components, old_names, refusals
from compare_gan_tf2.errors import UserError


def _option(
    default: Any,
    doc: str,
    *,
    section: str,
    kind: str | None = None,
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
    open_low: bool = False,
) -> Any:
    """A field; `kind` takes its values from a folder of components, low and high are inclusive unless open."""
    metadata = {
        "doc": doc,
        "section": section,
        "kind": kind,
        "choices": choices,
        "low": low,
        "high": high,
        "open_low": open_low,
    }
    return dataclasses.field(default=default, metadata=metadata)


_DATA, _NETWORKS, _TRAINING, _SAVING, _EVALUATION = "data", "networks", "training", "saving", "evaluation"


@dataclasses.dataclass(frozen=True)
class Options:
    """All options of one task. Use `Options.from_dict` for input from outside: it knows old names and checks."""

    dataset: str = _option("triangles", "what to train on", section=_DATA, kind="datasets")
    conditional: bool = _option(False, "give labels to both networks; needs a data set with classes", section=_DATA)

    gan: str = _option(
        "modular", "who is updated when, on which objective; began, ebgan and vae bring loss=none, vae also "
        "z_distribution=normal", section=_NETWORKS, kind="gans",
    )  # fmt: skip
    architecture: str = _option(
        "infogan", "the pair of generator and discriminator", section=_NETWORKS, kind="architectures"
    )
    width: float = _option(
        1.0, "factor on the channels of every hidden layer; 1 is the published network", section=_NETWORKS,
        low=0, high=16, open_low=True,
    )  # fmt: skip
    z_dim: int = _option(128, "length of the latent vector", section=_NETWORKS, low=1, high=65536)
    z_distribution: str = _option(
        "uniform", "uniform on [-1, 1], standard normal, or normal drawn again beyond two deviations",
        section=_NETWORKS, choices=("normal", "truncated", "uniform"),
    )  # fmt: skip
    g_normalization: str = _option(
        "batch", "normalisation of the generator's activations", section=_NETWORKS, kind="normalizations"
    )
    d_normalization: str = _option(
        "none", "normalisation of the discriminator's activations", section=_NETWORKS, kind="normalizations"
    )
    g_weight_normalization: str = _option(
        "none", "normalisation of the generator's kernels", section=_NETWORKS, kind="weight_normalizations"
    )
    d_weight_normalization: str = _option(
        "none", "normalisation of the discriminator's kernels", section=_NETWORKS, kind="weight_normalizations"
    )
    d_conditioning: str = _option(
        "projection", "how the discriminator sees labels: inner product with its features, or extra input channels",
        section=_NETWORKS, choices=("concatenation", "projection"),
    )  # fmt: skip
    batch_norm_decay: float = _option(
        0.9, "decay of the moving statistics of batch norm, per update", section=_NETWORKS, low=0, high=1
    )
    batch_norm_epsilon: float = _option(
        1e-5, "added to the variance in batch norm", section=_NETWORKS, low=0, open_low=True
    )
    standing_batches: int = _option(
        0, "batches whose statistics, equally weighted, replace batch norm's moving ones before a generator is "
        "evaluated or exported (BigGAN's standing statistics); 0 keeps the moving ones", section=_NETWORKS, low=0,
        high=100_000,
    )  # fmt: skip
    self_modulation_units: int = _option(
        32, "hidden units of self-modulated batch norm; 0 makes it linear in the latents", section=_NETWORKS, low=0,
        high=65536,
    )  # fmt: skip
    spectral_iterations: int = _option(
        1, "steps of power iteration per use of spectral norm", section=_NETWORKS, low=1, high=100
    )
    spectral_side: str = _option(
        "left", "side of the kernel matrix whose singular vector spectral norm keeps; auto takes the shorter",
        section=_NETWORKS, choices=("auto", "left", "right"),
    )  # fmt: skip
    initializer: str = _option(
        "normal", "initial kernels: normal, normal cut at two deviations, or orthogonal", section=_NETWORKS,
        choices=("normal", "orthogonal", "truncated"),
    )  # fmt: skip
    initializer_stddev: float = _option(
        0.02, "standard deviation of normal and truncated kernels", section=_NETWORKS, low=0, open_low=True
    )

    loss: str = _option("non_saturating", "adversarial loss", section=_TRAINING, kind="losses")
    penalty: str = _option("none", "penalty added to the objective", section=_TRAINING, kind="penalties")
    penalty_weight: float = _option(1.0, "factor on the penalty (lambda in the papers)", section=_TRAINING, low=0)
    label_smoothing: float = _option(
        0.0, "how far under 1 the target of real images lies, in losses that have one (one-sided)", section=_TRAINING,
        low=0, high=0.5,
    )  # fmt: skip
    weight_clipping: float = _option(
        0.0, "bound on every weight of the discriminator, enforced after each of its updates; 0 is none",
        section=_TRAINING, low=0,
    )  # fmt: skip
    augmentation: str = _option(
        "none", "differentiable augmentation of all the discriminator sees", section=_TRAINING, kind="augmentations"
    )
    augmentation_target: float = _option(
        0.6, "mean sign of real images' logits that adaptive augmentation steers to", section=_TRAINING, low=0, high=1
    )
    augmentation_kimg: float = _option(
        500.0, "thousands of real images in which adaptive augmentation could go from never to always",
        section=_TRAINING, low=0, open_low=True,
    )  # fmt: skip
    fake_labels: str = _option(
        "uniform", "labels of generated images: drawn uniformly, or those of the step's real images",
        section=_TRAINING, choices=("data", "uniform"),
    )  # fmt: skip
    diversity_ratio: float = _option(
        0.75, "BEGAN's gamma: wanted reconstruction error of generated images per real ones'", section=_TRAINING,
        low=0, high=1,
    )  # fmt: skip
    proportional_gain: float = _option(
        0.001, "BEGAN's lambda: how fast its control variable k follows", section=_TRAINING, low=0
    )
    margin: float = _option(
        10.0, "EBGAN's m: energy up to which the discriminator lifts generated images", section=_TRAINING, low=0,
        open_low=True,
    )  # fmt: skip
    pull_away_weight: float = _option(
        0.1, "factor on EBGAN's pull-away term in the generator's objective", section=_TRAINING, low=0
    )
    batch_size: int = _option(
        64,
        "real images per update of the discriminator, over all devices",
        section=_TRAINING,
        low=1,
        high=2**20,
    )
    training_steps: int = _option(40000, "updates of the generator", section=_TRAINING, low=1, high=99_999_999)
    disc_iters: int = _option(
        1, "updates of the discriminator per update of the generator", section=_TRAINING, low=1, high=1000
    )
    g_optimizer: str = _option(
        "adam", "optimiser of the generator", section=_TRAINING, choices=("adam", "rmsprop", "sgd")
    )
    d_optimizer: str = _option(
        "adam", "optimiser of the discriminator", section=_TRAINING, choices=("adam", "rmsprop", "sgd")
    )
    g_learning_rate: float = _option(2e-4, "learning rate of the generator", section=_TRAINING, low=0, open_low=True)
    d_learning_rate: float = _option(
        2e-4, "learning rate of the discriminator", section=_TRAINING, low=0, open_low=True
    )
    learning_rate_decay: float = _option(
        0.0, "share of the training, at its end, over which both learning rates fall linearly to zero",
        section=_TRAINING, low=0, high=1,
    )  # fmt: skip
    beta1: float = _option(0.5, "Adam's decay of the first moment, below 1", section=_TRAINING, low=0, high=0.999999)
    beta2: float = _option(0.999, "Adam's decay of the second moment, below 1", section=_TRAINING, low=0, high=0.999999)
    ema_decay: float = _option(
        0.0, "decay of the running average of the generator that is evaluated and exported; 0 keeps none",
        section=_TRAINING, low=0, high=0.999999,
    )  # fmt: skip
    ema_start_step: int = _option(
        0, "generator step before which the average is the latest generator", section=_TRAINING, low=0
    )
    latents: str = _option(
        "fresh", "whether the generator's update draws its own latents or reuses the discriminator's last ones",
        section=_TRAINING, choices=("fresh", "reused"),
    )  # fmt: skip
    judge: str = _option(
        "together", "whether the discriminator sees real and generated images in one call (shared batch statistics)",
        section=_TRAINING, choices=("apart", "together"),
    )  # fmt: skip
    reference: str = _option(
        "none", "do as that version of compare_gan did where it differs (see the README); brings latents=reused and, "
        "before v3, judge=apart", section=_TRAINING,
        choices=("none", "v1", "v2", "v3"),
    )  # fmt: skip
    seed: int = _option(
        0, "decides initial weights, latents, labels and the order of the data", section=_TRAINING, low=0,
        high=2**31 - 1,
    )  # fmt: skip

    save_every_steps: int = _option(1000, "generator steps between checkpoints", section=_SAVING, low=1)
    keep_checkpoints: str = _option(
        "all", "all, or how many of the newest to keep; one not evaluated yet and the best one are never deleted",
        section=_SAVING,
    )  # fmt: skip

    extractor: str = _option("classifier", "feature extractor of the scores", section=_EVALUATION, kind="extractors")
    metrics: str = _option(
        "default", "comma-separated metrics, or default: those of the data set's standard panel", section=_EVALUATION
    )
    evaluation_samples: int = _option(
        0, "generated images, and real ones, per score; 0 is the data set's own number", section=_EVALUATION, low=0
    )
    evaluation_seed: int = _option(
        42, "decides the latents of the evaluation", section=_EVALUATION, low=0, high=2**31 - 1
    )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Options:
        """Options from names (new or old) and values (of the right type, or text as on the command line).

        Raises:
            UserError: for an unknown name, a value of the wrong type or out of range, or a combination that cannot be.
        """
        options = cls.unchecked(values)
        options.check()
        return options

    @classmethod
    def unchecked(cls, values: Mapping[str, Any]) -> Options:
        """The same without a look at ranges and combinations."""
        parsed = parse(values)
        return cls(**_implied(parsed) | parsed)

    def to_dict(self) -> dict[str, Any]:
        """All options by name, in the order of their definition."""
        return dataclasses.asdict(self)

    def replace(self, **changes: Any) -> Options:
        """A checked copy with some options changed; a change of `reference` or `gan` brings its own defaults."""
        values = self.to_dict()
        for by in _IMPLYING.keys() & changes.keys():
            before, after = (_IMPLYING[by].get(str(each), {}) for each in (values[by], changes[by]))
            dropped = {*after, *(name for name, value in before.items() if values[name] == value)}
            values = {name: value for name, value in values.items() if name not in dropped}
        return self.from_dict(values | changes)

    def check(self) -> None:
        """Raises UserError unless every value is in its range and the combination is possible."""
        for field in dataclasses.fields(self):
            _check_range(field, getattr(self, field.name))
        if self.keep_checkpoints != "all" and not (
            self.keep_checkpoints.isdecimal() and int(self.keep_checkpoints) >= 1
        ):
            raise UserError(f"option keep_checkpoints is {self.keep_checkpoints!r}; it is 'all' or a whole number >= 1")
        if self.metrics != "default":
            known = (*components.names("metrics"), *components.names("model_metrics"))
            for name in self.metrics.split(","):
                if name not in known:
                    raise UserError(components.unknown("metric", name, known))
        if self.keep_checkpoints != "all" and self.metrics != "default" and "fid" not in self.metrics.split(","):
            raise UserError("keep_checkpoints spares the best by FID: keep all, or let fid be among the metrics")
        there = components.load("datasets", self.dataset).DATASET.evaluation_images
        if self.evaluation_samples == 1 or self.evaluation_samples > there:
            raise UserError(
                f"option evaluation_samples is {self.evaluation_samples}; for data set {self.dataset} its range is "
                f"[2, {there}], or 0 for the data set's own number"
            )
        for line in self.refusals():
            raise UserError(line)

    def refusals(self) -> dict[str, bool]:
        """Why this combination cannot be: lines, and whether they are about labels; empty if it can (`refusals`)."""
        return {line: refusal.concerns_labels for refusal, line in refusals.found(self)}


# What a version of compare_gan did where an option leaves the choice; defaults when `reference` names the version.
_REFERENCE_DEFAULTS: dict[str, dict[str, Any]] = {
    "v1": {"latents": "reused", "judge": "apart"},
    "v2": {"latents": "reused", "judge": "apart"},
    "v3": {"latents": "reused", "judge": "together"},
}
# What a GAN type leaves no choice about; defaults when `gan` names it.
_GAN_DEFAULTS: dict[str, dict[str, Any]] = {
    "began": {"loss": "none"},
    "ebgan": {"loss": "none"},
    "vae": {"loss": "none", "z_distribution": "normal"},
}
_IMPLYING = {"reference": _REFERENCE_DEFAULTS, "gan": _GAN_DEFAULTS}


def _implied(values: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults that other options' values bring with them."""
    return {
        name: value for by, table in _IMPLYING.items() for name, value in table.get(str(values.get(by)), {}).items()
    }


def parse(values: Mapping[str, Any]) -> dict[str, Any]:
    """Options by today's names and of the right types, from names new or old and values that may be text.

    Raises:
        UserError: for an unknown name, a value of the wrong type, or an option that is given twice.
    """
    parsed: dict[str, Any] = {}
    for name, value in values.items():
        for new_name, new_value in old_names.translate(name, value).items():
            if new_name not in _types():
                raise UserError(components.unknown("option", name, _types()))
            read = _parse(new_name, _types()[new_name], new_value)
            if new_name in parsed and parsed[new_name] != read:
                raise UserError(f"option {new_name} is given twice: {parsed[new_name]!r}, and {read!r} by {name}")
            parsed[new_name] = read
    if "gan_type" in values:
        old_names.settle(str(values["gan_type"]), parsed)
    return parsed


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """One phrase per option whose value differs, or which only one side has."""
    missing = object()
    return [
        f"{name} is {_show(ours.get(name, missing), missing)}, was {_show(theirs.get(name, missing), missing)}"
        for name in sorted({*ours, *theirs})
        if ours.get(name, missing) != theirs.get(name, missing)
    ]


def allowed(field: dataclasses.Field[Any]) -> str:
    """What a field accepts, in words."""
    meta = field.metadata
    choices = components.names(meta["kind"]) if meta["kind"] else meta["choices"]
    if choices:
        return " | ".join(choices)
    if _types()[field.name] is bool:
        return "true | false"
    low, high = meta["low"], meta["high"]
    if low is None and high is None:
        return "text"
    bracket = "(" if meta["open_low"] else "["
    kind = "whole number in " if _types()[field.name] is int else ""
    return f"{kind}{bracket}{low}, {'inf)' if high is None else f'{high}]'}"


def _show(value: Any, missing: object) -> str:
    return "absent" if value is missing else repr(value)


@functools.cache
def _types() -> dict[str, type]:
    by_name = {"str": str, "int": int, "float": float, "bool": bool}
    return {field.name: by_name[str(field.type)] for field in dataclasses.fields(Options)}


def _parse(name: str, wanted: type, value: Any) -> Any:
    """The value as the wanted type; text is read as on the command line."""
    words = {"true": True, "false": False}
    try:
        if wanted is bool:
            return value if isinstance(value, bool) else words[str(value).lower()]
        if wanted is str or isinstance(value, bool):
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise ValueError
            return str(value)
        if wanted is int and isinstance(value, float):
            if not value.is_integer():
                raise ValueError
            return int(value)
        return wanted(value)
    except (ValueError, KeyError, TypeError, OverflowError):
        kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[wanted]
        raise UserError(f"option {name} is {value!r}; it must be {kind}") from None


def _check_range(field: dataclasses.Field[Any], value: Any) -> None:
    meta = field.metadata
    if meta["kind"] and value not in components.names(meta["kind"]):
        raise UserError(
            f"option {field.name}: {components.unknown(meta['kind'], value, components.names(meta['kind']))}"
        )
    if meta["choices"] and value not in meta["choices"]:
        raise UserError(f"option {field.name}: {components.unknown('value', value, meta['choices'])}")
    low, high = meta["low"], meta["high"]
    if isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"option {field.name} is {value}; it must be finite; allowed: {allowed(field)}")
    too_low = low is not None and (value <= low if meta["open_low"] else value < low)
    if too_low or (high is not None and value > high):
        raise UserError(f"option {field.name} is {value}; allowed: {allowed(field)}")


def aliases() -> tuple[str, ...]:
    """Old option names that are accepted on input and are not names of today."""
    return tuple(sorted(set(old_names.ALIASES) - set(_types())))
