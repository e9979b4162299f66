"""The pictures of the docs, made by the bundle through the command line.

    npm run build
    python -m toile.contact_sheet --bundle models/bundles/garments --out docs/garments.png
    python -m toile.contact_sheet --bundle models/bundles/garments --data prepared --out docs/tasks.png

Without --data: garments from words, with their prompts and seeds. With it: every task on pictures of its test split.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .data import Split, load_split
from .requests import Requests

PROMPTS = ("red t-shirt", "blue jeans", "black handbag", "green t-shirt", "brown casual shoes", "white shirt",
           "yellow t-shirt", "pink top", "navy blue shirt", "purple t-shirt", "grey trousers", "black dress")  # fmt: skip
SEED = 7
PICTURE, TILE, LABEL, GAP = 256, 192, 26, 8  # pixels a side; of the label its height


class Sheet:
    """Rows of captioned pictures."""

    def __init__(self, columns: int):
        self.columns = columns
        self.rows: list[list[tuple[np.ndarray, str]]] = []

    def row(self, *cells: tuple[np.ndarray, str]) -> None:
        self.rows.append(list(cells))

    def save(self, path: Path) -> None:
        width, height = self.columns * (TILE + GAP) + GAP, len(self.rows) * (TILE + LABEL + GAP) + GAP
        sheet = Image.new("RGB", (width, height), "#f4f4f4")
        draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
        for y, cells in enumerate(self.rows):
            for x, (pixels, label) in enumerate(cells):
                left, top = GAP + x * (TILE + GAP), GAP + y * (TILE + LABEL + GAP)
                picture = Image.fromarray(pixels)
                picture.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
                ground = Image.new("RGB", (TILE, TILE), "white")
                ground.paste(picture, ((TILE - picture.width) // 2, (TILE - picture.height) // 2))
                sheet.paste(ground, (left, top))
                draw.text((left + 2, top + TILE + 5), label, fill="#333333", font=font)
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(path, optimize=True)
        print(path)


def garments(batch: Requests, out: Path) -> None:
    numbers = [batch.ask({"prompt": prompt, "seed": SEED}) for prompt in PROMPTS]
    batch.run()
    sheet = Sheet(6)
    cells = [(batch.made(n), f"{prompt} · seed {SEED}") for n, prompt in zip(numbers, PROMPTS, strict=True)]
    for at in range(0, len(cells), 6):
        sheet.row(*cells[at : at + 6])
    sheet.save(out)


def pick(test: Split, article: str, colour: str) -> np.ndarray:
    """The first such picture."""
    return test.images[next(n for n, r in enumerate(test.records) if (r.article, r.colour) == (article, colour))]


def shape(draw: Callable[[ImageDraw.ImageDraw], None]) -> np.ndarray:
    """A mask of what `draw` fills in white."""
    mask = Image.new("L", (PICTURE, PICTURE))
    draw(ImageDraw.Draw(mask))
    return np.asarray(mask)


def show_mask(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The picture with the mask in magenta over it."""
    tint = np.array([255, 0, 160])
    return np.where(mask[..., None] > 0, image * 0.45 + tint * 0.55, image).astype(np.uint8)


