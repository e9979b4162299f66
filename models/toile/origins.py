"""What a transformer's codes and words mean: which codebook and which tokenizer it learned by, as checksums.

Shapes tell nothing of it: with tokens of another stage I, or of as many other pictures, or another tokenizer of as many
words, everything runs and only pictures show that nothing fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .data import Split, load_split
from .stage_one.networks import StageOne
from .training import read_checkpoint

LOOKED_AT = 32  # pictures of a split, evenly spread, whose pixels its checksum is of


def codebook_checksum(stage: StageOne) -> str:
    """Of the words as bundles store them, in float16: a checkpoint's and those of the bundle made of it agree."""
    words = np.concatenate([book.words.detach().cpu().half().float().numpy() for book in stage.quantizer.books])
    return hashlib.sha256(np.ascontiguousarray(words, np.float32).tobytes()).hexdigest()


def file_checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pictures_checksum(split: Split) -> str:
    """Of the ids of a split's pictures, in their order, and of the pixels of some."""
    found = hashlib.sha256(json.dumps([record.id for record in split.records]).encode())
    rows = np.unique(np.linspace(0, len(split) - 1, LOOKED_AT).astype(int)) if len(split) else []
    for row in rows:
        found.update(np.ascontiguousarray(split.images[row]).tobytes())
    return found.hexdigest()


def load_tokens(data: Path, tokens: Path, name: str) -> tuple[dict[str, np.ndarray], Split]:
    """The tokens of a split, with its pictures and records.

    Raises FileNotFoundError naming the splits that have tokens, and ValueError where they are not of these pictures.
    """
    path = tokens / f"{name}.npz"
    if not path.exists():
        there = ", ".join(sorted(other.stem for other in tokens.glob("*.npz"))) or "none"
        raise FileNotFoundError(f"no tokens of a split '{name}' in {tokens}; there are those of: {there}. "
                                f"toile.stage_two.tokens --splits {name} makes them")  # fmt: skip
    found, split = dict(np.load(path)), load_split(data, name, in_memory=False)
    if len(found["codes"]) != len(split):
        wrong = f"holds the tokens of {len(found['codes'])} pictures, and the split of {data} has {len(split)}"
    elif "pictures" not in found:
        wrong = "is of an earlier version, which doesn't tell whose tokens it holds"
    elif str(found["pictures"]) != pictures_checksum(split):
        wrong = f"holds the tokens of other pictures than {data} has, or in another order"
    else:
        return found, split
    raise ValueError(f"{path} {wrong}: run toile.stage_two.tokens again")


def codebook_of(tokens: Mapping[str, np.ndarray]) -> str | None:
    """The checksum in a file of tokens; older ones have none."""
    return str(tokens["codebook"]) if "codebook" in tokens else None


def origins_of(path: str | Path) -> dict[str, str | None]:
    """Of the transformer in a bundle's folder or a checkpoint; older checkpoints tell nothing."""
    path = Path(path)
    if path.is_dir():
        model = json.loads((path / "model.json").read_text(encoding="utf-8"))
        return {"codebook": model["codebook"]["checksum"], "tokenizer": model["files"]["tokenizer"]["sha256"]}
    return read_checkpoint(path).get("origins", {})


def check_origins(whose: Path, known: dict[str, str | None], given: dict[str, str | None],
                  sides: dict[str, tuple[Path, str]]) -> None:  # fmt: skip
    """Ends the program where what a transformer learned by is another than what is given.

    `sides` has for each of both where the given one is from, and what to do. What either side doesn't tell is passed over.
    """
    for name, (path, hint) in sides.items():
        if known.get(name) and given.get(name) and known[name] != given[name]:
            raise SystemExit(f"{whose} has learned by another {name} than that of {path}: {hint}")
