"""Weights of the original PGGAN, StyleGAN, StyleGAN2 and R3GAN programs, by their own names, into our networks."""
