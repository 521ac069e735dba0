"""Scores of a set of generated samples against real ones; the file's name is the metric's name."""
