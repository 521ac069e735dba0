"""Gradients without a framework."""

import numpy as np


def slope(function, at):
    """Central differences of a scalar function at a float64 array; same shape."""
    found = np.zeros_like(at)
    for i in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[i] = 1e-5
        found[i] = (function(at + step) - function(at - step)) / 2e-5
    return found
