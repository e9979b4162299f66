"""Muon where bf16 is slow: PyTorch's own runs its iterations in bf16, which many CPUs emulate.

There one step of preset s took fourteen times as long as a batch of 8 forward and backward, and in float32 half as long.
"""

from __future__ import annotations

import torch
from torch import Tensor


class WideMuon(torch.optim.Muon):
    """Muon (Jordan et al. 2024) in float32, with Nesterov momentum and updates of AdamW's size.

    Its state is that of PyTorch's, so a run may go on with either.
    """

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for weight in (w for w in group["params"] if w.grad is not None):
                average = self.state[weight].setdefault("momentum_buffer", torch.zeros_like(weight.grad))
                average.lerp_(weight.grad, 1 - group["momentum"])
                update = weight.grad.lerp(average, group["momentum"])
                update = orthogonal(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(update, alpha=-0.2 * group["lr"] * max(weight.shape) ** 0.5)


def orthogonal(matrix: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """The matrix with all singular values near 1, by Newton-Schulz iterations. (A, B) -> (A, B)"""
    a, b, c = coefficients
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if matrix.shape[0] > matrix.shape[1] else x
