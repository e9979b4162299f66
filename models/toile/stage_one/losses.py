"""Reconstruction losses of stage I: in pixel space over scales, and between feature maps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    """Differences of neighbouring pixels, across and down."""
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def pyramid_loss(output: Tensor, target: Tensor, levels: int = 4, edge_weight: float = 1.0) -> Tensor:
    """L1 and L1 of gradients at each level of a mean-pooled pyramid, over (B, 3, H, W)."""
    total = output.new_zeros(())
    for level in range(levels):
        if level:
            output, target = F.avg_pool2d(output, 2), F.avg_pool2d(target, 2)
        total = total + F.l1_loss(output, target)
        for a, b in zip(gradients(output), gradients(target), strict=True):
            total = total + edge_weight * 0.5 * F.l1_loss(a, b)
    return total / levels


def reconstruction_loss(output: Tensor, target: Tensor) -> Tensor:
    """Squared error for PSNR, the pyramid for edges and colour over areas."""
    output = output.float()
    return F.mse_loss(output, target) + pyramid_loss(output, target)


def feature_distance(output: Sequence[Tensor], target: Sequence[Tensor]) -> Tensor:
    """Mean squared distance of unit vectors, from 0 to 4, over feature maps (B, C, h, w) of several strides.

    Unit length at each pixel lets no stride and no bright place outweigh the others.
    """
    distances = [(_unit(a) - _unit(b)).square().sum(1).mean() for a, b in zip(output, target, strict=True)]
    return torch.stack(distances).mean()


def edge_strength(x: Tensor) -> Tensor:
    """(B, 3, H, W) -> (B,) mean size of a picture's gradients. Over the original's it tells how sharp a picture is."""
    return sum(d.abs().mean((1, 2, 3)) for d in gradients(x)) / 2


def _unit(x: Tensor) -> Tensor:
    x = x.float()
    return x * torch.rsqrt(x.square().sum(dim=1, keepdim=True) + 1e-6)
