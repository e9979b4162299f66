"""Stage I's networks: picture -> style codes -> picture (§3.1, Eq. 2)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import ResidualBlock, StyledBlock, conv3, upsample
from .quantizer import Quantized, make_quantizer


@dataclass
class StageOneConfig:
    """Widths run from the finest resolution (128 for a 256-pixel picture) to the grid.

    crispness: how much of what is finer than 3 px is added once more to what is decoded. Pixel losses leave a decoder too
    smooth where codes don't settle detail, so it is chosen after training, on val; training doesn't see it.
    """

    channels: int = 64
    groups: int = 4
    size: int = 256
    quantizer: str = "pq"
    gradient_codebook: bool = False
    encoder_widths: tuple[int, ...] = (40, 80, 160, 256)
    decoder_widths: tuple[int, ...] = (48, 96, 160, 256)
    style_widths: tuple[int, ...] = (32, 48, 64, 64)
    crispness: float = 0.0

    @property
    def factor(self) -> int:
        """Pixels a side of one cell."""
        return 2 ** len(self.encoder_widths)

    def narrowed(self, share: float) -> StageOneConfig:
        """With `share` of the channels of each layer, in eights; the codes' own channels stay."""
        names = ("encoder_widths", "decoder_widths", "style_widths")
        return replace(self, **{name: tuple(8 * max(1, round(width * share / 8)) for width in getattr(self, name))
                                for name in names})  # fmt: skip


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

    def style_maps(self, words: Tensor) -> list[Tensor]:
        """One style map a resolution, the grid's first. (B, C, h, w) -> (B, S, h, w), (B, S, 2h, 2w), …"""
        maps = [self.first_style(words)]
        for conv in self.styles:
            maps.append(conv(upsample(F.silu(maps[-1]))))
        return maps

    def forward(self, words: Tensor) -> Tensor:
        return self.paint(self.style_maps(words))

    def mix(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Style mixing (§4.2): the lower half of the style maps, which lay out the silhouette, from one code map, and
        the finer ones, which carry much of colour and texture, from another."""
        half = len(self.blocks) // 2
        return self.paint([*self.style_maps(coarse)[:half], *self.style_maps(fine)[half:]])

    def paint(self, maps: list[Tensor]) -> Tensor:
        """Style maps -> pixels"""
        h = self.constant.expand(maps[0].shape[0], -1, *maps[0].shape[2:])
        for n, (block, style) in enumerate(zip(self.blocks, maps, strict=True)):
            if n > 0:
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

    def blend(self, first: Tensor, second: Tensor, amount: Tensor) -> Tensor:
        """Between two encoded pictures (B, C, h, w), `amount` (B,) of the second -> (B, C, h, w) to quantize.

        The mean of two vectors is shorter than they are, which decodes to something flat. So each group's distance from
        its codebook's middle is blended apart from its direction.
        """
        b, c, h, w = first.shape
        groups = len(self.quantizer.books) if self.config.quantizer == "pq" else 1
        middle = torch.cat([book.words.mean(0) for book in self.quantizer.books[:groups]])[None, :, None, None]
        parts = [(x - middle).view(b, groups, c // groups, h * w) for x in (first, second)]
        amount = amount[:, None, None, None]
        mean = torch.lerp(*parts, amount)
        wanted = torch.lerp(*(part.norm(dim=2, keepdim=True) for part in parts), amount)
        stretch = (wanted / mean.norm(dim=2, keepdim=True).clamp(min=1e-4)).clamp(max=2.5)
        return (mean * stretch).view(b, c, h, w) + middle

    def decode(self, codes: Tensor) -> Tensor:
        """(B, M, h, w) codes -> (B, 3, H, W) in [-1, 1]"""
        return self.finish(self.decoder(self.quantizer.lookup(codes)))

    def mix(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Silhouette from the codes `coarse`, colour and texture from `fine`, as `Decoder.mix` does -> pixels"""
        return self.finish(self.decoder.mix(self.quantizer.lookup(coarse), self.quantizer.lookup(fine)))

    def finish(self, painted: Tensor) -> Tensor:
        """What the decoder painted, crisper and within [-1, 1]. (B, 3, H, W) -> (B, 3, H, W)"""
        if self.config.crispness:
            near = F.avg_pool2d(painted, 3, stride=1, padding=1, count_include_pad=False)
            painted = painted + self.config.crispness * (painted - near)
        return painted.clamp(-1, 1)

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
