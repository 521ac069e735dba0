"""Normalizations of activations; the file's name is the normalization's name."""
