"""The blocks that both halves of stage I are made of. All are local: no statistic crosses a pixel."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def conv3(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


def pixel_norm(x: Tensor) -> Tensor:
    """Divide each pixel by its root mean square over the channels.

    Norms over height and width would carry an edit into the whole picture; this one keeps it local.
    """
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-6)


def upsample(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class ResidualBlock(nn.Module):
    """norm - SiLU - conv, twice, with a skip. (B, C, h, w) -> (B, C, h, w)"""

    def __init__(self, channels: int):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2, channels, 1, 1))
        self.convs = nn.ModuleList([conv3(channels, channels), conv3(channels, channels)])
        nn.init.zeros_(self.convs[1].weight)
        nn.init.zeros_(self.convs[1].bias)

    def forward(self, x: Tensor) -> Tensor:
        h = x
        for scale, conv in zip(self.scale, self.convs, strict=True):
            h = conv(F.silu(pixel_norm(h) * scale))
        return x + h


class StyledBlock(nn.Module):
    """A residual block whose norms are scaled and shifted by the style map, pixel by pixel (§3.1, after [17]).

    x: (B, C, h, w), style: (B, S, h, w) -> (B, C, h, w);  h <- (1 + gamma(s)) * norm(h) + beta(s)
    """

    def __init__(self, channels: int, style: int):
        super().__init__()
        self.modulations = nn.ModuleList([nn.Conv2d(style, 2 * channels, 1) for _ in range(2)])
        self.convs = nn.ModuleList([conv3(channels, channels), conv3(channels, channels)])
        nn.init.zeros_(self.convs[1].weight)
        nn.init.zeros_(self.convs[1].bias)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        h, channels = x, x.shape[1]
        for modulation, conv in zip(self.modulations, self.convs, strict=True):
            both = modulation(style)  # sliced, since a chunk exports as a sequence, which copies twice
            gamma, beta = both[:, :channels], both[:, channels:]
            h = conv(F.silu(pixel_norm(h) * (1 + gamma) + beta))
        return x + h
