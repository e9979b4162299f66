"""Training masks: which cells of a target are to be predicted (§3.3), and what stands in their place."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

STRATEGIES = {"random": 0.70, "all": 0.10, "inside": 0.10, "outside": 0.10}


def sample_masks(batch: int, grid: int, rng: np.random.Generator, shares: dict[str, float] | None = None) -> Tensor:
    """(B, grid * grid) bool, true where the token is to be predicted; never empty."""
    shares = shares or STRATEGIES
    names = rng.choice(list(shares), batch, p=np.asarray(list(shares.values())) / sum(shares.values()))
    return torch.from_numpy(np.stack([_sample(name, grid, rng).ravel() for name in names]))


def _sample(strategy: str, grid: int, rng: np.random.Generator) -> np.ndarray:
    if strategy == "all":
        return np.ones((grid, grid), bool)
    if strategy == "random":
        # SMART's passes see between beta and all cells masked; the share is drawn over that range, and a little under
        count = int(np.ceil(grid * grid * rng.uniform(0.1, 1.0)))
        mask = np.zeros(grid * grid, bool)
        mask[rng.permutation(grid * grid)[:count]] = True
        return mask.reshape(grid, grid)
    boxes = np.zeros((grid, grid), bool)
    for _ in range(rng.integers(1, 4)):
        h, w = rng.integers(2, max(3, grid * 3 // 4 + 1), 2)
        y, x = rng.integers(0, grid - h + 1), rng.integers(0, grid - w + 1)
        boxes[y : y + h, x : x + w] = True
    mask = boxes if strategy == "inside" else ~boxes
    return mask if mask.any() else boxes


def corrupt_visible(codes: Tensor, masked: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Replace some visible tokens by other pictures' tokens of the same cell, so that the model learns to doubt them.

    codes: (B, cells, M), masked: (B, cells). Returns the codes and (B, cells) bool where to predict besides the
    mask: three in four of these are replaced, the fourth is left as it was, so that being right is learned too.
    """
    chosen = (torch.rand(masked.shape, generator=generator) < share) & ~masked
    replaced = chosen & (torch.rand(masked.shape, generator=generator) < 0.75)
    others = codes[torch.randperm(len(codes), generator=generator)]
    return torch.where(replaced[..., None], others, codes), chosen


def apply_mask(codes: Tensor, masked: Tensor, mask_code: int) -> Tensor:
    """(B, cells, M) with [MASK] in every sub-code of the masked cells."""
    return torch.where(masked[..., None], mask_code, codes)
