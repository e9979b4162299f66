"""Times of several ways to do a thing, which take turns, so that other work on the machine weighs on all alike."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from tqdm import tqdm


def time_in_turns(ways: dict[str, Callable[[int], object]], runs: int, warm_ups: int = 1) -> dict[str, float]:
    """Median seconds of each way over `runs` rounds, which they are told the number of, from 0.

    The warm-ups before are the first round's: whatever runs first in a shape allocates.
    """
    took: dict[str, list[float]] = {name: [] for name in ways}
    for run in tqdm(range(-warm_ups, runs), desc="timing", unit="round"):
        for name, way in ways.items():
            start = time.perf_counter()
            way(max(run, 0))
            if run >= 0:
                took[name].append(time.perf_counter() - start)
    return {name: float(np.median(seconds)) for name, seconds in took.items()}
