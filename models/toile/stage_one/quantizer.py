"""Turn continuous style codes into codes and back: product, plain vector and residual quantization.

§3.1, Eq. 1: every cell's vector is split into M sub-vectors, and each takes its nearest code-word of a
codebook of its own, so that 4 x 256 code-words span 256^4 style tokens. Gradients pass straight through.
Codebooks follow an exponential moving average of what they encode; `gradient=True` learns them by the
codebook term of Eq. 3 instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass
class Quantized:
    """What a quantizer gives back.

    values: (B, C, h, w) code-words, with straight-through gradients when training
    codes:  (B, M, h, w) int64
    loss:   scalar, commitment (and codebook) term of Eq. 3
    usage:  scalar, 0 where every code-word is used alike, 1 where only one is; differentiable, for training
    """

    values: Tensor
    codes: Tensor
    loss: Tensor
    usage: Tensor | None = None


class Codebook(nn.Module):
    """K code-words of D dimensions that follow the vectors assigned to them (float32 throughout)."""

    def __init__(self, size: int, dim: int, decay: float = 0.99, eps: float = 1e-5, gradient: bool = False):
        super().__init__()
        self.size, self.dim, self.decay, self.eps, self.gradient = size, dim, decay, eps, gradient
        words = torch.randn(size, dim) / dim**0.5
        if gradient:
            self.words = nn.Parameter(words)
        else:
            self.register_buffer("words", words)
        self.register_buffer("counts", torch.ones(size))
        self.register_buffer("sums", words.clone())

    def nearest(self, vectors: Tensor) -> Tensor:
        """(N, D) -> (N,) the code-word at the least Euclidean distance (Eq. 1)."""
        # a product rounded to bf16 would give some vectors another neighbour
        with torch.autocast(vectors.device.type, enabled=False):
            words = self.words.float()
            return (words.square().sum(1) - 2 * vectors.float() @ words.T).argmin(1)

    def unevenness(self, vectors: Tensor) -> Tensor:
        """(N, D) -> scalar, 1 less the entropy of the code-words' mean share over log K.

        Shares are soft, at a temperature of the vectors' own distance to what they take, so that gradients reach them.
        """
        words = self.words.float()
        distance = torch.cdist(vectors.float(), words).square()  # (N, K)
        scale = distance.detach().amin(1).mean().clamp(min=1e-6)
        share = torch.softmax(-distance / scale, dim=1).mean(0)
        entropy = -(share * share.clamp(min=1e-9).log()).sum()
        return 1 - entropy / math.log(self.size)

    @torch.no_grad()
    def seed(self, vectors: Tensor, rounds: int = 12) -> None:
        """Place the code-words by k-means over (N, D) vectors."""
        vectors = vectors.float()
        if len(vectors) < self.size:
            raise ValueError(f"k-means needs at least {self.size} vectors, got {len(vectors)}")
        self.words.copy_(vectors[torch.randperm(len(vectors))[: self.size]])
        for _ in range(rounds):
            codes = self.nearest(vectors)
            counts = torch.bincount(codes, minlength=self.size)
            sums = torch.zeros_like(self.words).index_add_(0, codes, vectors)
            strays = vectors[torch.randint(len(vectors), (self.size,))]
            self.words.copy_(torch.where(counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], strays))
        # an average code starts well above the restart threshold, whatever N was
        counts = torch.bincount(self.nearest(vectors), minlength=self.size).float()
        self.counts.copy_(counts.clamp(min=1) * (16 * self.size / len(vectors)) + 1)
        self.sums.copy_(self.words * self.counts[:, None])

    @torch.no_grad()
    def follow(self, vectors: Tensor, codes: Tensor) -> None:
        """Move the code-words towards what they encoded; restart those that went out of use.

        That is, those encoding less than one vector a step; of steps with fewer than eight vectors a word, less than an
        eighth of an even share.
        """
        vectors = vectors.float()
        least = min(1.0, len(vectors) / (8 * self.size))
        counts = torch.bincount(codes, minlength=self.size).float()
        sums = torch.zeros_like(self.sums).index_add_(0, codes, vectors)
        self.counts.mul_(self.decay).add_(counts, alpha=1 - self.decay)
        self.sums.mul_(self.decay).add_(sums, alpha=1 - self.decay)
        dead = self.counts < least
        if dead.any():
            fresh = vectors[torch.randint(len(vectors), (int(dead.sum()),), device=vectors.device)]
            self.counts[dead] = 2 * least
            self.sums[dead] = fresh * 2 * least
        total = self.counts.sum()
        smoothed = (self.counts + self.eps) / (total + self.size * self.eps) * total
        self.words.copy_(self.sums / smoothed[:, None])

    @torch.no_grad()
    def reset_average(self) -> None:
        """Start the averages from the code-words alone, all equally used, as after loading a bundle."""
        self.counts.fill_(16.0)
        self.sums.copy_(self.words * 16.0)


class Quantizer(nn.Module):
    """What every quantizer has: codebooks in `books`."""

    books: nn.ModuleList

    def reset_averages(self) -> None:
        for book in self.books:
            book.reset_average()


class ProductQuantizer(Quantizer):
    """M codebooks of K words over M slices of the channels (§3.1)."""

    def __init__(self, channels: int = 64, groups: int = 4, size: int = 256, commitment: float = 0.25,
                 gradient: bool = False):  # fmt: skip
        super().__init__()
        if channels % groups:
            raise ValueError(f"{channels} channels do not split into {groups} groups")
        self.channels, self.groups, self.size, self.commitment = channels, groups, size, commitment
        self.books = nn.ModuleList(Codebook(size, channels // groups, gradient=gradient) for _ in range(groups))

    def split(self, z: Tensor) -> Tensor:
        """(B, C, h, w) -> (M, B*h*w, C/M)"""
        b, c, h, w = z.shape
        return z.view(b, self.groups, c // self.groups, h, w).permute(1, 0, 3, 4, 2).reshape(self.groups, b * h * w, -1)

    def forward(self, z: Tensor) -> Quantized:
        z = z.float()
        b, _, h, w = z.shape
        parts = self.split(z)
        codes = torch.stack([book.nearest(part) for book, part in zip(self.books, parts, strict=True)])
        if self.training and not self.books[0].gradient:
            for book, part, code in zip(self.books, parts.detach(), codes, strict=True):
                book.follow(part, code)
        codes = codes.view(self.groups, b, h, w).transpose(0, 1)  # (B, M, h, w)
        words = self.lookup(codes)
        loss = self.commitment * F.mse_loss(z, words.detach())
        if self.books[0].gradient:
            loss = loss + F.mse_loss(words, z.detach())
        usage = None
        if self.training:
            usage = sum(book.unevenness(part) for book, part in zip(self.books, parts, strict=True)) / self.groups
        return Quantized(z + (words - z).detach(), codes, loss, usage)

    def lookup(self, codes: Tensor) -> Tensor:
        """(B, M, h, w) codes -> (B, C, h, w) code-words"""
        words = [F.embedding(codes[:, m], book.words) for m, book in enumerate(self.books)]  # (B, h, w, C/M) each
        return torch.cat(words, dim=-1).permute(0, 3, 1, 2)

    @torch.no_grad()
    def seed(self, z: Tensor) -> None:
        """k-means each codebook over the cells of (B, C, h, w)."""
        for book, part in zip(self.books, self.split(z.float()), strict=True):
            book.seed(part)


class VectorQuantizer(ProductQuantizer):
    """One codebook over whole vectors: the product quantizer of one group (Table 4's VQ)."""

    def __init__(self, channels: int = 64, size: int = 1024, **options):
        super().__init__(channels, groups=1, size=size, **options)


class ResidualQuantizer(Quantizer):
    """M codebooks in turn over what the ones before left unexplained (Table 4's RQ)."""

    def __init__(self, channels: int = 64, groups: int = 4, size: int = 256, commitment: float = 0.25,
                 gradient: bool = False):  # fmt: skip
        super().__init__()
        self.channels, self.groups, self.size, self.commitment = channels, groups, size, commitment
        self.books = nn.ModuleList(Codebook(size, channels, gradient=gradient) for _ in range(groups))

    def forward(self, z: Tensor) -> Quantized:
        z = z.float()
        b, c, h, w = z.shape
        rest = z.permute(0, 2, 3, 1).reshape(-1, c)
        found = []
        for book in self.books:
            codes = book.nearest(rest)
            if self.training and not book.gradient:
                book.follow(rest.detach(), codes)
            rest = rest - F.embedding(codes, book.words)
            found.append(codes.view(b, h, w))
        codes = torch.stack(found, 1)
        words = self.lookup(codes)
        loss = self.commitment * F.mse_loss(z, words.detach())
        if self.books[0].gradient:
            loss = loss + F.mse_loss(words, z.detach())
        return Quantized(z + (words - z).detach(), codes, loss)

    def lookup(self, codes: Tensor) -> Tensor:
        """(B, M, h, w) codes -> (B, C, h, w) code-words"""
        words = sum(F.embedding(codes[:, m], book.words) for m, book in enumerate(self.books))
        return words.permute(0, 3, 1, 2)

    @torch.no_grad()
    def seed(self, z: Tensor) -> None:
        rest = z.float().permute(0, 2, 3, 1).reshape(-1, self.channels)
        for book in self.books:
            book.seed(rest)
            rest = rest - F.embedding(book.nearest(rest), book.words)


QUANTIZERS = {"pq": ProductQuantizer, "vq": VectorQuantizer, "rq": ResidualQuantizer}


def make_quantizer(kind: str, channels: int, **options) -> nn.Module:
    if kind not in QUANTIZERS:
        raise ValueError(f"no quantizer '{kind}'; there are: {', '.join(QUANTIZERS)}")
    return QUANTIZERS[kind](channels, **options)
