"""Pairs of generator and discriminator; the file's name is the architecture's name."""
