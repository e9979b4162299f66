"""The exported evaluator at work: pictures in, verdicts and features out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..onnx_networks import from_bytes, open_session

# colours that catalogues themselves mix up; "within the family" is printed beside the strict share
FAMILIES = (
    ("Blue", "Navy Blue", "Turquoise Blue", "Teal"),
    ("Grey", "Charcoal", "Silver", "Grey Melange"),
    ("White", "Off White", "Cream"),
    ("Brown", "Tan", "Beige", "Khaki", "Bronze", "Copper", "Coffee Brown"),
    ("Red", "Maroon", "Rust", "Burgundy"),
    ("Purple", "Lavender", "Magenta", "Mauve"),
    ("Green", "Olive", "Sea Green", "Lime Green"),
    ("Yellow", "Mustard", "Gold"),
    ("Pink", "Peach", "Magenta"),
)


@dataclass
class Verdicts:
    """Of N pictures: features (N, F), logits (N, articles) and (N, colours), and the names found, N each."""

    features: np.ndarray
    article_logits: np.ndarray
    colour_logits: np.ndarray
    articles: np.ndarray
    colours: np.ndarray

    def __len__(self) -> int:
        return len(self.features)


class Judge:
    """An evaluator graph, opened. Its held-out accuracy is in `accuracy`.

    Raises FileNotFoundError, or ValueError where the graph is not an evaluator's.
    """

    side = 256

    def __init__(self, path: str | Path, threads: int = 0):
        if not Path(path).is_file():
            raise FileNotFoundError(f"there is no evaluator {path}: toile.export writes a bundle's as evaluator.onnx")
        try:
            self._session = open_session(Path(path), threads)
        except Exception as error:  # ONNX Runtime has its own, which are of no kind
            raise ValueError(f"{path} is no graph of an evaluator, which toile.export writes as evaluator.onnx") from error
        meta = self._session.get_modelmeta().custom_metadata_map
        if "evaluator" not in meta:
            raise ValueError(f"{path} holds no evaluator: its metadata has no labels")
        described = json.loads(meta["evaluator"])
        self.articles: list[str] = described["labels"]["articles"]
        self.colours: list[str] = described["labels"]["colours"]
        self.accuracy: dict = described["accuracy"]

    def __call__(self, images: np.ndarray, batch: int = 32) -> Verdicts:
        """Judge (N, H, W, 3) uint8 pictures; other sizes than 256 are resized first."""
        if len(images) == 0:
            raise ValueError("there are no pictures to judge")
        parts = []
        for at in range(0, len(images), batch):
            piece = np.ascontiguousarray(images[at : at + batch])
            if piece.shape[1:3] != (self.side, self.side):
                piece = np.stack([_resize(image, self.side) for image in piece])
            parts.append(self._session.run(None, {"pixels": from_bytes(piece)}))
        features, articles, colours = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Verdicts(
            features=features,
            article_logits=articles,
            colour_logits=colours,
            articles=np.array(self.articles)[articles.argmax(1)],
            colours=np.array(self.colours)[colours.argmax(1)],
        )


def same_family(a: str, b: str) -> bool:
    return a == b or any(a in family and b in family for family in FAMILIES)


def _resize(image: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS))
