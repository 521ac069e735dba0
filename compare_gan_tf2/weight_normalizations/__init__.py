"""Normalizations of kernels; the file's name is the normalization's name."""
