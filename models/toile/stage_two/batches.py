"""What the steps of stage II's training are shown: cells to predict, and now and then examples for the estimators.

Drawing takes words, masks and references apart in Python. Where there are cores to spare, other processes do it ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from .conditions import Conditions
from .masking import apply_mask, corrupt_visible, sample_masks
from .negatives import Examples, draw_examples
from .samples import Samples
from .smart import perturb
from .transformer import Transformer, TransformerConfig

CHANCE = (0.5, 4.0)  # how far chance decides which of its guesses it is shown, as SmartOptions.choice_temperature
ESTIMATED = {"t": 0.6, "vt": 0.2, "v": 0.2}  # what the estimators' batches speak by


@dataclass
class Cells:
    """given: (B, cells, M), [MASK] in hidden cells; codes: (B, cells, M); wanted: (n,) which of all B * cells to predict.

    stressed: (n,) bool, which of those show a second colour that the words name; guesses: (B,) how many of a picture's
    hidden cells are to show the model's own guess, or None where none is.
    """

    given: Tensor
    codes: Tensor
    wanted: Tensor
    stressed: Tensor
    conditions: Conditions
    guesses: Tensor | None = None

    def to(self, device: str) -> Cells:
        parts = (self.given, self.codes, self.wanted, self.stressed, self.conditions)
        return Cells(*(part.to(device) for part in parts), None if self.guesses is None else self.guesses.to(device))

    @torch.no_grad()
    def guess(self, model: Transformer) -> Cells:
        """With some hidden cells filled by the model's own guess, as in SMART's passes, and still to be predicted.

        What a pass keeps is what the model drew before, right or wrong, where training shows true tokens, and a few of
        other pictures: so a step is unrolled (Savinov et al. 2022). Which guesses stay is drawn as SMART draws it, with
        more and less of chance.
        """
        if self.guesses is None:
            return self
        hidden, _, _ = model(self.given, self.conditions)
        guessed, log_prob = model.head.sample(hidden)
        hiding = self.given[..., 0] == model.config.size
        chance = torch.empty(len(hiding), 1, device=hidden.device).uniform_(*CHANCE)
        keys = perturb(log_prob, torch.rand_like(log_prob), chance, torch.log)
        order = keys.masked_fill(~hiding, -torch.inf).argsort(1, descending=True).argsort(1)  # a cell's place, best first
        shown = hiding & (order < self.guesses[:, None])
        return replace(self, given=torch.where(shown[..., None], guessed, self.given), guesses=None)


@dataclass
class Batches(IterableDataset):
    """One batch a step, from `first` on, without end. Each has one combination of conditions, drawn by `shares`.

    In a share of `unrolled` of them the model is to be shown guesses of its own. Every `estimate_every`-th (0: none) is of
    half as many examples for the estimators. W processes take turns: each draws every W-th step, with a seed of its own.
    """

    samples: Samples
    config: TransformerConfig
    shares: dict[str, float]
    batch: int = 32
    corrupt: float = 0.08
    unrolled: float = 0.0
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
        guesses = None
        if self.config.causal:  # it is given what lies before each cell, and asked for every one
            given, wanted = codes, torch.ones(codes.shape[:2], dtype=torch.bool)
        else:
            masked = sample_masks(len(rows), self.config.grid, rng)
            given, doubted = corrupt_visible(codes, masked, self.corrupt, generator)
            given, wanted = apply_mask(given, masked, self.config.size), masked | doubted
            if rng.random() < self.unrolled:
                guesses = (masked.sum(1) * torch.from_numpy(rng.random(len(rows)))).long()
        stressed, wanted = self.samples.named_accents(rows, views, words), wanted.flatten().nonzero()[:, 0]
        return Cells(given, codes, wanted, stressed.flatten()[wanted], conditions, guesses)

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
