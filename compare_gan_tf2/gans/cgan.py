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
    """The modular GAN with concatenated labels; only the adversarial loss makes images follow the label.

    In any architecture the generator gets the label as a one-hot vector after its latents, the discriminator as
    constant channels of its images. architecture=cgan_mlp has fully connected networks with learned class vectors, as
    in PyTorch-GAN, which uses loss=least_squares_logits and first_update=generator.
    """
