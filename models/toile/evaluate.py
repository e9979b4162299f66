"""Judge a bundle through its exported graphs, and print the figures as tables.

    python -m toile.evaluate --bundle models/bundles/garments --data prepared

`--what` is any of: test (the evaluator on real pictures: its accuracy, how far apart two sets of them lie),
reconstruction (stage I on the test split), colours (the asked colour and article in pictures that the command line
makes of the bundle, or that `--images` holds).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from .data import Split, load_split
from .evaluator.asked import (
    ARTICLES,
    COLOURS,
    HITS_HEAD,
    check_labels,
    colour_pairs,
    count_hits,
    judge_real,
    pairs_of,
    prompts,
    read_generated,
)
from .evaluator.judge import Judge, Verdicts
from .evaluator.metrics import frechet_distance, inception_score, kernel_distance, psnr, ssim
from .onnx_networks import OnnxNetworks, from_bytes, to_bytes
from .requests import Requests
from .stage_one.train import code_use

PARTS = ("test", "reconstruction", "colours")
SHARP = 200  # px of source detail from which a picture counts as sharp


def evaluate_test(data: Path, judge: Judge, limit: int | None = None) -> dict:
    """The evaluator on real pictures: accuracy a split, and the distances of train from test."""
    found, rows = {}, []
    for name in ("val", "test", "unseen"):
        split = load_if_there(data, name, limit)
        counted = count_hits(judge(split.images), pairs_of(split.records), judge) if split else None
        if counted:
            found[name] = asdict(counted)
            rows.append((name, *counted.cells()))
    print_table("Labels that the evaluator finds in real pictures, %", HITS_HEAD, rows)
    floor = floor_distances(data, judge, limit)
    head = ("", "Garment-FD", "KID x1000", "Garment-IS", "pictures")
    cells = (floor["fd"], 1000 * floor["kid"], floor["is"], floor["pictures"])
    print_table("Floor: how far apart two sets of real pictures lie", head, [("train against test", *cells)])
    return {"accuracy": found, "floor": floor}


def floor_distances(data: Path, judge: Judge, limit: int | None = None, seed: int = 0) -> dict:
    """Distances from the test split of as many train pictures, drawn at random."""
    test, train = load_split(data, "test"), load_split(data, "train", in_memory=False)
    count = min(len(test), len(train), limit or len(test))
    rows = np.sort(np.random.default_rng(seed).choice(len(train), count, replace=False))
    return set_figures(judge(train.images[rows]), judge(test.images[:count]))


def set_figures(made: Verdicts, real: Verdicts) -> dict:
    """Garment-FD, KID and IS of a set of pictures against real ones."""
    kid, deviation = kernel_distance(made.features, real.features)
    return {"fd": frechet_distance(made.features, real.features), "kid": kid, "kid_deviation": deviation,
            "is": inception_score(made.article_logits), "pictures": len(made)}  # fmt: skip


def evaluate_reconstruction(
    bundle: OnnxNetworks, data: Path, judge: Judge | None, limit: int | None = None
) -> dict:
    """Stage I on the test split: all pictures, and those whose source held at least 200 px of detail."""
    test = load_split(data, "test")
    images, records = test.images[:limit], test.records[:limit]
    made, codes = reconstruct(bundle, images)
    decibels, similar = psnr(made, images), ssim(made, images)
    features = [judge(made).features, judge(images).features] if judge else []
    found, rows = {}, []
    sharp = np.array([r.effective_px >= SHARP for r in records])
    for name, of in (("all", np.ones(len(images), bool)), (f"effective_px >= {SHARP}", sharp)):
        if of.sum() < 2:
            continue
        distance = frechet_distance(features[0][of], features[1][of]) if features else None
        found[name] = {"psnr": float(decibels[of].mean()), "ssim": float(similar[of].mean()), "fd": distance,
                       "pictures": int(of.sum())}  # fmt: skip
        rows.append((name, *found[name].values()))
    if judge:
        floor = found["floor"] = floor_distances(data, judge, limit)
        rows.append(("floor: train against test", None, None, floor["fd"], floor["pictures"]))
    print_table("Reconstruction of the test split", ("", "PSNR dB", "SSIM", "Garment-FD", "pictures"), rows)
    use = found["codes"] = code_use(torch.from_numpy(codes), bundle.model["codebook"]["size"])
    groups = zip(use["used"], use["perplexity"], strict=True)
    rows = [(str(m), 100 * used, perplexity) for m, (used, perplexity) in enumerate(groups)]
    print_table(f"Codes over {len(images)} pictures", ("group", "in use %", "perplexity"), rows)
    return found


def reconstruct(bundle: OnnxNetworks, images: np.ndarray, batch: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """(N, H, W, 3) uint8 -> reconstructions of the same form, codes (N, M, h, w)"""
    made, codes = [], []
    for at in tqdm(range(0, len(images), batch), desc="reconstruct", unit="batch"):
        codes.append(bundle.encode(from_bytes(images[at : at + batch])))
        made.append(to_bytes(bundle.decode(codes[-1])))
    return np.concatenate(made), np.concatenate(codes)


def make_pictures(bundle: Path, folder: Path, variants: int) -> Path:
    """Let the command line make the asked pairs' pictures. Returns their folder."""
    batch = Requests(folder, bundle)
    for prompt in prompts(colour_pairs()):
        batch.ask({"prompt": prompt, "variants": variants, "seed": 1})
    batch.run()
    return batch.out


