"""Negatives that teach the estimators: [REL] whether a picture fits its conditions, [FDL] whether it is of one piece.

§3.2 asks both of the filled sequence. Conditions are swapped for another picture's, of the same article in half the
cases, so that colour is told apart; pictures are spoiled in three ways, one of them the model's own one-shot samples,
which are what sampling has to choose among.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from .conditions import Conditions
from .masking import apply_mask, sample_masks
from .samples import Samples
from .transformer import Transformer

SWAPS = ("own", "another article", "another colour")
FAULTS = ("none", "one-shot", "foreign box", "shuffled blocks")
UNNAMED = ("", "NA")  # colours that no words say
LEAST_MASKED = 0.6  # of a one-shot sample: with fewer cells to guess it is hard to tell from a photo


@dataclass
class Examples:
    """A batch for the estimators. codes: (B, cells, M); swap, fault: (B,) indices into SWAPS and FAULTS.

    Of the n one-shot samples, masked (n, cells) says which cells the model is to guess, and own what it goes by.
    """

    codes: Tensor
    conditions: Conditions
    swap: Tensor
    fault: Tensor
    masked: Tensor
    own: Conditions | None

    @property
    def relevant(self) -> Tensor:
        """(B,) bool"""
        return self.swap == 0

    @property
    def faithful(self) -> Tensor:
        """(B,) bool"""
        return self.fault == 0

    def to(self, device: str) -> Examples:
        parts = (self.codes, self.conditions, self.swap, self.fault, self.masked)
        return Examples(*(part.to(device) for part in parts), self.own and self.own.to(device))

    @torch.no_grad()
    def guess(self, model: Transformer) -> Examples:
        """With the one-shot samples filled in: the model's own guess, under the picture's own words, of most cells."""
        if self.own is None:
            return self
        at = (self.fault == FAULTS.index("one-shot")).nonzero()[:, 0]
        real = self.codes[at]
        hidden, _, _ = model(apply_mask(real, self.masked, model.config.size), self.own)
        guessed = torch.where(self.masked[..., None], model.head.sample(hidden)[0], real)
        return replace(self, codes=self.codes.index_copy(0, at, guessed))


def draw_examples(samples: Samples, rows: np.ndarray, rng: np.random.Generator, combination: str = "t",
                  worded: bool = True) -> Examples:  # fmt: skip
    """Whole pictures of `rows` with conditions, half of these another's, and half of the pictures spoiled.

    Their words are drawn anew, or canonical where not `worded`. One-shot samples are still to be guessed.
    """
    swap = np.where(rng.random(len(rows)) < 0.5, 0, rng.integers(1, len(SWAPS), len(rows)))
    fault = np.where(rng.random(len(rows)) < 0.5, 0, rng.integers(1, len(FAULTS), len(rows)))
    codes = samples.target(rows, rng)
    foreign, shuffled = (np.flatnonzero(fault == FAULTS.index(name)) for name in ("foreign box", "shuffled blocks"))
    if len(foreign):
        codes[foreign] = _with_foreign_box(samples, codes[foreign], rng)
    if len(shuffled):
        codes[shuffled] = _shuffle_blocks(codes[shuffled], rng)
    guessed = rows[fault == FAULTS.index("one-shot")]
    shares = rng.uniform(LEAST_MASKED, 1.0, (len(guessed), 1))
    masked = torch.from_numpy(rng.random((len(guessed), codes.shape[1])) < shares)
    own = samples.conditions(guessed, "t", rng, samples.words(guessed, "t", rng, drop_text=0.0)) if len(guessed) else None
    pairs = [(r, s) if s == 0 else _other(samples, r, s, rng) for r, s in zip(rows, swap, strict=True)]
    spoken, swap = np.array(pairs).T
    coloured = swap == SWAPS.index("another colour")  # without it, the words would fit
    words = samples.words(spoken, combination, rng, drop_text=0.0, worded=worded, coloured=coloured)
    conditions = samples.conditions(spoken, combination, rng, words)
    return Examples(codes, conditions, torch.from_numpy(swap.copy()), torch.from_numpy(fault), masked, own)


def _other(samples: Samples, row: int, swap: int, rng: np.random.Generator) -> tuple[int, int]:
    """Another picture, whose conditions do not fit, and the kind of swap that it is.

    Where the catalogue has none of the asked kind, it is of the other; where its labels tell no two apart, any other
    picture; and where there is none, its own. Pictures of no known colour are of no other.
    """
    mine = samples.records[row]
    alike = samples.articles == mine.article
    other = (samples.colours != mine.colour) & ~np.isin(samples.colours, UNNAMED) & (mine.colour not in UNNAMED)
    pools = {1: np.flatnonzero(~alike), 2: np.flatnonzero(alike & other)}
    for kind in (swap, 3 - swap):
        if len(pools[kind]):
            return int(rng.choice(pools[kind])), kind
    others = np.delete(np.arange(len(samples.records)), row)
    return (int(rng.choice(others)), swap) if len(others) else (row, 0)


def _with_foreign_box(samples: Samples, codes: Tensor, rng: np.random.Generator) -> Tensor:
    """Boxes of each picture from another garment."""
    foreign = samples.target(samples.draw(len(codes), rng), rng)
    boxes = sample_masks(len(codes), math.isqrt(codes.shape[1]), rng, {"inside": 1.0})
    return torch.where(boxes[..., None], foreign, codes)


def _shuffle_blocks(codes: Tensor, rng: np.random.Generator) -> Tensor:
    """The 4x4-cell blocks of each picture in another order."""
    (b, cells, m), block = codes.shape, 4
    grid = math.isqrt(cells)
    n = grid // block
    order = torch.from_numpy(rng.permuted(np.tile(np.arange(n * n), (b, 1)), axis=1))
    parts = codes.view(b, n, block, n, block, m).transpose(2, 3).reshape(b, n * n, -1)
    mixed = parts.gather(1, order[..., None].expand_as(parts))
    return mixed.view(b, n, n, block, block, m).transpose(2, 3).reshape(b, grid * grid, m)


@torch.no_grad()
def judge_estimators(samples: Samples, model: Transformer, device: str, count: int = 320, seed: int = 1) -> dict:
    """Area under the ROC curve of each kind of negative against what is right, by the model in evaluation mode.

    It judges by words alone, canonical ones: references are not tried. Where labels tell no two pictures apart, the words
    of any other picture are one kind.
    """
    model.eval()
    rng, count = np.random.default_rng(seed), min(count, len(samples.records))
    told: dict[str, list[Tensor]] = {"swap": [], "fault": [], "relevance": [], "fidelity": []}
    with torch.random.fork_rng():  # one-shot samples draw from the global generator
        torch.manual_seed(seed)
        for at in range(0, count, 32):
            rows = (np.arange(at, min(at + 32, count)) * len(samples.records)) // count
            examples = draw_examples(samples, rows, rng, worded=False).to(device).guess(model)
            _, relevance, fidelity = model(examples.codes, examples.conditions, estimate=True)
            for name, value in (("swap", examples.swap), ("fault", examples.fault), ("relevance", relevance),
                                ("fidelity", fidelity)):  # fmt: skip
                told[name].append(value.cpu())
    model.train()
    swap, fault, relevance, fidelity = (torch.cat(parts).numpy() for parts in told.values())
    labelled = len({*samples.articles}) > 1 or len({*samples.colours} - {*UNNAMED}) > 1
    swaps = {name: swap == n for n, name in enumerate(SWAPS) if n} if labelled else {"another picture": swap > 0}
    return {
        "relevance": {name: area_under_curve(relevance[swap == 0], relevance[of]) for name, of in swaps.items()},
        "fidelity": {name: area_under_curve(fidelity[fault == 0], fidelity[fault == n])
                     for n, name in enumerate(FAULTS) if n},
    }  # fmt: skip


def area_under_curve(right: np.ndarray, wrong: np.ndarray) -> float:
    """The chance that one of `right` (N,) scores above one of `wrong` (M,), a tie counting half; NaN without either."""
    if not len(right) or not len(wrong):
        return float("nan")
    gap = right[:, None] - wrong[None]
    return float((gap > 0).mean() + 0.5 * (gap == 0).mean())
