"""When two tasks are the same: by values of the right types, rounded, and without options that nothing reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from compare_gan_tf2 import components, display
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options, check_values, parse

SEED = "seed"
# Digits that a computed value keeps: 0.1 + 0.2 is 0.3.
_DIGITS = 12
_FEWEST_DIGITS, _MOST_DIGITS = 3, 17
# Letters of a text in a label: at first, and at most.
_LETTERS = (16, 32, 64, 1024)

# Option -> whether anything reads it with these other options; an option that is not listed counts as read.
_IS_READ: dict[str, Callable[[Options], Any]] = {
    "penalty_weight": lambda o: o.penalty != "none",
    "margin": lambda o: o.gan == "ebgan",
    "pull_away_weight": lambda o: o.gan == "ebgan",
    "diversity_ratio": lambda o: o.gan == "began",
    "proportional_gain": lambda o: o.gan == "began",
    "augmentation_target": lambda o: components.facts("augmentations", o.augmentation)["ADAPTS"],
    "augmentation_kimg": lambda o: components.facts("augmentations", o.augmentation)["ADAPTS"],
    "augmentation_limit": lambda o: components.facts("augmentations", o.augmentation)["ADAPTS"],
    "augmentation_mirrors": lambda o: o.augmentation == "ada",
    "augmentation_pipe": lambda o: o.augmentation == "ada",
    "augmentation_probability": lambda o: components.facts("augmentations", o.augmentation)["ADAPTS"],
    "final_augmentation_probability": lambda o: components.facts("augmentations", o.augmentation)["ADAPTS"],
    "final_ema_share": lambda o: not o.ema_decay,
    "self_modulation_units": lambda o: o.g_normalization == "self_modulated_batch",
    "spectral_iterations": lambda o: "spectral" in (o.g_weight_normalization, o.d_weight_normalization),
    "spectral_side": lambda o: "spectral" in (o.g_weight_normalization, o.d_weight_normalization),
    "embed_y_dim": lambda o: o.embed_y,
    "embed_bias": lambda o: o.embed_y or o.embed_z,
    "rotated_batch_size": lambda o: o.self_supervision != "none",
    "d_rotation_weight": lambda o: o.self_supervision != "none",
    "g_rotation_weight": lambda o: o.self_supervision != "none",
    "class_weight": lambda o: o.class_predictor or o.gan == "acgan",
    "continuous_code_weight": lambda o: o.information_weight,
    "label_seed": lambda o: o.label_fraction < 1 or o.labels_per_class,
    "ema_start_step": lambda o: o.keeps_average,
    "ema_rampup": lambda o: o.ema_kimg,
    "evaluated_weights": lambda o: o.keeps_average or o.d_ema_decay,
    "d_ema_from_zero": lambda o: o.d_ema_decay,
    "label_mapping_layers": lambda o: o.conditional,
    "truncation_cutoff": lambda o: o.truncation_psi != 1,
    "feature_matching_weight": lambda o: o.feature_matching != "none",
    "minibatch_dims": lambda o: o.minibatch_kernels,
    "z_distribution": lambda o: o.prior_shape == "none",
    "reference_latents": lambda o: o.g_normalization == "virtual_batch",
    "beta1": lambda o: {"adam", "momentum"} & {o.g_optimizer, o.d_optimizer},
    "beta2": lambda o: "adam" in (o.g_optimizer, o.d_optimizer),
    "relation_heads": lambda o: o.relation_blocks,
    "relation_units": lambda o: o.relation_blocks,
    "relation_shared": lambda o: o.relation_blocks,
}


def typed(values: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Values of the right types by today's names, numbers in their shortest form, each in its range.

    Args:
        values: by names new or old; texts as on the command line.
        place: where they were written, which the line of a mistake begins with.

    Raises:
        UserError: for an unknown name, or a value of the wrong type or out of range.
    """
    try:
        found = {name: rounded(value) for name, value in parse(values).items()}
        check_values(found)
        return found
    except UserError as error:
        raise UserError(f"{place}: {error}") from error


def rounded(value: Any) -> Any:
    """The value; of a float the nearest that has 12 significant digits, as 0.3 for 0.30000000000000004."""
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def canonical(options: Options) -> dict[str, Any]:
    """All options by name, floats rounded; those that nothing reads with these others have their defaults."""
    found = {name: rounded(value) for name, value in options.to_dict().items()}
    for name, is_read in _IS_READ.items():
        if found[name] != getattr(Options, name) and not is_read(options):
            found[name] = getattr(Options, name)
    return found


def setting(options: Options) -> dict[str, Any]:
    """The canonical options without the seed: what repeated trainings share."""
    found = canonical(options)
    del found[SEED]
    return found


def key(options: Options) -> str:
    """A text that two tasks share if and only if their canonical options are equal."""
    return _digest(canonical(options))


def setting_key(options: Options) -> str:
    """A text that two tasks share if and only if they are repeats of one setting."""
    return _digest(setting(options))


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]


def differing(tasks: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Names of the options in which tasks differ, in the order of their definition, the seed last.

    Args:
        tasks: canonical options of each.
    """
    seen: dict[str, Any] = {}
    names: set[str] = set()
    for each in tasks:
        if not seen:
            seen = dict(each)
        names |= {name for name, value in each.items() if seen[name] != value}
    return tuple(sorted(names, key=lambda name: (name == SEED, list(seen).index(name))))


def labels(tasks: Mapping[int, Mapping[str, Any]], names: Sequence[str]) -> dict[int, str]:
    """Short texts that say in what tasks differ; equal only where the values are.

    Numbers have three digits and texts 16 letters, or more where labels of different values would be equal.

    Args:
        tasks: options by number of the task.
        names: of the options that are told.
    """
    different = len({tuple(options[name] for name in names) for options in tasks.values()})
    found: dict[int, str] = {}
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS + 1):
        found = {number: label(options, names, digits) for number, options in tasks.items()}
        if len(set(found.values())) == different:
            break
    return found


def label(options: Mapping[str, Any], names: Sequence[str], digits: int = _FEWEST_DIGITS) -> str:
    """A short text with the values of these options: "loss=hinge g_learning_rate=0.0002"."""
    return " ".join(f"{name}={shown(options[name], digits)}" for name in names)


def shown(value: Any, digits: int = _FEWEST_DIGITS) -> str:
    """A value as a table shows it, in one line.

    Args:
        value: of an option.
        digits: significant ones of a number; with more of them a long text has more letters, of which the last say
            most where it is a path.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    text = display.line(str(value)) or "''"
    most = _LETTERS[min(digits - _FEWEST_DIGITS, len(_LETTERS) - 1)]
    return text if len(text) <= most else f"…{text[1 - most :]}"
