"""Adversarial losses; the file's name is the loss's name.

A file defines `discriminator(real_logits, fake_logits)` and `generator(fake_logits, real_logits)`, and states these
facts of itself, which are read without importing it:
    GENERATOR_SEES_REAL: whether the generator's loss looks at the logits of real images.
    WHOLE_BATCH: whether a loss is no mean over images, so that it must see all of a batch at once.
    HAS_TARGET: whether the discriminator aims at a value for real images, which it takes as `real_target`, so that
        label smoothing can lower it.
    THRESHOLD: the logit from which on an image counts as real, half-way between the targets of the discriminator; None
        if a constant that is added to all logits does not change its loss, or if there are no logits.
"""
