"""Tells pictures from reconstructions patch by patch, for the adversarial loss of stage I (§3.1, after StyleGAN)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Discriminator(nn.Module):
    """(B, 3, H, W) in [-1, 1] -> logits (B, h, w), one a patch of 72 pixels, h = H/8 - 2; features after each layer.

    No norm: a statistic over a batch would tell real from made by the company that a picture keeps. Beside the pixels
    it sees their detail apart, several times as strong, since that is what a reconstruction lacks: it learns to
    tell them in fewer steps. 1.2 M parameters.
    """

    detail = 4.0

    def __init__(self, widths: tuple[int, ...] = (48, 96, 192), last: int = 256):
        super().__init__()
        self.downs = nn.ModuleList(
            nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in zip((6, *widths), widths, strict=False)
        )
        self.middle = nn.Conv2d(widths[-1], last, 4, padding=1)
        self.to_logits = nn.Conv2d(last, 1, 4, padding=1)
        for conv in [*self.downs, self.middle]:  # so that features, and what they tell, don't fade from layer to layer
            nn.init.kaiming_normal_(conv.weight, a=0.2)
            nn.init.zeros_(conv.bias)

    def forward(self, pixels: Tensor) -> tuple[Tensor, list[Tensor]]:
        smooth = F.avg_pool2d(pixels, 3, stride=1, padding=1, count_include_pad=False)
        h, features = torch.cat([pixels, self.detail * (pixels - smooth)], dim=1), []
        for conv in [*self.downs, self.middle]:
            h = F.leaky_relu(conv(h), 0.2)
            features.append(h)
        return self.to_logits(h)[:, 0].float(), features


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Logistic loss over logits of any shape: real ones up, fake ones down."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """Non-saturating logistic loss: the logits of what the decoder made, up."""
    return F.softplus(-fake).mean()


def gradient_penalty(discriminator: nn.Module, pixels: Tensor) -> Tensor:
    """R1: the squared gradient of a picture's logit by its pixels, mean over (B, 3, H, W) real pictures.

    Of P logits a picture, it is the squared gradient of their sum over P: the mean of the patches' own penalties, as
    far as their gradients have nothing in common. Must run outside autocast: bf16 loses squared gradients.
    """
    pixels = pixels.detach().float().requires_grad_()
    logits = discriminator(pixels)[0].flatten(1)  # (B, P)
    (gradient,) = torch.autograd.grad(logits.sum(), pixels, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean() / logits.shape[1]
