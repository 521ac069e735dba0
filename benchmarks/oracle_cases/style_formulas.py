"""Schedules and small formulas of style-based systems: case style_formulas of oracle/style_based."""

from __future__ import annotations

from benchmarks.oracle_cases import Case, Comparison, growing_schedules


def compare(case: Case, comparison: Comparison) -> None:
    """All parts that the case has."""
    if "schedules" in case.said:
        growing_schedules.compare(case, comparison)
