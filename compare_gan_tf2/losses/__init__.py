"""Adversarial losses; the file's name is the loss's name."""
