"""Whether pictures show the colour and article that were asked: the prompts, and the counting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..captions import canonical
from ..data import Record
from .judge import Judge, Verdicts, same_family
from .parts import Unmeasurable

# common in the catalogue, told apart by anybody at a glance, and with held-out photos of nearly every pair
COLOURS = ("Black", "White", "Grey", "Blue", "Red", "Green", "Brown", "Pink", "Purple", "Yellow")
ARTICLES = ("T-shirt", "shirt", "casual shoe", "flip-flops", "handbag")

Pair = tuple[str, str]  # (colour, article)


def colour_pairs() -> list[Pair]:
    """The asked pairs, in the order of the prompts."""
    return [(colour, article) for colour in COLOURS for article in ARTICLES]


def prompts(pairs: Iterable[Pair]) -> list[str]:
    return [canonical(Record(id="", caption="", article=article, colour=colour)) for colour, article in pairs]


@dataclass
class Hits:
    """Shares of pictures in which the evaluator finds what was asked, over `pictures` of `pairs` pairs.

    `kin` accepts a colour that catalogues mix up with the asked one; `both` wants colour and article.
    """

    colour: float
    kin: float
    article: float
    both: float
    pairs: int
    pictures: int

    def cells(self) -> list[str | int]:
        """A table's row: the shares in per cent, and the counts."""
        return [*(f"{100 * getattr(self, share):.1f}" for share in SHARES), self.pairs, self.pictures]

    def over(self, other: Hits) -> dict[str, float | None]:
        """Each share as a ratio to another's; None where the other's is nought."""
        return {s: getattr(self, s) / getattr(other, s) if getattr(other, s) else None for s in SHARES}


SHARES = ("colour", "kin", "article", "both")
HITS_HEAD = ("", "colour", "or its kin", "article", "both", "pairs", "pictures")


def count_hits(verdicts: Verdicts, asked: list[Pair], judge: Judge, *, only: set[Pair] | None = None,
               balance: bool = False) -> Hits | None:  # fmt: skip
    """Compare verdicts on N pictures with the N asked pairs; None where nothing is left to count.

    Pictures of labels that the evaluator doesn't have are left out. `only` keeps some pairs; `balance` counts
    each pair alike, however many pictures it has.
    """
    scores: dict[Pair, list[tuple[bool, ...]]] = {}
    for pair, colour, article in zip(asked, verdicts.colours, verdicts.articles, strict=True):
        if pair[0] in judge.colours and pair[1] in judge.articles and (only is None or pair in only):
            right = (colour == pair[0], article == pair[1])
            scores.setdefault(pair, []).append((right[0], same_family(colour, pair[0]), right[1], all(right)))
    if not scores:
        return None
    if balance:
        shares = np.mean([np.mean(of_pair, axis=0) for of_pair in scores.values()], axis=0)
    else:
        shares = np.mean([score for of_pair in scores.values() for score in of_pair], axis=0)
    return Hits(*map(float, shares), pairs=len(scores), pictures=sum(map(len, scores.values())))


def check_labels(judge: Judge) -> None:
    """Raises Unmeasurable where the evaluator has no label for something that is asked."""
    known = {*judge.colours, *judge.articles}
    missing = [name for name in (*COLOURS, *ARTICLES) if name not in known]
    if missing:
        raise Unmeasurable(f"the evaluator was trained on too few pictures to know: {', '.join(missing)}")


def pairs_of(records: list[Record]) -> list[Pair]:
    return [(r.colour, r.article) for r in records]
