"""CGAN: labels are inputs of both networks, beside latents and beside pixels (Mirza and Osindero 2014)."""

from __future__ import annotations

from compare_gan_tf2.gans import modular

# Facts, read without importing this file.
HONORS = ("first_update", "g_conditioning")
IMPLIES = {"conditional": True, "d_conditioning": "concatenation", "g_conditioning": "concatenation"}
REQUIRES = {
    "conditional": (True, "both of its networks take labels"),
    "d_conditioning": ("concatenation", "its discriminator sees labels beside pixels"),
    "g_conditioning": ("concatenation", "its generator sees labels beside latents"),
    "reference": ("none", "compare_gan did not have it"),
}


class Gan(modular.Gan):
    """The modular GAN with concatenated labels; the discriminator judges images with labels, and that is all.

    The generator of any architecture has the label behind its latents as a vector of zeros with a one, the
    discriminator as constant channels of its images. Fully connected ones with learned vectors of classes, as in
    PyTorch-GAN, are architecture=cgan_mlp; that program has loss=least_squares_logits and first_update=generator.
    """
