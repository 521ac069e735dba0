"""Normalisations of activations; the file's name is the normalisation's name."""
