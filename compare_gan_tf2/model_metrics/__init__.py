"""Scores that need the networks themselves; the file's name is the metric's name."""
