"""What stage II trains on: token pictures with their captions and reference parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from ..captions import canonical, phrase
from ..data import Record
from ..origins import codebook_of, load_tokens
from ..tokenizer import encode
from .conditions import Conditions, VisualCondition, build_conditions

RECOLOURED = 0.5  # how often a photo that was made in other colours is drawn in one of those


class Samples:
    """Token pictures with their captions, drawn with rare articles, colours and second colours lifted a little.

    A photo and what was made of it in other colours are drawn as often as the photo alone would be, for they are of one cut.

    Raises ValueError where the tokens of a split are of other pictures than it has, of another codebook than those of
    another split, or don't tell where second colours show.
    """

    def __init__(self, data: Path, tokens: Path, tokenizer: Tokenizer, max_text: int, balance: float,
                 splits: Sequence[str] = ("train",)):  # fmt: skip
        parts, self.records = [], []
        for split in splits:
            part, pictures = load_tokens(data, tokens, split)
            if "accents" not in part:
                raise ValueError(f"{tokens / split}.npz doesn't tell where second colours show: run toile.stage_two.tokens "
                                 "again")  # fmt: skip
            parts.append(part)
            self.records += pictures.records
        for what, name in (("views", "codes"), ("reference parts", "crops")):
            if len(counts := {part[name].shape[1] for part in parts}) > 1:
                raise ValueError(f"the tokens of {', '.join(splits)} in {tokens} are of {sorted(counts)} {what} a picture: "
                                 "run toile.stage_two.tokens again, for all of them at once")  # fmt: skip
        codebooks = {codebook_of(part) for part in parts} - {None}
        if len(codebooks) > 1:
            raise ValueError(f"the tokens of {', '.join(splits)} in {tokens} are of several codebooks: run "
                             "toile.stage_two.tokens again, for all of them")  # fmt: skip
        self.codebook = codebooks.pop() if codebooks else None
        self.codes, self.crops, self.accents = (
            np.concatenate([part[name] for part in parts]) for name in ("codes", "crops", "accents"))  # fmt: skip
        self.tokenizer, self.max_text = tokenizer, max_text
        names = [f"{r.article}/{r.colour}/{''.join(r.accents[:1])}" for r in self.records]
        photos = np.array([not r.made_of for r in self.records])
        _, members = np.unique(names, return_inverse=True)
        weights = np.maximum(np.bincount(members[photos], minlength=members.max() + 1), 1)[members] ** -balance
        self.shares = _shared(weights, self.records)
        self.shares /= self.shares.sum()
        self.articles = np.array([r.article for r in self.records])
        self.colours = np.array([r.colour for r in self.records])

    def draw(self, batch: int, rng: np.random.Generator) -> np.ndarray:
        return rng.choice(len(self.records), batch, p=self.shares)

    def target(self, rows: np.ndarray, rng: np.random.Generator) -> Tensor:
        """(B, cells, M) int64"""
        return self.codes_of(rows, self.views(rows, rng))

    def views(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(B,) which view of each row to take"""
        return rng.integers(0, self.codes.shape[1], len(rows))

    def codes_of(self, rows: np.ndarray, views: np.ndarray) -> Tensor:
        """(B, cells, M) int64"""
        return torch.from_numpy(self.codes[rows, views].astype(np.int64))

    def named_accents(self, rows: np.ndarray, views: np.ndarray, words: Sequence[str]) -> Tensor:
        """(B, cells) bool: the cells that show a second colour which the row's words name"""
        named = np.zeros((len(rows), self.codes.shape[2]), bool)
        for n, (row, view) in enumerate(zip(rows, views, strict=True)):
            said = set(words[n].lower().split())
            named[n] = np.isin(self.accents[row, view],
                               [1 + k for k, name in enumerate(self.records[row].accents) if name in said])  # fmt: skip
        return torch.from_numpy(named)

    def canonical_text(self, row: int) -> list[int]:
        """Its one wording that depends on no draw."""
        return encode(self.tokenizer, canonical(self.records[row]), self.max_text)

    def words(self, rows: np.ndarray, combination: str, rng: np.random.Generator, drop_text: float,
              worded: bool = True, coloured: np.ndarray | None = None) -> list[str]:  # fmt: skip
        """Of each row, drawn anew, or canonical ones where not `worded`; none where the combination has no text.

        coloured: (B,) bool, the rows whose words may not leave out the colour
        """

        def say(at: int) -> str:
            record = self.records[rows[at]]
            if not worded:
                return canonical(record)
            return phrase(record, rng, drop=0.0) if coloured is not None and coloured[at] else phrase(record, rng)

        return [say(n) if "t" in combination and rng.random() >= drop_text else "" for n in range(len(rows))]

    def conditions(self, rows: np.ndarray, combination: str, rng: np.random.Generator, words: Sequence[str]) -> Conditions:
        """Of each row its words, "" for none, and where the combination names them some of its reference parts."""
        texts = [encode(self.tokenizer, text, self.max_text) for text in words]
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


def _shared(weights: np.ndarray, records: Sequence[Record]) -> np.ndarray:
    """Each photo's weight, shared with the pictures that were made of it in other colours, where it is there too."""
    shares, at = weights.astype(float), {r.id: n for n, r in enumerate(records) if not r.made_of}
    made: dict[int, list[int]] = {}
    for n, record in enumerate(records):
        if record.made_of in at:
            made.setdefault(at[record.made_of], []).append(n)
    for photo, pictures in made.items():
        shares[pictures] = RECOLOURED * weights[photo] / len(pictures)
        shares[photo] *= 1 - RECOLOURED
    return shares
