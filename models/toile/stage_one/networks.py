"""Stage I's networks: picture -> style codes -> picture (§3.1, Eq. 2)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import ResidualBlock, StyledBlock, conv3, upsample
from .quantizer import Quantized, make_quantizer


@dataclass
class StageOneConfig:
    """Widths run from the finest resolution (128 for a 256-pixel picture) to the grid."""

    channels: int = 64
    groups: int = 4
    size: int = 256
    quantizer: str = "pq"
    gradient_codebook: bool = False
    encoder_widths: tuple[int, ...] = (40, 80, 160, 256)
    decoder_widths: tuple[int, ...] = (48, 96, 160, 256)
    style_widths: tuple[int, ...] = (32, 48, 64, 64)

    @property
    def factor(self) -> int:
        """Pixels a side of one cell."""
        return 2 ** len(self.encoder_widths)


class Encoder(nn.Module):
    """(B, 3, H, W) in [-1, 1] -> (B, C, H/16, W/16), fully convolutional."""

    def __init__(self, config: StageOneConfig):
        super().__init__()
        widths = config.encoder_widths
        self.stem = conv3(12, widths[0])
        self.blocks = nn.ModuleList(ResidualBlock(w) for w in widths)
        self.downs = nn.ModuleList(conv3(a, b, stride=2) for a, b in zip(widths, widths[1:], strict=False))
        self.last = ResidualBlock(widths[-1])
        self.to_codes = nn.Conv2d(widths[-1], config.channels, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        h = self.stem(F.pixel_unshuffle(pixels, 2))
        for n, block in enumerate(self.blocks):
            h = block(h)
            if n < len(self.downs):
                h = self.downs[n](h)
        return self.to_codes(F.silu(self.last(h)))


class Decoder(nn.Module):
    """(B, C, h, w) code-words -> (B, 3, 16h, 16w) in about [-1, 1].

    A learned constant *vector* is broadcast to the grid, so that the network stays fully convolutional; the
    code map is resized by convolutions to one style map a resolution, which modulates each layer there.
    """

    def __init__(self, config: StageOneConfig):
        super().__init__()
        widths, styles = config.decoder_widths[::-1], config.style_widths[::-1]
        self.constant = nn.Parameter(torch.randn(1, widths[0], 1, 1))
        self.first_style = conv3(config.channels, styles[0])
        self.styles = nn.ModuleList(conv3(a, b) for a, b in zip(styles, styles[1:], strict=False))
        self.blocks = nn.ModuleList(StyledBlock(w, s) for w, s in zip(widths, styles, strict=True))
        self.ups = nn.ModuleList(conv3(a, b) for a, b in zip(widths, widths[1:], strict=False))
        self.to_pixels = conv3(widths[-1], 4 * 16)
        self.smooth = conv3(16, 3)

    def forward(self, words: Tensor) -> Tensor:
        style = self.first_style(words)
        h = self.constant.expand(words.shape[0], -1, *words.shape[2:])
        for n, block in enumerate(self.blocks):
            if n > 0:
                style = self.styles[n - 1](upsample(F.silu(style)))
                h = self.ups[n - 1](upsample(h))
            h = block(h, style)
        # the last doubling trades channels for pixels; a convolution after it leaves no checkerboard
        return self.smooth(F.silu(F.pixel_shuffle(self.to_pixels(F.silu(h)), 2)))


class StageOne(nn.Module):
    """Encoder, quantizer and decoder together."""

    def __init__(self, config: StageOneConfig | None = None):
        super().__init__()
        self.config = config = config or StageOneConfig()
        options = {"size": config.size, "gradient": config.gradient_codebook}
        if config.quantizer != "vq":
            options["groups"] = config.groups
        self.encoder = Encoder(config)
        self.quantizer = make_quantizer(config.quantizer, config.channels, **options)
        self.decoder = Decoder(config)

    def encode(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1] -> (B, M, h, w) codes"""
        return self.quantizer(self.encoder(pixels)).codes

    def decode(self, codes: Tensor) -> Tensor:
        """(B, M, h, w) codes -> (B, 3, H, W) in [-1, 1]"""
        return self.decoder(self.quantizer.lookup(codes)).clamp(-1, 1)

    def forward(self, pixels: Tensor, quantize: bool = True, kept_groups: Tensor | None = None):
        """Reconstruct. Returns (pixels, Quantized or None).

        kept_groups, (B,) int: only the first that many groups reach the decoder. Training with it orders the
        groups: the first learns silhouette and colour, the later ones detail, which makes the first easy to
        predict from words.
        """
        z = self.encoder(pixels).float()
        result: Quantized | None = self.quantizer(z) if quantize else None
        values = result.values if result else z
        if kept_groups is not None:
            group = torch.arange(self.config.channels, device=z.device) // (self.config.channels // self.config.groups)
            values = values * (group[None, :, None, None] < kept_groups[:, None, None, None])
        return self.decoder(values), result

    def save_form(self) -> dict:
        return {"config": asdict(self.config), "weights": self.state_dict()}

    @staticmethod
    def blank(config: dict) -> StageOne:
        """Untrained, from a configuration as JSON or a checkpoint holds it."""
        return StageOne(StageOneConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in config.items()}))

    @staticmethod
    def restore(saved: dict) -> StageOne:
        model = StageOne.blank(saved["config"])
        model.load_state_dict(saved["weights"])
        return model
