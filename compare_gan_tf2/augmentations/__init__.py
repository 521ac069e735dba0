"""Augmentations of what the discriminator sees; the file's name is the augmentation's name."""
