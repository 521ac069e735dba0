"""Scores of clusterings and of the nearest neighbor; the case `cluster_scores` of oracle/latent_systems."""

from __future__ import annotations

from benchmarks.oracle_cases import Case, Comparison
from compare_gan_tf2.model_metrics import _agreement, _probes, code_clusters

_SCORES = {
    "accuracy_best_assignment": "cluster_accuracy",
    "purity": "cluster_purity",
    "nmi_arithmetic": "cluster_nmi_arithmetic",
    "nmi_geometric": "cluster_nmi_geometric",
    "ari": "cluster_ari",
    "aae_protocol_error": "cluster_aae_error",
}


def compare(case: Case, comparison: Comparison) -> None:
    """All scores, the table that they are of, and which stored code is nearest."""
    given, values, config = case.below("in/"), case.said["values"], case.said["config"]
    classes, found = given["classes"], given["clusters"]
    scores = code_clusters.scores(classes, found, given["soft"], config["clusters"])
    table = _agreement.contingency(classes, found, config["classes"], config["clusters"])
    comparison.close("out/contingency", table, case.arrays["out/contingency"])
    for theirs, ours in _SCORES.items():
        comparison.close(theirs, scores[ours], values[theirs], atol=1e-12)
    comparison.close(
        "mutual_information", _agreement.mutual_information(table), values["mutual_information"], atol=1e-12
    )
    stored, asked = given["codes"][: len(classes)], given["codes"][len(classes) :]
    comparison.close("out/nearest", _probes.nearest(stored, asked), case.arrays["out/nearest"])
    accuracy = _probes.nn_accuracy(stored, classes, asked, given["codes_asked_classes"])
    comparison.close("one_nearest_neighbour_accuracy", accuracy, values["one_nearest_neighbour_accuracy"], atol=1e-12)
