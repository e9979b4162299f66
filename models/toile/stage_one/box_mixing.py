"""Code maps with a box of another picture's: edited maps, which the decoder must paint as well as whole ones."""

from __future__ import annotations

import numpy as np
from torch import Tensor

Box = tuple[int, int, int, int]  # cells: left, top, right, bottom; right and bottom are not part of it


def sample_boxes(count: int, rows: int, columns: int, rng: np.random.Generator) -> list[Box]:
    """Boxes of a quarter to three quarters of each side, anywhere in a map of rows x columns cells."""
    found = []
    for _ in range(count):
        width, height = (int(rng.integers(max(1, n // 4), max(2, 3 * n // 4 + 1))) for n in (columns, rows))
        left, top = (int(rng.integers(0, n - size + 1)) for n, size in ((columns, width), (rows, height)))
        found.append((left, top, left + width, top + height))
    return found


def mix_boxes(base: Tensor, other: Tensor, boxes: list[Box]) -> Tensor:
    """Each map of `base` with its box taken from `other`. (B, C, h, w) codes or code-words, B boxes"""
    mixed = base.clone()
    for n, (left, top, right, bottom) in enumerate(boxes):
        mixed[n, :, top:bottom, left:right] = other[n, :, top:bottom, left:right]
    return mixed
