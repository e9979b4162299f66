"""What the evaluator trains on: pictures moved, turned, dimmed, blurred or compressed, never recoloured."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_BLOCK = 8  # pixels a side of a block that is compressed by itself


def augment(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float32 in [-1, 1], each picture changed by its own draws."""
    x = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
    x = move(x, generator)
    x = degrade(x, generator)
    gain = 1 + 0.12 * (2 * torch.rand(len(x), 1, 1, 1, generator=generator) - 1)
    x = (x + 1) * gain.clamp(max=1.06) - 1
    return x.clamp(-1, 1).contiguous(memory_format=torch.channels_last)


def move(x: Tensor, generator: torch.Generator) -> Tensor:
    """Flip half, and shift (10 %), scale (0.8-1.2) and turn (12 degrees) two thirds. (B, 3, H, W)"""

    def draw(reach: float) -> Tensor:
        return (2 * torch.rand(len(x), generator=generator) - 1) * reach

    moved = (torch.rand(len(x), generator=generator) < 0.67).float()
    angle, scale = draw(math.radians(12)) * moved, torch.exp(draw(0.2) * moved)
    flip = torch.where(torch.rand(len(x), generator=generator) < 0.5, -1.0, 1.0)
    rows = torch.stack([
        torch.stack([scale * angle.cos() * flip, -scale * angle.sin(), draw(0.2) * moved], -1),
        torch.stack([scale * angle.sin() * flip, scale * angle.cos(), draw(0.2) * moved], -1),
    ], 1)  # (B, 2, 3)  # fmt: skip
    grid = F.affine_grid(rows, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def degrade(x: Tensor, generator: torch.Generator) -> Tensor:
    """Blur a third, compress a quarter, and put noise on a quarter. (B, 3, H, W)"""
    n = len(x)
    blurred, pressed, noisy = (torch.rand(n, generator=generator) < share for share in (0.33, 0.25, 0.25))
    if blurred.any():
        part = x[blurred]
        strength = torch.rand(len(part), 1, 1, 1, generator=generator)
        soft = F.avg_pool2d(F.pad(part, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        softer = F.avg_pool2d(F.pad(soft, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        x[blurred] = part + strength * (softer - part)
    if pressed.any():
        x[pressed] = compress(x[pressed], 0.02 + 0.1 * torch.rand(int(pressed.sum()), generator=generator))
    if noisy.any():
        part = x[noisy]
        reach = 0.08 * torch.rand(len(part), 1, 1, 1, generator=generator)
        x[noisy] = part + reach * torch.randn(part.shape, generator=generator)
    return x


def compress(x: Tensor, step: Tensor) -> Tensor:
    """Round the 8x8 cosine coefficients, the high ones coarser, as JPEG does. step: (B,), of the lowest one.

    x: (B, 3, H, W) with H and W multiples of 8.
    """
    b, c, height, width = x.shape
    k = torch.arange(_BLOCK, dtype=torch.float32)
    basis = torch.cos(math.pi * (2 * k[None] + 1) * k[:, None] / (2 * _BLOCK)) * math.sqrt(2 / _BLOCK)
    basis[0] /= math.sqrt(2)  # orthonormal: (frequency, position)
    blocks = x.view(b, c, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK).transpose(3, 4)
    steps = step[:, None, None, None, None, None] * (1 + k[:, None] + k[None]) * 2
    coefficients = torch.round(basis @ blocks @ basis.T / steps) * steps
    return (basis.T @ coefficients @ basis).transpose(3, 4).reshape(b, c, height, width)
