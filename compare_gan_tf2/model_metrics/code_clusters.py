"""Agreement between the classes that a model finds in real images and their labels: accuracy, purity, NMI, ARI.

For models that classify without having seen labels (InfoGAN, ClusterGAN, a clustering autoencoder): the clusters have
no names, so that accuracy takes the best one-to-one assignment. The controls are k-means on pixels with as many
clusters, and the same networks before training. The row also gets the table of classes and clusters, in the column
cluster_classes: it says which class a cluster stands for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compare_gan_tf2.metrics import clusters
from compare_gan_tf2.model_metrics import TrainedModel, _abilities, _agreement
from compare_gan_tf2.task_folder import column_names

DEFAULT = False
_SCORES = {
    "cluster_accuracy": False,
    "cluster_purity": False,
    "cluster_nmi_arithmetic": False,
    "cluster_nmi_geometric": False,
    "cluster_ari": False,
}
LOWER_IS_BETTER = {
    "cluster_accuracy": False,
    "cluster_accuracy_kmeans": None,
    "cluster_accuracy_untrained": None,
    "cluster_purity": False,
    "cluster_purity_kmeans": None,
    "cluster_purity_untrained": None,
    "cluster_nmi_arithmetic": False,
    "cluster_nmi_arithmetic_kmeans": None,
    "cluster_nmi_arithmetic_untrained": None,
    "cluster_nmi_geometric": False,
    "cluster_nmi_geometric_kmeans": None,
    "cluster_nmi_geometric_untrained": None,
    "cluster_ari": False,
    "cluster_ari_kmeans": None,
    "cluster_ari_untrained": None,
    "cluster_aae_error": True,
    "cluster_aae_error_untrained": None,
    "cluster_number": None,
    "cluster_number_used": None,
}
APPLIES_TO = "models that classify images, of data sets with classes"
COST = "Classifies 10,000 images twice, and one k-means on their pixels: seconds to a minute."
_RUNS = 3
PROTOCOL = (
    f"first {_abilities.IMAGES} labeled images of the evaluation split, best assignment on the same ones, k-means on "
    f"pixels: mean of {_RUNS} runs"
)


def applies(dataset: Any, options: Any) -> bool:
    """Whether the model can classify and there are classes."""
    return bool(dataset.num_classes and _abilities.has(options, "classify"))


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores what `classify` says of real images; of several outputs each, the later ones' names behind the scores'.

    Returns:
        cluster_accuracy: by the best one-to-one assignment of clusters to classes, in [0, 1].
        cluster_purity: each cluster takes its most frequent class, in [0, 1]; at least the accuracy.
        cluster_nmi_arithmetic, cluster_nmi_geometric: normalized mutual information by either mean of the entropies.
        cluster_ari: adjusted Rand index.
        cluster_aae_error: share of wrong names if each cluster is named after its surest image; only where `classify`
            gives probabilities or logits.
        cluster_number, cluster_number_used: clusters that the model has, and that some image is in.
        ..._kmeans, ..._untrained: the controls.

    Raises:
        ValueError: if `classify` gives neither classes nor a number for each.
    """
    images, labels = _abilities.real(model)
    found: dict[str, float] = {}
    for end, given in _classified(model, images, labels, untrained=False).items():
        of_each, soft, number = _clusters(given)
        found |= {f"{name}{end}": value for name, value in scores(labels, of_each, soft, number).items()}
        if not end:
            model.tables[column_names.CLUSTER_TABLE] = _table(labels, of_each, number)
        found |= {f"{name}_kmeans{end}": value for name, value in _of_pixels(model, images, labels, number).items()}
    for end, given in _classified(model, images, labels, untrained=True).items():
        of_each, soft, number = _clusters(given)
        own = scores(labels, of_each, soft, number)
        found |= {f"{name}_untrained{end}": own[name] for name in (*_SCORES, "cluster_aae_error") if name in own}
    return found


def scores(classes: np.ndarray, of_each: np.ndarray, soft: np.ndarray | None, number: int) -> dict[str, float]:
    """What a clustering says of the classes of its samples.

    Args:
        classes: whole numbers [N] from 0.
        of_each: the cluster of each sample, whole numbers [N] from 0.
        soft: q(cluster | x), float [N, K], or None.
        number: K.
    """
    table = _table(classes, of_each, number)
    found = {
        "cluster_accuracy": _agreement.accuracy(table),
        "cluster_purity": _agreement.purity(table),
        "cluster_nmi_arithmetic": _agreement.nmi(table, "arithmetic"),
        "cluster_nmi_geometric": _agreement.nmi(table, "geometric"),
        "cluster_ari": _agreement.ari(table),
        "cluster_number": float(number),
        "cluster_number_used": float((table.sum(axis=0) > 0).sum()),
    }
    return found if soft is None else found | {"cluster_aae_error": _agreement.aae_protocol_error(soft, classes)}


def _table(classes: np.ndarray, of_each: np.ndarray, number: int) -> np.ndarray:
    """How many samples of each class are in each cluster, int64 [classes, number]."""
    return _agreement.contingency(classes, of_each, int(np.max(classes)) + 1, number)


def probabilities(rows: np.ndarray) -> np.ndarray:
    """Probabilities float64 [N, K] of themselves or of logits."""
    rows = np.asarray(rows, np.float64)
    if rows.min() >= 0 and np.allclose(rows.sum(axis=1), 1.0, atol=1e-3):
        return rows
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _classified(
    model: TrainedModel, images: np.ndarray, labels: np.ndarray, *, untrained: bool
) -> dict[str, np.ndarray]:
    """What `classify` gives by the ends of columns: classes int [N], or floats [N, K]."""
    outputs = _abilities.called(model, "classify", {"images": images, "labels": labels}, untrained=untrained)
    fit = {name: rows for name, rows in outputs.items() if rows.ndim == (2 if rows.dtype.kind == "f" else 1)}
    if not fit:
        raise ValueError("classify gives neither classes nor a number for each of them")
    return {f"_{name}" if number else "": rows for number, (name, rows) in enumerate(fit.items())}


def _clusters(given: np.ndarray) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Cluster of each row, q(cluster | x) where it is known, and the number of clusters."""
    if given.ndim == 1:
        return given, None, int(given.max()) + 1
    return given.argmax(axis=1), probabilities(given), given.shape[1]


def _of_pixels(model: TrainedModel, images: np.ndarray, labels: np.ndarray, number: int) -> dict[str, float]:
    """The scores of k-means on pixels, means over the runs."""

    def compute() -> dict[str, np.ndarray]:
        rows = images.reshape(len(images), -1)
        runs = clusters.assignments(rows, number, _RUNS, _abilities.rng(model, "code_clusters"))
        found = [scores(labels, run, None, number) for run in runs]
        return {name: np.array(np.mean([each[name] for each in found])) for name in _SCORES}

    # Said in the name: all that this depends on beside the data.
    name = f"kmeans_pixels_{number}_{len(images)}_{_RUNS}_{model.seed}"
    return {score: float(value) for score, value in model.real.derived(name, compute).items()}
