"""The discriminator in training: how it learns, what it tells the decoder, and how much the decoder listens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..training import lower_precision
from .diff_augment import Draws, diff_augment
from .discriminator import Discriminator, discriminator_loss, generator_loss, gradient_penalty
from .losses import feature_distance


@dataclass
class AdversaryOptions:
    """r1_every 0: no gradient penalty. r1: gamma over res² / batch (StyleGAN 2's rule). matching: weight of features.

    StyleGAN's own r1 of .0002, at a rate of 2e-4, silenced this discriminator: after 3,700 steps of 64 crops it told real
    from made by .02 of a logit.
    """

    rate: float = 5e-4
    r1: float = 0.00001
    r1_every: int = 16
    matching: float = 1.0
    augment: bool = True


class Adversary:
    """A discriminator and its optimizer. `told` holds the last step's figures."""

    def __init__(self, options: AdversaryOptions, device: str = "cpu"):
        self.options, self.device = options, device
        self.discriminator = Discriminator().to(device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.discriminator.parameters(), lr=options.rate, betas=(0.0, 0.99))
        self.told: dict[str, float] = {}

    def look(self, pixels: Tensor, draws: Draws | None = None) -> tuple[Tensor, list[Tensor]]:
        """Logits and features of pictures (B, 3, H, W), moved and cut where the options say so."""
        if self.options.augment:
            pixels = diff_augment(pixels, draws or Draws.sample(len(pixels), pixels.shape[-1]))
        with lower_precision(self.device):
            return self.discriminator(pixels)

    def learn(self, real: Tensor, fake: Tensor, step: int, rate: float = 1.0) -> None:
        """One step of the discriminator; every r1_every-th carries the penalty of them all. rate: factor on its own."""
        self.discriminator.requires_grad_(True)
        real_logits, fake_logits = self.look(real)[0], self.look(fake.detach())[0]
        loss = discriminator_loss(real_logits, fake_logits)
        self.told |= {"d": loss.item(), "real": real_logits.mean().item(), "fake": fake_logits.mean().item()}
        every = self.options.r1_every
        if every and step % every == 0:
            gamma = self.options.r1 * real.shape[-1] ** 2 / len(real)
            penalty = gradient_penalty(self.discriminator, real)
            loss = loss + gamma / 2 * every * penalty
            self.told["r1"] = penalty.item()
        loss.backward()
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * rate
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(self.discriminator.parameters(), 10.0)):
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def judge(self, fake: Tensor, real: Tensor) -> Tensor:
        """The decoder's loss: `fake` (B + mixed, 3, H, W) shall pass, its first B have the features of `real` (B, …)."""
        self.discriminator.requires_grad_(False)
        draws = Draws.sample(len(fake), fake.shape[-1])
        logits, features = self.look(fake, draws)
        loss = generator_loss(logits)
        self.told["g"] = loss.item()
        if self.options.matching:
            b = len(real)
            with torch.no_grad():
                wanted = self.look(real, Draws(draws.shifts[:b], draws.corners[:b], draws.hole))[1]
            matching = feature_distance([f[:b] for f in features], wanted)
            self.told["match"] = matching.item()
            loss = loss + self.options.matching * matching
        return loss

    def save_form(self) -> dict:
        return {"weights": self.discriminator.state_dict(), "optimizer": self.optimizer.state_dict()}

    def restore(self, saved: dict) -> None:
        self.discriminator.load_state_dict(saved["weights"])
        self.optimizer.load_state_dict(saved["optimizer"])


def adaptive_weight(reconstruction: Tensor, adversarial: Tensor, share: float, limit: float) -> Tensor:
    """share * |reconstruction| / (|adversarial| + 1e-4), at most `limit`: how far a decoder follows its adversary.

    Both are the losses' gradients at the decoder's last layer, of any shape (VQGAN, Esser et al. 2021).
    """
    return (share * reconstruction.norm() / (adversarial.norm() + 1e-4)).clamp(0, limit).detach()
