"""Lets a training script under test run for a number of steps, however busy the machine is."""

from __future__ import annotations

import functools
from argparse import Namespace
from types import ModuleType

import pytest

from toile.training import Budget


class TickingClock:
    """Passes a second whenever it is read. A training step reads it four to seven times."""

    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def train_by_ticks(module: ModuleType, args: Namespace):
    """A script's `train`, whose `--minutes` are minutes of a ticking clock: about 10 steps each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Budget, "__init__", functools.partialmethod(Budget.__init__, clock=TickingClock()))
        return module.train(args)