def evaluate_colours(folder: Path, data: Path, judge: Judge, variants: int = 4) -> dict:
    """The asked colour and article in generated pictures, beside the same in real ones.

    Real pictures are those of the same pairs in val, test and unseen, each pair counting alike, as it does
    among the generated ones. Pairs that train lacks are reported apart.
    """
    check_labels(judge)
    pairs = colour_pairs()
    asked = [pair for pair in pairs for _ in range(variants)]
    made = judge(read_generated(folder, len(pairs), variants))
    splits = [split for name in ("val", "test", "unseen") if (split := load_if_there(data, name))]
    real = judge_real(splits, set(pairs), judge)
    known = set(pairs_of(load_split(data, "train", in_memory=False).records))
    groups = {"in train": set(pairs) & known, "not in train": set(pairs) - known, "all": set(pairs)}
    found, rows = {}, []
    for name, group in groups.items():
        generated = count_hits(made, asked, judge, only=group)
        photos = count_hits(*real, judge, only=group, balance=True) if real else None
        if generated is None:
            continue
        found[name] = {"generated": asdict(generated)}
        rows.append((f"pairs {name}: generated", *generated.cells()))
        if photos:
            ratio = generated.over(photos)
            found[name] |= {"real": asdict(photos), "ratio": ratio}
            rows.append((f"pairs {name}: real", *photos.cells()))
            rows.append((f"pairs {name}: ratio", *ratio.values(), None, None))
    print_table("Asked colour and article that the evaluator finds, %", HITS_HEAD, rows)
    for axis, title, names in ((0, "colour", COLOURS), (1, "article", ARTICLES)):
        rows = []
        for name in names:
            counted = count_hits(made, asked, judge, only={pair for pair in pairs if pair[axis] == name})
            found.setdefault(f"by {title}", {})[name] = asdict(counted)
            rows.append((name, *counted.cells()))
        print_table(f"Generated, by {title}, %", HITS_HEAD, rows)
    return found


def load_if_there(data: Path, name: str, limit: int | None = None) -> Split | None:
    try:
        split = load_split(data, name)
    except FileNotFoundError:
        return None
    return Split(split.images[:limit], split.records[:limit])


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str | float | int | None]]) -> None:
    def cell(value: str | float | int | None) -> str:
        if isinstance(value, float):
            return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
        return "-" if value is None else str(value)

    table = [[cell(value) for value in row] for row in [head, *rows]]
    widths = [max(len(row[n]) for row in table) for n in range(len(head))]
    print(f"\n{title}")
    for row in table:
        first, *rest = zip(row, widths, strict=True)
        print("  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]))


def find_judge(bundle: OnnxNetworks | None, path: Path | None) -> Judge | None:
    """The evaluator at `path`, or the one that the bundle ships."""
    if path:
        return Judge(path)
    if bundle and "evaluator" in bundle.model["files"]:
        return Judge(bundle.folder / bundle.model["files"]["evaluator"]["path"])
    return None


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Judge a bundle through its exported graphs.")
    parser.add_argument("--bundle", type=Path, help="folder with model.json")
    parser.add_argument("--data", type=Path, help="folder that toile.data wrote")
    parser.add_argument("--what", default="test,reconstruction,colours", help=f"some of: {', '.join(PARTS)}")
    parser.add_argument("--limit", type=int, help="at most so many pictures a split")
    parser.add_argument("--evaluator", type=Path, help="evaluator graph; the bundle's own without it")
    parser.add_argument("--images", type=Path, help="pictures for 'colours', named <line>-<variant>.png; made without it")
    parser.add_argument("--variants", type=int, default=4, help="pictures a prompt in --images")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    return parser


def main() -> None:
    parser = arguments()
    args = parser.parse_args()
    parts = [part.strip() for part in args.what.split(",")]
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"--what {','.join(unknown)} is none of: {', '.join(PARTS)}")
    if not args.data:
        parser.error("--data is needed")
    if "reconstruction" in parts and not args.bundle:
        parser.error("'reconstruction' needs --bundle")
    if "colours" in parts and not (args.images or args.bundle):
        parser.error("'colours' needs --bundle, or --images made by one")
    bundle = OnnxNetworks(args.bundle) if args.bundle else None
    judge = find_judge(bundle, args.evaluator)
    if judge is None and parts != ["reconstruction"]:
        parser.error("the bundle has no evaluator: give --evaluator, or ask for --what reconstruction only")
    figures: dict = {}
    if judge and judge.accuracy:
        figures["evaluator"] = judge.accuracy
        shares = (f"{name} {100 * judge.accuracy[name]:.1f} %" for name in ("article", "colour"))
        print(f"the evaluator's accuracy on pictures held out from its training: {', '.join(shares)}")
    if "test" in parts:
        figures["test"] = evaluate_test(args.data, judge, args.limit)
    if "reconstruction" in parts:
        figures["reconstruction"] = evaluate_reconstruction(bundle, args.data, judge, args.limit)
    if "colours" in parts:
        with tempfile.TemporaryDirectory() as made:
            images = args.images or make_pictures(args.bundle, Path(made), args.variants)
            figures["colours"] = evaluate_colours(images, args.data, judge, args.variants)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(f"\nfigures -> {args.json}")


if __name__ == "__main__":
    main()
