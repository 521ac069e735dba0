"""Pairs of generator and discriminator; the file's name is the architecture's name.

A file defines `generator(image_shape, options, num_classes)` and `discriminator(...)`, and, for GAN types that need
them, `autoencoder(image_shape, options)`, `encoder` and `decoder`. It may state these facts of itself, which are read
without importing it:
    BLOCKS: the plan of its residual blocks, for "generator" and "discriminator" (`options.block_plans` says how it is
        written); the networks are built of it, and where it depends on the side of the images, no other side is
        possible.
    SIDES: the only sides that images may have, which are then square, where the plan does not say it already.
    SIDES_DIVISIBLE_BY: what both sides of the images must be divisible by, where the plan does not say it already.
    ANY_SIZE_FROM: of networks that turn images into images, and are exported for images of any size, the smallest side
        that these may have; 0 where images have the size that the networks were built for.
    ATTENTION: for "generator" and "discriminator", by the side of the images, the block behind which the published
        network has self-attention.
    HONORS: options that only some architectures have a place for, and this one has.
    IMPLIES: defaults that it brings for other options.
    REQUIRES: option -> (the only value that it works with, the reason).
    JOINS_LABELS: whether the generator gets the labels beside its latents, and so whatever its normalization.
    NAMES_SIDES: whether the name of each layer of a block begins with the side of its images, as in "b32." or
        "g_s32_", so that networks of larger images have the layers of smaller ones.
    DISCRIMINATOR_NORMALIZES: whether the discriminator has a place for d_normalization.
    REFERENCE_VERSIONS: the versions of compare_gan that had it.
    REFERENCE_SIDE: the only side that its images had there; 0 if there were several.
    REFERENCE_LABELS: which of its networks could be shown labels there: "none", "generator", or "projection" if the
        discriminator could project them, too.
"""
