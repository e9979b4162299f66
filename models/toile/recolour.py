"""Pictures of a catalogue with one of their colours made another, so that words for two colours are learned from more.

    python -m toile.recolour --data prepared --turns 3

A catalogue shows a white sneaker with a red stripe, and few with a green one. This writes the split `recoloured`: train
pictures whose second colour is turned, or the one colour of what is striped, checked or printed. Pixels tell whether that
worked, and what didn't is left out; so is each pair of article and colour that no train picture has. Stage II learns from
these pictures as well where it is told to (`--also recoloured`); nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .accents import accents, colour_shares, name_pixels
from .captions import BASIC_COLOURS, looks
from .command_line import CommandParser, run_command, whole_number
from .data import Record, Split, load_split, save_split

# hue on a wheel of 256, as Pillow has it; black has none
HUES = {"red": 0, "orange": 18, "yellow": 37, "green": 93, "blue": 155, "purple": 199, "pink": 232}
TARGETS = (*HUES, "black")
# share of the saturation that they keep, and of the missing light that they are given
LIGHTER = {"pink": (0.6, 0.6), "yellow": (1.0, 0.5), "orange": (1.0, 0.4)}
SKIN = ("red", "orange", "yellow", "pink")  # hues that skin has too
PATTERNED = {"striped", "checked", "printed", "graphic", "floral", "polka dot"}
REACH = 12  # how far from its middle a colour's hues lie, on the same wheel
OWN_SHARE = 0.25  # of its pixels that a garment's own colour must have before and after


def recolour(image: np.ndarray, old: str, news: Iterable[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Each of `news` with the picture, (H, W, 3) uint8 sRGB, whose pixels of one hue are turned to it.

    Black takes most of their light instead. old: a key of HUES that the picture shows, else ValueError; news: of TARGETS.
    """
    named = name_pixels(image) == old
    if not named.any():
        raise ValueError(f"the picture shows no {old}")
    hsv = np.asarray(Image.fromarray(image).convert("HSV")).astype(np.int16)
    away = (hsv[..., 0] - _middle(hsv[..., 0][named]) + 128) % 256 - 128
    part = np.clip((REACH + 8 - np.abs(away)) / 8, 0, 1) * np.clip((hsv[..., 1] - 20) / 20, 0, 1)  # soft at its end
    part = part[..., None]
    for new in news:
        turned = hsv.copy()
        if new == "black":
            turned[..., 1] //= 6
            turned[..., 2] = turned[..., 2] * 0.2
        else:
            saturation, light = LIGHTER.get(new, (1.0, 0.0))
            turned[..., 0] = (HUES[new] + away // 2) % 256
            turned[..., 1] = turned[..., 1] * saturation
            turned[..., 2] += ((255 - turned[..., 2]) * light).astype(np.int16)
        painted = np.asarray(Image.fromarray(turned.astype(np.uint8), "HSV").convert("RGB"))
        yield new, (image * (1 - part) + painted * part).round().astype(np.uint8)


def turned_accents(image: np.ndarray, record: Record) -> Iterator[tuple[np.ndarray, Record]]:
    """Every picture whose first vivid second colour can be made another, with its record."""
    old = next((name for name in record.accents if name in HUES), None)
    if old is None or (record.on_model and old in SKIN):
        return
    others = [new for new in TARGETS if new not in record.accents and new not in record.colour.lower()]
    for new, made in recolour(image, old, others):
        wanted = [new if name == old else name for name in record.accents]
        if set(accents(made, record.colour, record.article, record.on_model)) == set(wanted):
            yield made, replace(record, accents=wanted)


def turned_colours(image: np.ndarray, record: Record, known: set[tuple[str, str]]) -> Iterator[tuple[np.ndarray, Record]]:
    """Every picture of a patterned garment whose own colour can be made another of the pairs (article, colour) `known`."""
    old = record.colour.lower()
    if old not in HUES or old in SKIN or not PATTERNED & set(looks(record)):
        return  # arms are of a skin's hue, also where no face is
    if colour_shares(image)[old] < OWN_SHARE:
        return
    others = [new for new in HUES if new not in (old, *record.accents) and (record.article, new.capitalize()) in known]
    for new, made in recolour(image, old, others):
        shares, colour = colour_shares(made), new.capitalize()
        if shares[new] >= OWN_SHARE and shares[old] < 0.03:
            yield made, replace(record, colour=colour, accents=accents(made, colour, record.article, record.on_model))


def without_colours(record: Record, kept: str) -> str:
    """The caption without names of basic colours, but for those of `kept`."""
    gone = set(BASIC_COLOURS) - set(kept.lower().split())
    return " ".join(word for word in record.caption.split() if word.lower() not in gone)


def recolour_split(split: Split, turns: int, seed: int = 0) -> Split:
    """Of each picture up to `turns` with another second colour, and as many with another colour of its own."""
    rng, known = np.random.default_rng(seed), {(r.article, r.colour) for r in split.records}
    found, told = [], []
    for image, record in zip(tqdm(split.images, desc="recolour", unit="img", mininterval=5), split.records, strict=True):
        image = np.asarray(image)
        for kind in (turned_accents(image, record), turned_colours(image, record, known)):
            made = list(kind)
            for n in rng.permutation(len(made))[:turns]:
                picture, new = made[n]
                kept = new.colour if new.colour == record.colour else ""
                found.append(picture)
                told.append(replace(new, id=f"{record.id}-{len(told)}", split="recoloured", made_of=record.id,
                                    caption=without_colours(record, kept)))  # fmt: skip
    return Split(np.stack(found) if found else split.images[:0], told)


def _middle(hues: np.ndarray) -> int:
    """The middle of hues on the wheel of 256."""
    angle = hues.astype(np.float64) * (2 * np.pi / 256)
    return round(float(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())) * 256 / (2 * np.pi)) % 256


def main() -> None:
    parser = CommandParser("Make train pictures in other colours, as the split 'recoloured'.")
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--turns", type=whole_number(1), default=3,
                        help="most pictures made of one, for each of the two kinds")  # fmt: skip
    args = parser.parse_args()
    train = load_split(args.data, "train", in_memory=False)
    if not any(record.colour for record in train.records):
        raise ValueError(f"no train picture of {args.data} has a colour, and only beside that a second one can be seen: "
                         "prepare a catalogue that has the column colour")  # fmt: skip
    made = recolour_split(train, args.turns)
    if not made.records:
        raise ValueError(f"none of the {len(train)} train pictures of {args.data} has a second colour, or a pattern, that "
                         "could be turned to another: there is nothing to learn from beside train")  # fmt: skip
    save_split(args.data, "recoloured", made)
    print(f"recoloured: {len(made)} pictures -> {args.data / 'recoloured.npy'}")


if __name__ == "__main__":
    run_command(main)
