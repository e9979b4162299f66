"""Draw a small catalogue: flat garments on white, of the colours and articles that the evaluation asks for.

    python tests/drawn_catalogue.py path/to/folder

Stands in for real pictures wherever none are at hand. The same options draw the same pictures.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from toile.captions import canonical
from toile.data import Record
from toile.evaluator.asked import ARTICLES, COLOURS

INKS = {
    "Black": (28, 28, 30), "White": (244, 244, 240), "Grey": (128, 130, 132), "Blue": (40, 70, 190),
    "Red": (200, 30, 40), "Green": (40, 140, 60), "Brown": (110, 70, 40), "Pink": (240, 150, 185),
    "Purple": (110, 50, 150), "Yellow": (240, 205, 50),
}  # fmt: skip

# outlines in a unit square, y downwards; an article may consist of several
OUTLINES = {
    "T-shirt": [[(0.3, 0.1), (0.7, 0.1), (1, 0.35), (0.88, 0.5), (0.75, 0.42), (0.75, 0.95), (0.25, 0.95), (0.25, 0.42),
                 (0.12, 0.5), (0, 0.35)]],
    "shirt": [[(0.35, 0.05), (0.65, 0.05), (0.8, 0.15), (1, 0.85), (0.88, 0.9), (0.75, 0.4), (0.75, 0.95), (0.25, 0.95),
               (0.25, 0.4), (0.12, 0.9), (0, 0.85), (0.2, 0.15)]],
    "casual shoe": [[(0, 0.4), (0.3, 0.35), (0.55, 0.5), (0.95, 0.6), (1, 0.75), (0, 0.75)]],
    "flip-flops": [[(0.1, 0.1), (0.35, 0.1), (0.4, 0.5), (0.35, 0.95), (0.1, 0.95)],
                   [(0.65, 0.1), (0.9, 0.1), (0.9, 0.95), (0.65, 0.95), (0.6, 0.5)]],
    "handbag": [[(0.1, 0.4), (0.9, 0.4), (1, 0.9), (0, 0.9)], [(0.3, 0.4), (0.4, 0.1), (0.6, 0.1), (0.7, 0.4)]],
}  # fmt: skip

UNSEEN = ("Yellow", "handbag")  # kept out of train where it is drawn, as a counterfactual pair


def draw_catalogue(folder: Path, per_pair: int = 8, colours: Sequence[str] = COLOURS, articles: Sequence[str] = ARTICLES,
                   side: int = 256) -> int:  # fmt: skip
    """Write `per_pair` pictures of each colour and article, and captions.csv. Returns their number.

    Of each pair the first goes to val, the second to test and the rest to train.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng, rows = np.random.default_rng(0), []
    for colour in colours:
        for article in articles:
            for n in range(per_pair):
                split = "unseen" if (colour, article) == UNSEEN else ("val", "test")[n] if n < 2 else "train"
                name = f"{len(rows):04d}.png"
                striped = bool(rng.random() < 0.4)
                draw_garment(colour, article, striped, rng, side).save(folder / name)
                words = canonical(Record(id="", caption="", article=article, colour=colour))
                rows.append({"file": name, "caption": f"striped {words}" if striped else words, "article": article,
                             "colour": colour, "split": split})  # fmt: skip
    with open(folder / "captions.csv", "w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def draw_garment(colour: str, article: str, striped: bool, rng: np.random.Generator, side: int) -> Image.Image:
    ink = np.clip(np.array(INKS[colour]) + rng.integers(-12, 13, 3), 0, 255)
    width, height = rng.uniform(0.6, 0.9, 2) * side
    left, top = rng.uniform(0, side - width), rng.uniform(0, side - height)
    shape = Image.new("L", (side, side))
    for outline in OUTLINES[article]:
        ImageDraw.Draw(shape).polygon([(left + x * width, top + y * height) for x, y in outline], fill=255)
    cloth = Image.new("RGB", (side, side), tuple(int(c) for c in ink))
    if striped:
        lighter = tuple(int(c) for c in ink + (255 - ink) // 2)
        step = int(rng.integers(16, 33))
        for y in range(0, side, step):
            ImageDraw.Draw(cloth).rectangle([0, y, side, y + step // 3], fill=lighter)
    picture = Image.new("RGB", (side, side), "white")
    picture.paste(cloth, mask=shape)
    return picture


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw a small catalogue.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--per-pair", type=int, default=8, help="pictures of each colour and article (default 8)")
    args = parser.parse_args()
    print(f"{draw_catalogue(args.folder, args.per_pair)} pictures -> {args.folder}")
