"""Weights of compare_gan v3: into our networks, and back under its names."""
