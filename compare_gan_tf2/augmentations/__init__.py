"""Augmentations of what the discriminator sees; the file's name is the augmentation's name.

A file defines `augment(images, uniform, probability)`, and states ADAPTS, which is read without importing it: whether
the probability is steered by the discriminator's logits.
"""
