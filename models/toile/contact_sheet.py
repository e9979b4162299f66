"""The pictures of the docs, made by the bundle through the command line.

    npm run build
    python -m toile.contact_sheet --bundle models/bundles/garments --out docs/garments.png
    python -m toile.contact_sheet --bundle models/bundles/garments --data prepared --out docs/tasks.png
    python -m toile.contact_sheet --bundle models/bundles/garments --prompts models/prompts.txt --out docs/prompts.webp

By itself: garments from words, with their prompts and seeds. With --data: every task on pictures of its test split.
With --prompts: the first four pictures of every line of a file, none left out.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .command_line import CommandParser, bundle_folder, run_command
from .data import Split, load_split
from .requests import Requests

PROMPTS = ("red t-shirt", "blue jeans", "black handbag", "green t-shirt", "brown casual shoes", "white shirt",
           "yellow t-shirt", "pink top", "navy blue shirt", "purple t-shirt", "grey trousers", "black dress")  # fmt: skip
# articles and colours of the test split that the tasks are shown on
SHOWN = (("T-shirt", "Red"), ("handbag", "Brown"), ("casual shoe", "White"), ("T-shirt", "White"), ("shirt", "Blue"),
         ("handbag", "Black"))  # fmt: skip
SEED = 7
PICTURE, TILE, LABEL, GAP = 256, 192, 26, 8  # pixels a side; of the label its height
VARIANTS, SMALL = 4, 96  # pictures of each of --prompts, and their pixels a side
SAVING = {".png": {"optimize": True}, ".webp": {"quality": 85, "method": 6}}
MOST_BYTES = 3_000_000  # of a PNG in full colour; a larger one is saved in 256 colours


class Sheet:
    """Rows of captioned pictures, each in a tile of `width` and `height` pixels."""

    def __init__(self, columns: int, width: int = TILE, height: int = TILE):
        self.columns, self.width, self.height = columns, width, height
        self.rows: list[list[tuple[np.ndarray, str]]] = []

    def row(self, *cells: tuple[np.ndarray, str]) -> None:
        self.rows.append(list(cells))

    def fill(self, cells: Sequence[tuple[np.ndarray, str]]) -> None:
        """Rows of as many cells as there are columns; the last may have fewer."""
        for at in range(0, len(cells), self.columns):
            self.row(*cells[at : at + self.columns])

    def save(self, path: Path) -> None:
        width, height = self.columns * (self.width + GAP) + GAP, len(self.rows) * (self.height + LABEL + GAP) + GAP
        sheet = Image.new("RGB", (width, height), "#f4f4f4")
        draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
        for y, cells in enumerate(self.rows):
            for x, (pixels, label) in enumerate(cells):
                left, top = GAP + x * (self.width + GAP), GAP + y * (self.height + LABEL + GAP)
                picture = Image.fromarray(pixels)
                picture.thumbnail((self.width, self.height), Image.Resampling.LANCZOS)
                ground = Image.new("RGB", (self.width, self.height), "white")
                ground.paste(picture, ((self.width - picture.width) // 2, (self.height - picture.height) // 2))
                sheet.paste(ground, (left, top))
                draw.text((left + 2, top + self.height + 5), label, fill="#333333", font=font)
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(path, **SAVING[path.suffix])
        if path.suffix == ".png" and path.stat().st_size > MOST_BYTES:
            sheet.quantize(256).save(path, optimize=True)
        print(f"{path}, {path.stat().st_size / 1e6:.1f} MB")


def garments(batch: Requests, out: Path) -> None:
    numbers = [batch.ask({"prompt": prompt, "seed": SEED}) for prompt in PROMPTS]
    batch.run()
    sheet = Sheet(6)
    sheet.fill([(batch.made(n), f"{prompt} · seed {SEED}") for n, prompt in zip(numbers, PROMPTS, strict=True)])
    sheet.save(out)


def read_prompts(path: Path) -> list[str]:
    """A prompt a line, blank lines left out. Raises ValueError where there is none."""
    found = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not found:
        raise ValueError(f"{path} holds no prompt: it takes one a line")
    return found


def designers_prompts(batch: Requests, asked: list[str], out: Path) -> None:
    """Four prompts a row, each with its variants side by side."""
    numbers = [batch.ask({"prompt": prompt, "variants": VARIANTS, "seed": SEED}) for prompt in asked]
    batch.run()
    sheet = Sheet(4, width=VARIANTS * SMALL, height=SMALL)
    sheet.fill([(np.concatenate([batch.made(n, v) for v in range(VARIANTS)], axis=1), prompt)
                for n, prompt in zip(numbers, asked, strict=True)])  # fmt: skip
    sheet.save(out)


def pick(test: Split, kinds: Sequence[tuple[str, str]]) -> list[np.ndarray]:
    """The first picture of each (article, colour). Raises ValueError naming all that the split lacks."""
    first: dict[tuple[str, str], int] = {}
    for row, record in enumerate(test.records):
        first.setdefault((record.article, record.colour), row)
    if lacking := [f"{colour} {article}" for article, colour in kinds if (article, colour) not in first]:
        raise ValueError(f"the test split has no {', no '.join(lacking)}, which the page of tasks shows: by words alone it "
                         "is made without --data")  # fmt: skip
    return [test.images[first[kind]] for kind in kinds]


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
    tee, bag, shoe, white, striped, black = pick(test, SHOWN)
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


def picture_file(text: str) -> Path:
    if Path(text).suffix not in SAVING:
        raise argparse.ArgumentTypeError(f"'{text}' ends in none of: {', '.join(SAVING)}")
    return Path(text)


def main() -> None:
    parser = CommandParser("Make the pictures of the docs.")
    parser.add_argument("--bundle", required=True, type=bundle_folder,
                        help="folder with model.json, or the name of one in models/bundles")  # fmt: skip
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--data", type=Path, help="folder that toile.data wrote: shows every task on its test split")
    shown.add_argument("--prompts", type=Path, help="file with a prompt a line: shows four pictures of each")
    parser.add_argument("--out", required=True, type=picture_file, help=f"picture file: {' or '.join(SAVING)}")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        batch = Requests(Path(folder), args.bundle)
        if args.data:
            tasks(batch, load_split(args.data, "test", in_memory=False), args.out)
        elif args.prompts:
            designers_prompts(batch, read_prompts(args.prompts), args.out)
        else:
            garments(batch, args.out)


if __name__ == "__main__":
    run_command(main)
