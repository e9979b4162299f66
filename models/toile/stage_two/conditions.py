"""The condition sequence (§3.2): [VC]... [SEP] ...[VC] [EOV] text [EOT], as arrays the transformer takes.

[EOV] and [EOT] are always there, so the unconditional sequence is ([EOV], [EOT]).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

PADDING, VISUAL, TEXT, SEP, EOV, EOT = range(6)


@dataclass
class Conditions:
    """A batch of condition sequences, padded at the end to the longest. All int64.

    kind: (B, L); text_ids, text_positions: (B, L); visual_codes: (B, L, M); visual_positions: (B, L)
    """

    kind: Tensor
    text_ids: Tensor
    text_positions: Tensor
    visual_codes: Tensor
    visual_positions: Tensor

    @property
    def present(self) -> Tensor:
        """(B, L) bool"""
        return self.kind != PADDING

    def arguments(self) -> tuple[Tensor, ...]:
        return tuple(getattr(self, f.name) for f in fields(self))

    def arrays(self) -> dict[str, np.ndarray]:
        """By the names that the exported graph takes them by."""
        return {f.name: getattr(self, f.name).numpy() for f in fields(self)}

    def to(self, device: str) -> Conditions:
        return Conditions(*(a.to(device) for a in self.arguments()))


@dataclass
class VisualCondition:
    """Style tokens of one reference. codes: (n, M); positions: (n,) row * 16 + column on the reference's grid."""

    codes: np.ndarray
    positions: np.ndarray


def build_conditions(texts: Sequence[Sequence[int]], visuals: Sequence[Sequence[VisualCondition]] | None = None,
                     groups: int = 4) -> Conditions:  # fmt: skip
    """Condition sequences of a batch from token ids (empty for no words) and visual conditions."""
    rows = [_row(text, visuals[n] if visuals else [], groups) for n, text in enumerate(texts)]
    longest = max(len(row) for row in rows)
    padded = np.zeros((len(rows), longest, 4 + groups), np.int64)
    for n, row in enumerate(rows):
        padded[n, : len(row)] = row
    kind, ids, text_at, visual_at = (torch.from_numpy(padded[..., c].copy()) for c in range(4))
    return Conditions(kind, ids, text_at, torch.from_numpy(padded[..., 4:].copy()), visual_at)


def _row(text: Sequence[int], visuals: Sequence[VisualCondition], groups: int) -> np.ndarray:
    """(L, 4 + M): kind, text id, text position, visual position, visual codes"""
    row = []
    for n, visual in enumerate(visuals):
        if n:
            row.append([SEP, 0, 0, 0, *[0] * groups])
        row += [[VISUAL, 0, 0, at, *codes] for at, codes in zip(visual.positions, visual.codes, strict=True)]
    row.append([EOV, 0, 0, 0, *[0] * groups])
    row += [[TEXT, token, n, 0, *[0] * groups] for n, token in enumerate(text)]
    row.append([EOT, 0, 0, 0, *[0] * groups])
    return np.asarray(row, np.int64)
