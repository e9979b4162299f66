"""What stage II trains on: token pictures with their captions and reference parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from ..captions import canonical, phrase
from ..origins import codebook_of, load_tokens
from ..tokenizer import encode
from .conditions import Conditions, VisualCondition, build_conditions


class Samples:
    """Token pictures with their captions, drawn with rare articles, colours and second colours lifted a little.

    Raises ValueError where the tokens of a split are of other pictures than it has, or of another codebook than those of
    another split.
    """

    def __init__(self, data: Path, tokens: Path, tokenizer: Tokenizer, max_text: int, balance: float,
                 splits: Sequence[str] = ("train",)):  # fmt: skip
        parts, self.records = [], []
        for split in splits:
            part, pictures = load_tokens(data, tokens, split)
            parts.append(part)
            self.records += pictures.records
        codebooks = {codebook_of(part) for part in parts} - {None}
        if len(codebooks) > 1:
            raise ValueError(f"the tokens of {', '.join(splits)} in {tokens} are of several codebooks: run "
                             "toile.stage_two.tokens again, for all of them")  # fmt: skip
        self.codebook = codebooks.pop() if codebooks else None
        self.codes, self.crops = (np.concatenate([part[name] for part in parts]) for name in ("codes", "crops"))
        self.tokenizer, self.max_text = tokenizer, max_text
        names = [f"{r.article}/{r.colour}/{''.join(r.accents[:1])}" for r in self.records]
        _, members, counts = np.unique(names, return_inverse=True, return_counts=True)
        weights = counts[members] ** -balance
        self.shares = weights / weights.sum()
        self.articles = np.array([r.article for r in self.records])
        self.colours = np.array([r.colour for r in self.records])

    def draw(self, batch: int, rng: np.random.Generator) -> np.ndarray:
        return rng.choice(len(self.records), batch, p=self.shares)

    def target(self, rows: np.ndarray, rng: np.random.Generator) -> Tensor:
        """(B, cells, M) int64"""
        views = rng.integers(0, self.codes.shape[1], len(rows))
        return torch.from_numpy(self.codes[rows, views].astype(np.int64))

    def text(self, row: int, rng: np.random.Generator, keep_colour: bool = False) -> list[int]:
        words = phrase(self.records[row], rng, drop=0.0) if keep_colour else phrase(self.records[row], rng)
        return encode(self.tokenizer, words, self.max_text)

    def canonical_text(self, row: int) -> list[int]:
        """Its one wording that depends on no draw."""
        return encode(self.tokenizer, canonical(self.records[row]), self.max_text)

    def conditions(self, rows: np.ndarray, combination: str, rng: np.random.Generator, drop_text: float,
                   worded: bool = True, coloured: np.ndarray | None = None) -> Conditions:  # fmt: skip
        """Of each row, by what the combination names; words drawn anew, or canonical ones where not `worded`.

        coloured: (B,) bool, the rows whose words may not leave out the colour
        """

        def text(at: int) -> list[int]:
            if not worded:
                return self.canonical_text(rows[at])
            return self.text(rows[at], rng, keep_colour=coloured is not None and coloured[at])

        texts = [text(n) if "t" in combination and rng.random() >= drop_text else [] for n in range(len(rows))]
        visuals = None
        if "v" in combination:
            many = rng.integers(1, self.crops.shape[1] + 1)
            visuals = [[self.reference(r, c) for c in rng.permutation(self.crops.shape[1])[:many]] for r in rows]
        return build_conditions(texts, visuals, self.codes.shape[-1])

    def reference(self, row: int, crop: int) -> VisualCondition:
        codes = self.crops[row, crop]
        side = int(len(codes) ** 0.5)
        at = np.arange(side)
        return VisualCondition(codes, (at[:, None] * 16 + at[None]).ravel())
