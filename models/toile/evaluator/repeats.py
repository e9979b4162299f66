"""Figures of runs that differ in their seeds alone: their mean, and how far they range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .tables import flat, print_table


def over_seeds(runs: Sequence[dict]) -> dict:
    """The mean of each figure over runs of one form, the number of runs, and each figure's lowest and highest."""
    ranges = {path: [min(values), max(values)] for path, values in gather(runs).items() if min(values) < max(values)}
    return mean_over(runs) | {"seeds": len(runs), "range": ranges}


def gather(runs: Sequence[dict]) -> dict[str, list[float]]:
    """The values that each figure takes, where every run has one."""
    flattened = [dict(flat(run)) for run in runs]
    columns = {path: [run[path] for run in flattened] for path in flattened[0]}
    return {path: values for path, values in columns.items() if None not in values}


def mean_over(runs: Sequence[dict]) -> dict:
    """Figure by figure; a number of pictures that is the same in all stays whole, what one lacks is None."""

    def mean(values: list) -> dict | float | int | None:
        if isinstance(values[0], dict):
            return mean_over(values)
        if None in values:
            return None
        return values[0] if len(set(values)) == 1 else float(np.mean(values))

    return {key: mean([run[key] for run in runs]) for key in runs[0]}


def print_range(found: dict) -> None:
    """What `over_seeds` gives, where there is more than one seed."""
    if found["seeds"] > 1:
        rows = [(path, *(f"{end:.4g}" for end in ends)) for path, ends in found["range"].items()]
        print_table(f"Lowest and highest over {found['seeds']} seeds; the means are above", ("", "lowest", "highest"), rows)
