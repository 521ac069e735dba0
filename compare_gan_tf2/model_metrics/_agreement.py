"""How far clusters of samples agree with their classes; float64, logarithms natural.

All but `aae_protocol_error` are functions of a table int64 [C, K]: how many samples of each class are in each cluster.
"""

from __future__ import annotations

import numpy as np


def contingency(classes: np.ndarray, clusters: np.ndarray, num_classes: int, num_clusters: int) -> np.ndarray:
    """The table int64 [C, K] of samples' classes and clusters, whole numbers [N] from 0.

    Raises:
        ValueError: if there is no sample, or a number is out of range.
    """
    classes, clusters = np.asarray(classes, np.int64), np.asarray(clusters, np.int64)
    if not classes.size or classes.shape != clusters.shape:
        raise ValueError(f"classes {classes.shape} and clusters {clusters.shape} are of no or of other samples")
    for what, found, count in (("class", classes, num_classes), ("cluster", clusters, num_clusters)):
        if found.min() < 0 or found.max() >= count:
            raise ValueError(f"a {what} is outside [0, {count - 1}]")
    counts = np.bincount(classes * num_clusters + clusters, minlength=num_classes * num_clusters)
    return counts.reshape(num_classes, num_clusters)


def accuracy(table: np.ndarray) -> float:
    """Share in [0, 1] of samples in the cluster that their class is assigned, one to one, so that it is largest.

    Samples of clusters beyond the number of classes count as wrong.
    """
    rows, columns = assignment(table)
    return float(table[rows, columns].sum() / table.sum())


def purity(table: np.ndarray) -> float:
    """Share in [0, 1] of samples of the most frequent class of their cluster; at least `accuracy`, grows with K.

    What the code of ClusterGAN (Mukherjee et al. 2019) calls accuracy.
    """
    return float(table.max(axis=0).sum() / table.sum())


def mutual_information(table: np.ndarray) -> float:
    """Of class and cluster of a sample, in nats, at least 0."""
    joint = table / table.sum()
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return max(0.0, float(np.sum(joint[there] * np.log(joint[there] / product[there]))))


def nmi(table: np.ndarray, mean: str) -> float:
    """Mutual information over the mean of both entropies, in [0, 1]; 1 where both are 0.

    Args:
        table: as of this file.
        mean: "arithmetic", as scikit-learn has it since 0.22, or "geometric", as before.
    """
    entropies = [_entropy(table.sum(axis=axis)) for axis in (1, 0)]
    below = sum(entropies) / 2 if mean == "arithmetic" else float(np.sqrt(entropies[0] * entropies[1]))
    if not below:
        return float(entropies[0] == entropies[1])
    return mutual_information(table) / below


def ari(table: np.ndarray) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985): 1 for the same partition, 0 on average for a random one."""
    together, of_classes, of_clusters, all_pairs = (
        float(np.sum(counts * (counts - 1.0) / 2.0))
        for counts in (table, table.sum(axis=1), table.sum(axis=0), table.sum())
    )
    expected = of_classes * of_clusters / all_pairs if all_pairs else 0.0
    largest = (of_classes + of_clusters) / 2.0
    # Both partitions are of one part, or both of single samples.
    return 1.0 if largest == expected else (together - expected) / (largest - expected)


def aae_protocol_error(soft: np.ndarray, classes: np.ndarray) -> float:
    """Share of samples whose cluster is not named after their class (Makhzani et al. 2015, section 6).

    Each cluster is named after the class of the single sample that is in it most surely, so that few samples decide.

    Args:
        soft: q(cluster | x), float [N, K].
        classes: whole numbers [N].
    """
    named = np.asarray(classes)[soft.argmax(axis=0)]
    return float(np.mean(named[soft.argmax(axis=1)] != classes))


def assignment(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns [min(C, K)] of the one-to-one assignment with the largest sum (Kuhn 1955, by shortest paths).

    Args:
        table: numbers [C, K], finite.
    """
    if table.shape[0] > table.shape[1]:
        columns, rows = assignment(table.T)
        return rows, columns
    costs = table.max() - np.asarray(table, np.float64)
    count, width = costs.shape
    # Column `width` stands for none; potentials keep every reduced cost at 0 or above.
    of_row, of_column = np.zeros(count), np.zeros(width + 1)
    taken = np.full(width + 1, -1)
    for row in range(count):
        taken[width], column = row, width
        distance, previous = np.full(width, np.inf), np.full(width, width)
        done = np.zeros(width + 1, bool)
        while taken[column] >= 0:
            done[column] = True
            at = taken[column]
            open_columns = ~done[:width]
            reduced = costs[at] - of_row[at] - of_column[:width]
            nearer = open_columns & (reduced < distance)
            distance[nearer], previous[nearer] = reduced[nearer], column
            step = float(distance[open_columns].min())
            column = int(np.flatnonzero(open_columns & (distance == step))[0])
            of_row[taken[done]] += step
            of_column[done] -= step
            distance[open_columns] -= step
        while column != width:
            taken[column] = taken[previous[column]]
            column = previous[column]
    columns = np.flatnonzero(taken[:width] >= 0)
    return taken[columns], columns


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-np.sum(shares * np.log(shares)))
