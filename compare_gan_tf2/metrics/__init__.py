"""Scores of a set of generated samples against real ones; the file's name is the metric's name.

A file defines `metric(pair) -> {score: value}` and says of itself:
    DEFAULT: whether it is in the standard panel.
    NEEDS: what it looks at: of "features", "logits", "images", "labels" (of both sets) and "training"
        (`Pair.training`). Scores of features or logits carry the extractor's id in their name.
    LEAST_SAMPLES: how many samples of each set it needs.
    PROTOCOL: what its numbers depend on beside the samples, for the row; may be empty.
"""
