"""Names of the columns of scores.csv, what they are scores of, and whether less of it is better (no TensorFlow).

A row has LEADING, its scores, PROTOCOL, all options by their names with the metrics spelled out, VERSIONS, PROVENANCE,
COLLAPSE, where there are any FLAGS and COUNT_TABLES, CHECKSUM.
"""

from __future__ import annotations

import functools

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError

STEP, STATUS, PROTOCOL, METRICS, SECONDS = "step", "status", "protocol", "metrics", "seconds"
# Which ability of the model a row is about; empty, or not there, of images that it generates.
ABILITY = "ability"
# Why the samples count as collapsed, as `collapse` decides; empty, or not there, where they do not.
COLLAPSE = "collapse"
# What else is to be known of the model, as `flags` finds it; not there where nothing is.
FLAGS = "flags"
# Tables of counts, as `count_tables` writes them; not there where there is none: how many samples of each class asked
# for (rows) show each class, and how many real images of each class (rows) are in each cluster.
CLASS_TABLE, CLUSTER_TABLE = "class_confusion", "cluster_classes"
COUNT_TABLES = (CLASS_TABLE, CLUSTER_TABLE)
# Of a row's other cells; the last column.
CHECKSUM = "checksum"
# The status of a row that is not what its checksum says: it is shown, and counts nowhere.
DAMAGED = "damaged"
# Columns that come first; scores follow, up to the protocol.
LEADING = (STEP, "discriminator_steps", "images_seen", ABILITY, STATUS)
VERSIONS = (
    "compare_gan_tf2_version",
    "tensorflow_version",
    "keras_version",
    "numpy_version",
    "python_version",
)
# Where a row comes from; nothing is ever compared by it, and no export repeats it.
PROVENANCE = ("task", "experiment", SECONDS, "date", "host", "commit")

_DEVIATION = "deviation"
_BEST, _BEST_OF = "best", "best:"


def column(score: str, extractor_id: str = "") -> str:
    """The column of a score: fid_classifier_mnist_c28361d9; of one that needs no extractor its own name."""
    return f"{score}_{extractor_id}" if extractor_id else score


def deviation_column(of: str, extractor_id: str) -> str:
    """The column of the standard deviation of a column's score over repeats."""
    if of.endswith(f"_{extractor_id}"):
        return column(f"{of.removesuffix(f'_{extractor_id}')}_{_DEVIATION}", extractor_id)
    return column(f"{of}_{_DEVIATION}")


@functools.cache
def directions() -> dict[str, bool | None]:
    """Score -> whether lower is better; None of a number that is no score to be best in, such as a standard error.

    Read from the metrics' files, without importing them.
    """
    found: dict[str, bool | None] = {}
    for kind in ("metrics", "model_metrics", "paired_metrics"):
        for name in components.names(kind):
            said = components.facts(kind, name)["LOWER_IS_BETTER"]
            found |= {name: said} if isinstance(said, bool) else said
    return found


def ranked() -> list[str]:
    """Names of the scores that a checkpoint may be best in, sorted."""
    return sorted(score for score, lower in directions().items() if lower is not None)


@functools.lru_cache(maxsize=4096)
def score_of(name: str) -> str | None:
    """The score that a column holds, whatever the extractor; None of deviations and of what no metric gives."""
    known = [score for score in directions() if name == score or name.startswith(f"{score}_")]
    longest = max(known, key=len, default=None)
    if longest is None:
        return None
    # Of some scores a count stands behind the name (diversity_features_5).
    rest = name[len(longest) + 1 :].lstrip("0123456789").removeprefix("_")
    # Before an extractor's id, or at the end of a name that goes on (sliced_wasserstein_16_deviation).
    if rest.partition("_")[0] == _DEVIATION or rest.endswith(f"_{_DEVIATION}"):
        return None
    return longest


def is_fid(name: str) -> bool:
    """Whether a column holds FIDs, whatever the extractor; not their deviations, nor FID-infinity."""
    return score_of(name) == "fid"


def lower_is_better(name: str) -> bool:
    """The direction of a score, given by its name or by its column.

    Raises:
        UserError: if no metric gives a score of this name, or none is better by it.
    """
    score = score_of(name)
    if score is None:
        raise UserError(components.unknown("score", name, ranked()))
    lower = directions()[score]
    if lower is None:
        raise UserError(f"score {name!r} cannot decide which checkpoint is the best; {_known()}")
    return lower


def asked_score(text: str) -> str | None:
    """The score that "best:<score>" names, of "best" alone FID; None for other texts.

    Raises:
        UserError: if nothing can be best by it.
    """
    if text == _BEST:
        return "fid"
    if not text.startswith(_BEST_OF):
        return None
    score = text.removeprefix(_BEST_OF)
    lower_is_better(score)
    return score


def _known() -> str:
    return f"known: {', '.join(ranked())}"
