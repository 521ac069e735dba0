"""Penalties added to an objective; the file's name is the penalty's name."""