def tasks(batch: Requests, test: Split, out: Path) -> None:
    tee, bag, shoe = pick(test, "T-shirt", "Red"), pick(test, "handbag", "Brown"), pick(test, "casual shoe", "White")
    white, striped, black = pick(test, "T-shirt", "White"), pick(test, "shirt", "Blue"), pick(test, "handbag", "Black")
    belly = shape(lambda d: d.ellipse([72, 84, 184, 226], fill=255))
    front = shape(lambda d: d.rectangle([80, 100, 170, 170], fill=255))
    chest = shape(lambda d: d.rounded_rectangle([84, 96, 172, 220], 24, fill=255))
    half = shape(lambda d: d.rectangle([0, 0, 128, 255], fill=255))
    names = {"tee": tee, "bag": bag, "shoe": shoe, "white": white, "striped": striped, "black": black,
             "belly": belly, "front": front, "chest": chest, "half": half}  # fmt: skip
    for name, pixels in names.items():
        batch.image(name, pixels)

    def base(image: str, mask: str, **more) -> dict:
        return {"base": {"asset": f"{image}.png", "mask": f"{mask}.png", **more}, "seed": SEED}

    swatch = {"asset": "striped.png", "region": {"x": 88, "y": 70, "width": 80, "height": 80}, "repeat": "straight"}
    ask = batch.ask
    inpaint = [ask(base("tee", "belly")), ask(base("bag", "front"))]
    words = [ask(base("white", "chest") | {"prompt": f"{c} t-shirt"}) for c in ("yellow", "blue", "red")]
    reference = [ask(base("white", "chest") | {"references": [swatch | more]}) for more in ({}, {"rotation": 90})]
    both = ask(base("white", "chest") | {"references": [swatch], "prompt": "red t-shirt"})
    lock = ask(base("white", "chest", lock="half.png") | {"prompt": "yellow t-shirt"})
    local = ask(base("tee", "chest", tokensFrom="striped.png"))
    expand = [ask({"base": {"asset": f"{name}.png", "expand": {"left": 64, "right": 64, "top": 32, "bottom": 32}},
                   "seed": SEED}) for name in ("shoe", "bag")]  # fmt: skip
    vary = [ask({"vary": {"asset": "bag.png", "strength": s}, "seed": SEED}) for s in (0.3, 0.6, 0.9)]
    mixes = [ask({"mix": {"assets": ["bag.png", "black.png"], "steps": 5}, "seed": SEED})]
    mixes += [ask({"mix": {"assets": ["tee.png", "white.png"], "steps": 5}, "seed": SEED})]
    apart = ask({"mix": {"assets": ["bag.png", "black.png"], "steps": 2, "silhouette": 0}, "seed": SEED})
    seen = [ask({"references": [{"asset": "striped.png"}], "seed": SEED}),
            ask({"references": [{"asset": "striped.png"}, {"asset": "tee.png"}], "seed": SEED})]  # fmt: skip
    batch.run()

    made, sheet = batch.made, Sheet(6)
    sheet.row((show_mask(tee, belly), "in-painting: mask"), (made(inpaint[0]), "result"),
              (show_mask(bag, front), "in-painting: mask"), (made(inpaint[1]), "result"),
              (show_mask(white, np.where(half > 0, 0, chest)), "half locked"), (made(lock), '"yellow t-shirt"'))  # fmt: skip
    sheet.row((show_mask(white, chest), "by words: mask"),
              *((made(n), f'"{c} t-shirt"') for n, c in zip(words, ("yellow", "blue", "red"), strict=True)),
              (made(both), '"red t-shirt" + reference'), (made(local), "local mixing"))  # fmt: skip
    sheet.row((striped, "reference"), (made(reference[0]), "by reference"), (made(reference[1]), "turned by 90°"),
              (made(seen[0]), "new, by reference"), (tee, "second reference"), (made(seen[1]), "from both"))  # fmt: skip
    sheet.row((shoe, "picture"), (made(expand[0]), "expanded"), (bag, "picture"), (made(expand[1]), "expanded"),
              (black, "picture"), (made(apart, 1), "bag's outline, its colour"))  # fmt: skip
    sheet.row((bag, "picture"), *((made(n), f"varied, {s}") for n, s in zip(vary, (0.3, 0.6, 0.9), strict=True)))
    for number, first in zip(mixes, (bag, tee), strict=True):
        sheet.row((first, "mixing: first"), *((made(number, step), f"step {step + 1} of 5") for step in range(5)))
    sheet.save(out)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the pictures of the docs.")
    parser.add_argument("--bundle", required=True, type=Path)
    parser.add_argument("--data", type=Path, help="folder that toile.data wrote: shows every task on its test split")
    parser.add_argument("--out", required=True, type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        batch = Requests(Path(folder), args.bundle)
        if args.data:
            tasks(batch, load_split(args.data, "test", in_memory=False), args.out)
        else:
            garments(batch, args.out)


if __name__ == "__main__":
    main()
