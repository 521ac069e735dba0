"""GAN types: who is updated when, on which objective; the file's name is the type's name.

A file defines the class `Gan(options, dataset)`. It may state these facts of itself, which are read without importing
it:
    MODEL: what a model of this type is called, for people.
    NETWORKS: the functions of the architecture that it builds its networks with.
    HAS_LOGITS: whether its discriminator gives logits and its objective is an adversarial loss on them; else losses,
        penalties, augmentations and weight clipping are refused.
    HONORS: options that only some types have a place for, and this one has.
    IMPLIES: defaults that it brings for other options.
    REQUIRES: option -> (the only value that it works with, the reason).
    PROJECTS_LABELS: whether it projects labels itself, onto the features of any architecture's discriminator.
    LEAST_BATCH: how many images it must see at once.
"""
