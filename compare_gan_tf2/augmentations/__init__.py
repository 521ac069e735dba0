"""Augmentations of what the discriminator sees; the file's name is the augmentation's name.

A file defines `augment(images, uniform, probability)`, and states facts of itself, which are read without importing it:
    ADAPTS: whether there is a probability, which its `adapt` steers by the discriminator's logits.
    INTERVAL: updates of the discriminator from one change of the probability to the next.
    HAS_PIPE: whether `augment` also takes a `pipe`, the value of option augmentation_pipe.
"""
