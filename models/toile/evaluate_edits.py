"""Judge edits: what changed, what did not, and whether it is what was asked for.

    npm run build && python -m toile.evaluate_edits --bundle models/bundles/garments --data prepared

`--what` is any of: inpaint (against a mean fill and OpenCV, and the seam), reference (the region takes the reference's
colours, and keeps the base's folds), words (the region takes the asked colour), mix (gradual, and as sharp as its ends),
choose (best of four, and ending early), exact (other sizes, and ten edits in a row). Pictures are the test split's.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from .captions import canonical
from .command_line import CommandParser, bundle_folder, run_command, whole_number
from .data import Record, Split, load_split
from .evaluate import find_judge
from .evaluator.asked import COLOURS, check_labels, colour_pairs, count_hits, prompts
from .evaluator.judge import Judge
from .evaluator.metrics import frechet_distance, psnr
from .evaluator.parts import Unmeasurable, measure_parts
from .evaluator.tables import print_table
from .onnx_networks import OnnxNetworks, from_bytes
from .requests import Requests
from .stage_one.losses import edge_strength

PARTS = ("inpaint", "reference", "words", "mix", "choose", "exact")
COMPARED = 40  # cases that are made a second time without what a figure is about
OTHERS = 20  # swatches that a reference's is told from
TOPS = ("T-shirt", "shirt", "top", "handbag", "dress", "kurta")  # with an area to edit


def garment_of(image: np.ndarray) -> np.ndarray:
    """(H, W) bool: what is not the white background."""
    return (image.min(2) < 235) & (gaussian_filter(image.min(2).astype(float), 3) < 245)


def draw_mask(image: np.ndarray, rng: np.random.Generator, share: tuple[float, float]) -> np.ndarray:
    """(H, W) uint8: a box or an ellipse on the garment, `share` of the garment's box a side.

    Where white on white shows no garment, the whole picture's box takes its place.
    """
    garment = garment_of(image)
    rows, columns = np.nonzero(garment if garment.any() else np.ones_like(garment))
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    h, w = (max(12, int(rng.uniform(*share) * side)) for side in (bottom - top, right - left))
    y, x = rng.integers(top, max(top + 1, bottom - h)), rng.integers(left, max(left + 1, right - w))
    mask = np.zeros(image.shape[:2], np.uint8)
    if rng.random() < 0.5:
        mask[y : y + h, x : x + w] = 255
    else:
        cv2.ellipse(mask, (int(x + w / 2), int(y + h / 2)), (w // 2, h // 2), 0, 0, 360, 255, -1)
    return mask


def changed_outside(base: np.ndarray, made: np.ndarray, mask: np.ndarray) -> int:
    """Pixels outside the mask that differ."""
    return int(((base != made).any(2) & (mask == 0)).sum())


def masked_psnr(base: np.ndarray, made: np.ndarray, mask: np.ndarray) -> float:
    """dB over the mask's pixels alone."""
    inside = (image[mask > 0][None, None] for image in (base, made))  # (1, 1, pixels, 3)
    return float(psnr(*inside)[0])


