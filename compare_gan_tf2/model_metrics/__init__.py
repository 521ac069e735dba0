"""Scores that need the model itself, not only its samples; the file's name is the metric's name.

A file defines `metric(model) -> {score: value}` and `applies(dataset, options)`, and says of itself:
    DEFAULT: whether it is in the standard panel of what it applies to.
    APPLIES_TO: what it applies to, in words.
    COST: what it takes, in words; what takes longer than five minutes says so with `progress.announce` when it begins.
    PROTOCOL: what its numbers depend on beside the model, for the row.
"""
