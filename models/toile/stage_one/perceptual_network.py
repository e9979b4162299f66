"""The network whose features stage I's perceptual loss compares: a small classifier trained here, or a random one.

It never judges: the evaluator has another architecture, seed and augmentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..evaluator.network import Labels
from ..training import read_checkpoint
from .layers import conv3, pixel_norm
from .losses import feature_distance

RANDOM_SEED = 2203


@dataclass
class PerceptualConfig:
    """One width a stage; features lie at strides 2, 4, 8 and 16."""

    widths: tuple[int, ...] = (24, 48, 96, 160)
    labels: Labels = field(default_factory=Labels)


class PerceptualNetwork(nn.Module):
    """Two convolutions a stage, per-pixel norms; a head for the article and one for the colour."""

    def __init__(self, config: PerceptualConfig | None = None):
        super().__init__()
        self.config = config = config or PerceptualConfig()
        widths = config.widths
        self.downs = nn.ModuleList(conv3(a, b, stride=2) for a, b in zip((3, *widths), widths, strict=False))
        self.convs = nn.ModuleList(conv3(w, w) for w in widths)
        self.article = nn.Linear(2 * widths[-1], len(config.labels.articles))
        self.colour = nn.Linear(2 * widths[-1], len(config.labels.colours))

    def features(self, pixels: Tensor) -> list[Tensor]:
        """(B, 3, H, W) in [-1, 1] -> (B, C, H/s, W/s) for s = 2, 4, 8, 16"""
        h, found = pixels, []
        for down, conv in zip(self.downs, self.convs, strict=True):
            h = pixel_norm(F.silu(down(h)))
            h = pixel_norm(h + F.silu(conv(h)))
            found.append(h)
        return found

    def look(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 3, H, W) -> features (B, F), article logits (B, A), colour logits (B, C)"""
        read = self.read(self.features(pixels))
        return read, self.article(read), self.colour(read)

    def read(self, features: list[Tensor]) -> Tensor:
        """What `features` gave -> (B, F), of the whole picture"""
        last = features[-1].float()
        return torch.cat([last.mean((2, 3)), last.amax((2, 3))], dim=1)

    def save_form(self) -> dict:
        return {"config": asdict(self.config), "weights": self.state_dict()}

    @staticmethod
    def restore(saved: dict) -> PerceptualNetwork:
        config = saved["config"] | {"labels": Labels(**saved["config"]["labels"])}
        model = PerceptualNetwork(PerceptualConfig(**config))
        model.load_state_dict(saved["weights"])
        return model


class PerceptualLoss:
    """How far two pictures' features lie apart, on average over networks; 0 where they are equal.

    With a `whole_weight`, features at half the size count too, where a network sees more of a garment at once, and with that
    weight what it reads of all of the picture: what reconstructions are off by on average hides in single places' noise.
    """

    def __init__(self, networks: Sequence[PerceptualNetwork], whole_weight: float = 0.0):
        self.networks = [network.eval().requires_grad_(False) for network in networks]
        self.whole_weight = whole_weight

    def __call__(self, output: Tensor, target: Tensor) -> Tensor:
        """(B, 3, H, W) each -> scalar"""
        return torch.stack([self.by(network, output, target) for network in self.networks]).mean()

    def by(self, network: PerceptualNetwork, output: Tensor, target: Tensor) -> Tensor:
        near = feature_distance(*_features(network, output, target))
        if not self.whole_weight:
            return near
        found, wanted = _features(network, F.avg_pool2d(output, 2), F.avg_pool2d(target, 2))
        read, read_wanted = network.read(found), network.read(wanted)
        spread = read_wanted.var(0, unbiased=False).mean().clamp(min=1e-2)
        return near + feature_distance(found, wanted) + self.whole_weight * (read - read_wanted).square().mean() / spread


def make_perceptual_loss(kind: str, checkpoints: Sequence[Path] = (), device: str = "cpu",
                         whole_weight: float = 0.0) -> PerceptualLoss | None:  # fmt: skip
    """kind: 'trained' (by checkpoints of `toile.stage_one.perceptual`), 'random', or 'off', which gives None."""
    if kind == "off":
        return None
    if kind == "trained":
        saved = [read_checkpoint(checkpoint, "a perceptual network") for checkpoint in checkpoints]
        networks = [PerceptualNetwork.restore({"config": s["config"], "weights": s["average"]}) for s in saved]
    else:
        with torch.random.fork_rng():
            torch.manual_seed(RANDOM_SEED)
            networks = [PerceptualNetwork()]
    return PerceptualLoss([n.to(device, memory_format=torch.channels_last) for n in networks], whole_weight)


def _features(network: PerceptualNetwork, output: Tensor, target: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Of both; the target's without a gradient."""
    with torch.no_grad():
        wanted = network.features(target)
    return network.features(output), wanted