def edge_steps(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Colour steps (mean absolute difference over RGB) between neighbours on either side of the mask's edge."""
    inside, x = mask > 0, image.astype(float)
    found = []
    for axis in (0, 1):
        a, b = (np.take(x, range(k, x.shape[axis] - 1 + k), axis) for k in (0, 1))
        crossing = np.diff(inside.astype(np.int8), axis=axis) != 0
        found.append(np.abs(a - b).mean(2)[crossing])
    return np.concatenate(found)


def evaluate_inpaint(batch: Requests, test: Split, judge: Judge, rng: np.random.Generator, count: int) -> dict:
    rows = rng.permutation(len(test))[:count]
    masks = [draw_mask(test.images[r], rng, (0.25, 0.5)) for r in rows]
    numbers = {}
    for matches in (True, False):
        numbers[matches] = [
            batch.ask({"base": {"asset": batch.image(f"base-{r}", test.images[r]), "mask": batch.image(f"mask-{r}", m),
                                "matchSeam": matches}, "seed": int(r)})
            for r, m in list(zip(rows, masks, strict=True))[: None if matches else COMPARED]
        ]  # fmt: skip
    batch.run()
    images = test.images[rows]
    results = {
        "Toile": np.stack([batch.made(n) for n in numbers[True]]),
        "mean fill": np.stack([mean_fill(i, m) for i, m in zip(images, masks, strict=True)]),
        "OpenCV Telea": np.stack([cv2.inpaint(i, m, 5, cv2.INPAINT_TELEA) for i, m in zip(images, masks, strict=True)]),
    }
    features = judge(images).features
    found, table = {}, []
    for name, made in results.items():
        psnr = np.mean([masked_psnr(*row) for row in zip(images, made, masks, strict=True)])
        found[name] = {"psnr": float(psnr), "fd": frechet_distance(judge(made).features, features)}
        table.append((name, *found[name].values(), len(rows)))
    print_table("In-painting without words", ("", "PSNR dB in the mask", "Garment-FD", "pictures"), table)

    unmatched = np.stack([batch.made(n) for n in numbers[False]])
    table = []
    for name, made in (("matched", results["Toile"]), ("not matched", unmatched)):
        ratios = []
        for base, new, mask in zip(images[: len(made)], made, masks[: len(made)], strict=True):
            ratios.append(np.median(edge_steps(new, mask)) / max(1.0, np.median(edge_steps(base, mask))))
        found[f"seam {name}"] = {"median ratio": float(np.median(ratios)),
                                 "at most 1.5": float(np.mean(np.array(ratios) <= 1.5)), "pictures": len(made)}  # fmt: skip
        table.append((name, *found[f"seam {name}"].values()))
    head = ("", "median", "share <= 1.5", "pictures")
    print_table("Median colour step across the mask's edge over the original's there", head, table)
    outside = sum(changed_outside(*row) for row in zip(images, results["Toile"], masks, strict=True))
    found["pixels changed outside"] = outside
    print(f"pixels changed outside the masks of {len(rows)} edits: {outside}")
    return found


def mean_fill(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mean colour of a ring around the mask in its place."""
    ring = (cv2.dilate(mask, np.ones((9, 9), np.uint8)) > 0) & (mask == 0)
    out = image.copy()
    out[mask > 0] = image[ring].mean(0).round()
    return out


def histogram(pixels: np.ndarray) -> np.ndarray:
    """Normalised 8×8×8 histogram in Lab of (N, 3) uint8 RGB pixels, smoothed by a bin, so that near colours are near."""
    lab = cv2.cvtColor(pixels[None], cv2.COLOR_RGB2LAB)[0]
    counts, _ = np.histogramdd(lab, bins=8, range=[(0, 256)] * 3)
    smooth = gaussian_filter(counts, 0.7)
    return smooth / smooth.sum()


def colour_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Hellinger distance of two histograms, 0 to 1."""
    return float(np.sqrt(max(0.0, 1 - np.sqrt(a * b).sum())))


def swatch_of(image: np.ndarray) -> tuple[int, int, int]:
    """(x, y, side): the square of 3/8 of a square picture's side that the garment fills best."""
    side = len(image) * 3 // 8
    inside = cv2.boxFilter(garment_of(image).astype(np.float32), -1, (side, side), anchor=(0, 0))
    inside = inside[:-side, :-side]
    y, x = np.unravel_index(np.argmax(inside), inside.shape)
    return int(x), int(y), side


def relief(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Luminance between two scales inside the mask: where folds lie."""
    light = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[..., 0].astype(float)
    inside = (mask > 0).astype(float)

    def blur(x: np.ndarray, sigma: float) -> np.ndarray:
        return gaussian_filter(x * inside, sigma) / np.maximum(gaussian_filter(inside, sigma), 1e-3)

    return (blur(light, 3) - blur(light, 14))[mask > 0]


def evaluate_reference(batch: Requests, test: Split, rng: np.random.Generator, count: int) -> dict:
    tops = [n for n, r in enumerate(test.records) if r.article in TOPS]
    if len(tops) < 2 + OTHERS:
        raise Unmeasurable(f"it takes {2 + OTHERS} test photos of a {', '.join(TOPS[:-1])} or {TOPS[-1]}, got {len(tops)}")
    cases, numbers = [], {"folds": [], "no folds": []}
    swatches = {}
    for n in tops:
        x, y, side = swatch_of(test.images[n])
        swatches[n] = test.images[n][y : y + side, x : x + side]
    for case in range(count):
        base, reference = rng.choice(tops, 2, replace=False)
        others = rng.choice([n for n in tops if n not in (base, reference)], OTHERS, replace=False)
        mask = draw_mask(test.images[base], rng, (0.45, 0.7))
        cases.append((base, reference, others, mask))
        for name, shading in (("folds", None), ("no folds", 0))[: 2 if case < COMPARED else 1]:
            request = {"asset": batch.image(f"ref-base-{case}", test.images[base]),
                       "mask": batch.image(f"ref-mask-{case}", mask)}  # fmt: skip
            request |= {} if shading is None else {"shading": shading}
            swatch = {"asset": batch.image(f"swatch-{reference}", swatches[reference]), "repeat": "straight"}
            numbers[name].append(batch.ask({"base": request, "references": [swatch], "seed": case}))
    batch.run()
    nearest, pairs, folds, outside = [], [], {name: [] for name in numbers}, 0
    for case, (base, reference, others, mask) in enumerate(cases):
        made = batch.made(numbers["folds"][case])
        region = histogram(made[mask > 0])
        own = colour_distance(region, histogram(swatches[reference].reshape(-1, 3)))
        rest = np.array([colour_distance(region, histogram(swatches[n].reshape(-1, 3))) for n in others])
        nearest.append(bool((own < rest).all()))
        pairs.append(float((own < rest).mean()))
        outside += changed_outside(test.images[base], made, mask)
        for name in [n for n in numbers if case < len(numbers[n])]:
            made = batch.made(numbers[name][case])
            folds[name].append(np.corrcoef(relief(test.images[base], mask), relief(made, mask))[0, 1])
    found = {f"nearer than each of {OTHERS} others": float(np.mean(nearest)), "nearer than another": float(np.mean(pairs)),
             "fold correlation": float(np.nanmean(folds["folds"])),
             "fold correlation without shading": float(np.nanmean(folds["no folds"])),
             "pixels changed outside": outside, "cases": count,
             "cases without shading": len(numbers["no folds"])}  # fmt: skip
    print_table("Local editing by a reference", ("", "value"), list(found.items()))
    return found


class ColourNames:
    """Names a colour by its nearest neighbours among the garments of a catalogue, each name with as many.

    Raises Unmeasurable where no garment has a colour of the names.
    """

    def __init__(self, train: Split, per: int = 300):
        chosen = [n for name in COLOURS for n in [k for k, r in enumerate(train.records) if r.colour == name][:per]]
        if not chosen:
            raise Unmeasurable(f"no train photo has a colour of {', '.join(COLOURS)}")
        self.names = np.array([train.records[n].colour for n in chosen])
        self.colours = np.stack([garment_colour(train.images[n]) for n in chosen])

    def __call__(self, lab: np.ndarray, neighbours: int = 15) -> str:
        # lightness tells less of a colour's name than hue and chroma do
        distance = (((self.colours - lab) * np.array([0.5, 1, 1])) ** 2).sum(1)
        found, counts = np.unique(self.names[np.argsort(distance)[:neighbours]], return_counts=True)
        return str(found[np.argmax(counts)])


def garment_colour(image: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """(3,) median Lab of the garment's middle, or of a mask."""
    lab = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2LAB).astype(float)
    if mask is None:
        inside = garment_of(image)
        mask = cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) if inside.any() else inside
        mask = mask if mask.any() else np.ones(image.shape[:2])
    return np.median(lab[mask > 0], axis=0)


def evaluate_words(batch: Requests, test: Split, data: Path, rng: np.random.Generator, count: int) -> dict:
    rows = [n for n, r in enumerate(test.records) if r.article in TOPS and r.colour in COLOURS]
    if not rows:
        raise Unmeasurable(f"no test photo of a {', '.join(TOPS[:-1])} or {TOPS[-1]} has a colour of {', '.join(COLOURS)}")
    name_colour = ColourNames(load_split(data, "train", in_memory=False))
    real = [name_colour(garment_colour(i)) == r.colour
            for i, r in zip(test.images, test.records, strict=True) if r.colour in COLOURS]  # fmt: skip
    cases, numbers = [], {"emphasis": [], "no emphasis": []}
    for case in range(count):
        base = int(rng.choice(rows))
        own = test.records[base]
        asked = str(rng.choice([c for c in COLOURS if c != own.colour]))
        mask = draw_mask(test.images[base], rng, (0.5, 0.8))
        prompt = canonical(Record(id="", caption="", article=own.article, colour=asked))
        base_of = {"asset": batch.image(f"word-base-{case}", test.images[base]),
                   "mask": batch.image(f"word-mask-{case}", mask)}  # fmt: skip
        cases.append((base, asked, mask))
        for name, extra in (("emphasis", {}), ("no emphasis", {"emphasis": 0}))[: 2 if case < COMPARED else 1]:
            numbers[name].append(batch.ask({"base": base_of, "prompt": prompt, "seed": case, **extra}))
    batch.run()
    found, outside = {"named right on real photos": float(np.mean(real))}, 0
    for name, ids in numbers.items():
        right = []
        for (base, asked, mask), number in zip(cases[: len(ids)], ids, strict=True):
            made = batch.made(number)
            outside += changed_outside(test.images[base], made, mask)
            part = (mask > 0) & garment_of(test.images[base])
            right.append(name_colour(garment_colour(made, part if part.any() else mask)) == asked)
        found[f"asked colour in the mask, {name}"] = float(np.mean(right))
    found |= {"pixels changed outside": outside, "cases": count, "cases without emphasis": len(numbers["no emphasis"])}
    print_table("Text-guided editing", ("", "value"), list(found.items()))
    return found


def evaluate_mix(batch: Requests, test: Split, judge: Judge, rng: np.random.Generator, count: int, steps: int = 5) -> dict:
    by_article: dict[str, list[int]] = {}
    for n, record in enumerate(test.records):
        by_article.setdefault(record.article, []).append(n)
    articles = [a for a, rows in by_article.items() if len(rows) >= 8]
    if not articles:
        raise Unmeasurable("no article has the 8 test photos that it takes")
    numbers = []
    for pair in range(count):
        a, b = rng.choice(by_article[str(rng.choice(articles))], 2, replace=False)
        assets = [batch.image(f"mix-{pair}-{side}", test.images[n]) for side, n in (("a", a), ("b", b))]
        numbers.append(batch.ask({"mix": {"assets": assets, "steps": steps}, "seed": pair}))
    batch.run()
    monotone, sharpness = [], []
    for number in numbers:
        made = np.stack([batch.made(number, step) for step in range(steps)])
        features = judge(made).features
        to_first, to_last = (np.linalg.norm(features - features[end], axis=1) for end in (0, -1))
        monotone.append(bool((np.diff(to_first) > 0).all() and (np.diff(to_last) < 0).all()))
        sharp = edge_strength(torch.from_numpy(from_bytes(made)))
        sharpness.append((sharp[1:-1].mean() / sharp[[0, -1]].mean()).item())
    found = {"monotone to both ends": float(np.mean(monotone)),
             "sharpness of the middle over the ends": float(np.mean(sharpness)),
             "pairs": count, "steps": steps}  # fmt: skip
    print_table("Style mixing", ("", "value"), list(found.items()))
    return found


def evaluate_choose(batch: Requests, judge: Judge) -> dict:
    """Best of four against one of four, and ending early, by the evaluator that took no part in either."""
    check_labels(judge)
    pairs = colour_pairs()
    ways = {"one": {}, "best of 4": {"candidates": 4}, "patience 2": {"patience": 2}}
    numbers = {name: [batch.ask({"prompt": p, "seed": n, **extra}) for n, p in enumerate(prompts(pairs))]
               for name, extra in ways.items()}  # fmt: skip
    told = batch.run()
    found, table = {}, []
    for name, ids in numbers.items():
        hits = count_hits(judge(np.stack([batch.made(n) for n in ids])), pairs, judge)
        passes = float(np.mean([told[n]["passes"][0] for n in ids]))
        seconds = float(np.mean([told[n]["timings"]["totalMs"] for n in ids])) / 1000
        found[name] = {"colour": hits.colour, "article": hits.article, "passes": passes, "seconds": seconds}
        table.append((name, *found[name].values(), len(ids)))
    head = ("", "colour", "article", "passes kept", "seconds", "pictures")
    print_table("Choosing among candidates and ending early", head, table)
    return found


def evaluate_exact(batch: Requests, test: Split, rng: np.random.Generator) -> dict:
    """Edits at other sizes than the model's, and ten in a row on one picture."""
    sizes, cases = [(64, 64), (200, 300), (513, 777), (2000, 1500), (4000, 3000)], []
    for number, (height, width) in enumerate(size for size in sizes for _ in range(3)):
        image = np.asarray(Image.fromarray(test.images[int(rng.integers(len(test)))]).resize((width, height)))
        mask = np.asarray(Image.fromarray(draw_mask(test.images[0], rng, (0.2, 0.6))).resize((width, height)))
        base = {"asset": batch.image(f"exact-{number}", image), "mask": batch.image(f"exact-mask-{number}", mask)}
        cases.append((image, mask, batch.ask({"base": base, "prompt": "red shirt", "seed": number, "passes": 4})))
    batch.run()
    outside = sum(changed_outside(image, batch.made(n), mask) for image, mask, n in cases)
    image = test.images[1]
    union, current = np.zeros(image.shape[:2], np.uint8), image
    for step in range(10):
        mask = draw_mask(image, rng, (0.15, 0.3))
        union |= mask
        again = Requests(batch.folder, batch.bundle)
        base = {"asset": again.image(f"chain-{step}", current), "mask": again.image(f"chain-mask-{step}", mask)}
        number = again.ask({"base": base, "seed": step, "passes": 4})
        again.run()
        current = again.made(number)
    found = {"pixels changed outside, 15 edits of 64×64 to 3000×4000": outside,
             "pixels changed outside the union of ten edits": changed_outside(image, current, union)}  # fmt: skip
    print_table("Exactness", ("", "value"), list(found.items()))
    return found


def main() -> None:
    parser = CommandParser("Judge a bundle's edits.")
    parser.add_argument("--bundle", required=True, type=bundle_folder,
                        help="folder with model.json, or the name of one in models/bundles")  # fmt: skip
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--what", default=",".join(PARTS), help=f"some of: {', '.join(PARTS)}")
    parser.add_argument("--evaluator", type=Path, help="evaluator graph; the bundle's own without it")
    parser.add_argument("--count", type=whole_number(1), help="cases a part, instead of 200, 100, 100 and 50")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of all that is drawn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    args = parser.parse_args()
    parts = [part.strip() for part in args.what.split(",")]
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"--what {','.join(unknown)} is none of: {', '.join(PARTS)}")
    judge = find_judge(OnnxNetworks(args.bundle), args.evaluator)
    if judge is None:
        parser.error("the bundle has no evaluator: give --evaluator")
    test = load_split(args.data, "test")

    def measure(part: str) -> dict:
        rng = np.random.default_rng(args.seed)
        with tempfile.TemporaryDirectory() as folder:
            batch = Requests(Path(folder), args.bundle)
            if part == "inpaint":
                return evaluate_inpaint(batch, test, judge, rng, args.count or 200)
            if part == "reference":
                return evaluate_reference(batch, test, rng, args.count or 100)
            if part == "words":
                return evaluate_words(batch, test, args.data, rng, args.count or 100)
            if part == "mix":
                return evaluate_mix(batch, test, judge, rng, args.count or 50)
            if part == "choose":
                return evaluate_choose(batch, judge)
            return evaluate_exact(batch, test, rng)

    measure_parts({part: partial(measure, part) for part in parts}, {}, args.json)


if __name__ == "__main__":
    run_command(main)
