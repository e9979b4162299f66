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
    b, _, h, w = pixels.shape
    theta = torch.eye(2, 3).repeat(b, 1, 1)
    theta[:, :, 2] = -2 * draws.shifts / torch.tensor([w, h])
    grid = F.affine_grid(theta, [b, 1, h, w], align_corners=False).to(pixels.device)
    moved = F.grid_sample(pixels, grid, mode="nearest", align_corners=False)
    kept = (~_hole(draws.corners, h, w, draws.hole)).to(pixels)
    return (moved * kept[:, None]).contiguous(memory_format=torch.channels_last)


def _hole(corners: Tensor, h: int, w: int, side: int) -> Tensor:
    """(B, h, w) bool, true in the square from each corner (left, top) on."""
    left, top = corners[:, :1], corners[:, 1:]
    across, down = torch.arange(w)[None], torch.arange(h)[None]
    return ((down >= top) & (down < top + side))[:, :, None] & ((across >= left) & (across < left + side))[:, None]
