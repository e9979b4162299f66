"""Timing in turns: who runs when, and what is told."""

import time

from toile.timing import time_in_turns


def test_ways_take_turns_and_warm_ups_are_not_timed():
    ran = []

    def quick(n: int) -> None:
        ran.append(("quick", n))

    def slow(n: int) -> None:
        ran.append(("slow", n))
        time.sleep(0.3 if len(ran) <= 4 else 0.01)  # what runs first is slow

    seconds = time_in_turns({"quick": quick, "slow": slow}, runs=3, warm_ups=2)
    assert ran == [(name, n) for n in (0, 0, 0, 1, 2) for name in ("quick", "slow")]
    assert seconds["quick"] < seconds["slow"] and 0.01 <= seconds["slow"] < 0.2
