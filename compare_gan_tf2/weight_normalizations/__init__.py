"""Normalisations of kernels; the file's name is the normalisation's name."""
