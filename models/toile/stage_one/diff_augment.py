"""What the discriminator sees: pictures moved and with a hole in them, differentiably, and never recoloured.

DiffAugment (Zhao et al. 2020) keeps a discriminator from learning a small catalogue by heart. Its colour changes are
left out: decoders learn them, and garments are chosen by their colour.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass
class Draws:
    """Of B pictures, in pixels: how far each moves, (B, 2) right and down, and its hole's (B, 2) left and top corner."""

    shifts: Tensor
    corners: Tensor
    hole: int

    @staticmethod
    def sample(count: int, side: int, generator: torch.Generator | None = None) -> Draws:
        """Moves reach an eighth of the side, holes are half a side and may lie half outside."""
        reach, hole = side // 8, side // 2
        shifts = torch.randint(-reach, reach + 1, (count, 2), generator=generator)
        corners = torch.randint(-hole // 2, side - hole // 2 + 1, (count, 2), generator=generator)
        return Draws(shifts, corners, hole)


def diff_augment(pixels: Tensor, draws: Draws) -> Tensor:
    """(B, 3, H, W) -> the same, moved, with zeros (middle grey) where nothing is left."""
    return torch.stack([
        _cut(F.pad(picture, (dx, -dx, dy, -dy)), left, top, draws.hole)
        for picture, (dx, dy), (left, top) in zip(pixels, draws.shifts.tolist(), draws.corners.tolist(), strict=True)
    ]).contiguous(memory_format=torch.channels_last)  # fmt: skip


def _cut(picture: Tensor, left: int, top: int, hole: int) -> Tensor:
    kept = torch.ones_like(picture[:1])
    kept[:, max(top, 0) : top + hole, max(left, 0) : left + hole] = 0
    return picture * kept
