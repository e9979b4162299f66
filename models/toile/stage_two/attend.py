"""Attention and dropout that a CPU does quickly in bf16, where PyTorch's own take over a third of a training step."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    """Scaled dot-product attention. q: (B, H, N, d), k, v: (B, H, L, d), bias: broadcast to (B, H, N, L) -> (B, H, N, d)

    What is learned from in bf16 on a CPU takes plain matrix products, which have the processor's tile instructions.
    """
    if q.device.type != "cpu" or q.dtype != torch.bfloat16 or not q.requires_grad:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=None if bias is None else bias.to(q.dtype))
    b, h, n, d = q.shape
    added = q.new_zeros(1, 1, 1) if bias is None else bias.to(q.dtype).expand(b, h, n, k.shape[2]).flatten(0, 1)
    scores = torch.baddbmm(added, q.flatten(0, 1) * d**-0.5, k.flatten(0, 1).transpose(1, 2))  # (B * H, N, L)
    return (scores.softmax(-1) @ v.flatten(0, 1)).view(b, h, n, d)


class Dropout(nn.Dropout):
    """Dropout whose share is in steps of 1/256 on a CPU: a random byte a value is drawn ten times as quickly there."""

    def forward(self, x: Tensor) -> Tensor:
        dropped = round(256 * self.p)
        if not self.training or x.device.type != "cpu" or not 0 < dropped < 256:
            return super().forward(x)
        words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
        kept = words.view(torch.uint8)[: x.numel()].view(x.shape) >= dropped
        return x * (kept.to(x.dtype) * (256 / (256 - dropped)))
