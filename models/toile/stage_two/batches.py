"""What the steps of stage II's training are shown: cells to predict, and now and then examples for the estimators.

Drawing takes words, masks and references apart in Python. Where there are cores to spare, other processes do it ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from .conditions import Conditions
from .masking import apply_mask, corrupt_visible, sample_masks
from .negatives import Examples, draw_examples
from .samples import Samples
from .transformer import TransformerConfig

ESTIMATED = {"t": 0.6, "vt": 0.2, "v": 0.2}  # what the estimators' batches speak by


@dataclass
class Cells:
    """given: (B, cells, M), [MASK] in hidden cells; codes: (B, cells, M); wanted: (n,) which of all B * cells to predict.

    stressed: (n,) bool, which of those show a second colour that the words name.
    """

    given: Tensor
    codes: Tensor
    wanted: Tensor
    stressed: Tensor
    conditions: Conditions

    def to(self, device: str) -> Cells:
        return Cells(*(part.to(device) for part in (self.given, self.codes, self.wanted, self.stressed, self.conditions)))


@dataclass
class Batches(IterableDataset):
    """One batch a step, from `first` on, without end. Each has one combination of conditions, drawn by `shares`.

    Every `estimate_every`-th (0: none) is of half as many examples for the estimators. W processes take turns: each
    draws every W-th step, with a seed of its own.
    """

    samples: Samples
    config: TransformerConfig
    shares: dict[str, float]
    batch: int = 32
    corrupt: float = 0.08
    estimate_every: int = 8
    seed: int = 0
    first: int = 0

    def __iter__(self) -> Iterator[Cells | Examples]:
        worker = get_worker_info()
        number, count = (worker.id, worker.num_workers) if worker else (0, 1)
        rng = np.random.default_rng((self.seed, self.first, number))
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        step = self.first + number
        while True:
            turn = self.estimate_every and step % self.estimate_every == self.estimate_every - 1
            yield self.examples(rng) if turn else self.cells(rng, generator)
            step += count

    def cells(self, rng: np.random.Generator, generator: torch.Generator) -> Cells:
        rows = self.samples.draw(self.batch, rng)
        views = self.samples.views(rows, rng)
        codes, combination = self.samples.codes_of(rows, views), _draw(self.shares, rng)
        words = self.samples.words(rows, combination, rng, drop_text=0.10)
        conditions = self.samples.conditions(rows, combination, rng, words)
        if self.config.causal:  # it is given what lies before each cell, and asked for every one
            given, wanted = codes, torch.ones(codes.shape[:2], dtype=torch.bool)
        else:
            masked = sample_masks(len(rows), self.config.grid, rng)
            given, doubted = corrupt_visible(codes, masked, self.corrupt, generator)
            given, wanted = apply_mask(given, masked, self.config.size), masked | doubted
        wanted = wanted.flatten().nonzero()[:, 0]
        return Cells(given, codes, wanted, self.samples.named_accents(rows, views, words).flatten()[wanted], conditions)

    def examples(self, rng: np.random.Generator) -> Examples:
        rows = self.samples.draw(max(1, self.batch // 2), rng)
        return draw_examples(self.samples, rows, rng, _draw(ESTIMATED, rng))

    def load(self, workers: int) -> DataLoader:
        """The batches in order, drawn by `workers` processes ahead of time, or by this one where there are none."""
        ahead = {"prefetch_factor": 4} if workers else {}
        return DataLoader(self, batch_size=None, num_workers=workers, **ahead)


def _draw(shares: dict[str, float], rng: np.random.Generator) -> str:
    weights = np.array(list(shares.values()))
    return str(rng.choice(list(shares), p=weights / weights.sum()))
