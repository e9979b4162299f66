"""Judge a bundle through its exported graphs, and print the figures as tables.

    python -m toile.evaluate --bundle models/bundles/garments --data prepared

`--what` is any of: test (the evaluator on real pictures: its accuracy, how far apart two sets of them lie),
reconstruction (stage I on the test split); and of pictures that the command line makes: colours (the asked colour and
article in those of fifty plain prompts), accents (a second colour that is asked for), words (from the captions of the test
split, and of the unseen one), unconditional, diversity (of a prompt's pictures), memorised (how near they lie to train
photos), passes (what more SMART passes gain). Some 4,000 pictures in all: `--limit` is for a quick look.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch

from .command_line import CommandParser, bundle_folder, run_command, whole_number
from .data import load_split
from .evaluate_sets import (
    FLOORS,
    VARIANTS,
    beside,
    evaluate_accents,
    evaluate_diversity,
    evaluate_memorised,
    evaluate_passes,
    evaluate_unconditional,
    evaluate_words,
    hit_rows,
)
from .evaluator.asked import (
    ARTICLES,
    COLOURS,
    HITS_HEAD,
    check_labels,
    colour_pairs,
    count_hits,
    pairs_of,
    prompts,
)
from .evaluator.bench import Bench, join
from .evaluator.judge import Judge
from .evaluator.metrics import frechet_distance, psnr, ssim
from .evaluator.parts import measure_parts
from .evaluator.tables import print_table
from .onnx_networks import OnnxNetworks
from .stage_one.train import code_use

SHARP = 200  # px of source detail from which a picture counts as sharp
FEWEST = 4  # pictures a set that precision and recall can be told of


def evaluate_test(bench: Bench) -> dict:
    """The evaluator on real pictures: accuracy a split, and the distances of train from test."""
    found, rows = {}, []
    for name in ("val", "test", "unseen"):
        photos = bench.photos_if_any(name, bench.limit)
        counted = count_hits(photos.verdicts, pairs_of(photos.records), bench.judge) if photos else None
        if counted:
            found[name] = asdict(counted)
            rows.append((name, *counted.cells()))
    print_table("Labels that the evaluator finds in real pictures, %", HITS_HEAD, rows)
    floors = bench.floors(bench.limit)
    head = ("", "Garment-FD", "KID x1000", "Garment-IS", "precision", "recall", "pictures")
    rows = [(FLOORS[key], f["fd"], 1000 * f["kid"], *(f[figure] for figure in ("is", "precision", "recall", "pictures")))
            for key, f in floors.items()]  # fmt: skip
    print_table("How far real pictures lie from those of the test split", head, rows)
    return {"accuracy": found} | floors


def evaluate_reconstruction(bench: Bench) -> dict:
    """Stage I on the test split: all pictures, and those whose source held at least 200 px of detail."""
    test, made = bench.photos("test", bench.limit), bench.reconstruction(bench.limit)
    decibels, similar = psnr(made.images, test.images), ssim(made.images, test.images)
    found, rows = {}, []
    sharp = np.array([r.effective_px >= SHARP for r in test.records])
    for name, of in (("all", np.ones(len(test), bool)), (f"effective_px >= {SHARP}", sharp)):
        if of.sum() < 2:
            continue
        features = [v.features[of] for v in (made.verdicts, test.verdicts) if v]
        found[name] = {"psnr": float(decibels[of].mean()), "ssim": float(similar[of].mean()),
                       "fd": frechet_distance(*features) if features else None, "pictures": int(of.sum())}  # fmt: skip
        rows.append((name, *found[name].values()))
    if bench.judge:
        floor = found["floor"] = bench.floor(bench.limit)
        rows.append(("floor: train against test", None, None, floor["fd"], floor["pictures"]))
    print_table("Reconstruction of the test split", ("", "PSNR dB", "SSIM", "Garment-FD", "pictures"), rows)
    use = found["codes"] = code_use(torch.from_numpy(made.codes), bench.bundle.model["codebook"]["size"])
    groups = zip(use["used"], use["perplexity"], strict=True)
    rows = [(str(m), 100 * used, perplexity) for m, (used, perplexity) in enumerate(groups)]
    print_table(f"Codes over {len(test)} pictures", ("group", "in use %", "perplexity"), rows)
    return found


def evaluate_colours(bench: Bench) -> dict:
    """The asked colour and article in generated pictures, beside the same in real ones.

    Real pictures are those of the same pairs in val, test and unseen, each pair counting alike, as it does
    among the generated ones. The ratio to them is that of the pairs which have such photos. Pairs that train lacks
    are reported apart.
    """
    judge = bench.judge
    check_labels(judge)
    pairs = colour_pairs()
    asked = [pair for pair in pairs for _ in range(VARIANTS)]
    made, _ = bench.made([{"prompt": prompt, "variants": VARIANTS, "seed": 1} for prompt in prompts(pairs)], VARIANTS)
    splits = [photos for name in ("val", "test", "unseen") if (photos := bench.photos_if_any(name))]
    real = join(photos.verdicts for photos in splits) if splits else None
    pictured = [pair for photos in splits for pair in pairs_of(photos.records)]
    known = set(pairs_of(load_split(bench.data, "train", in_memory=False).records))
    groups = {"in train": set(pairs) & known, "not in train": set(pairs) - known, "all": set(pairs)}
    found, rows = {}, []
    for name, group in groups.items():
        generated = count_hits(made, asked, judge, only=group)
        photos = count_hits(real, pictured, judge, only=group, balance=True) if real else None
        if generated is None:
            continue
        found[name] = beside(generated, photos, count_hits(made, asked, judge, only=group & set(pictured)))
        rows += hit_rows(f"pairs {name}", found[name])
    print_table("Asked colour and article that the evaluator finds, %", HITS_HEAD, rows)
    for axis, title, names in ((0, "colour", COLOURS), (1, "article", ARTICLES)):
        rows = []
        for name in names:
            counted = count_hits(made, asked, judge, only={pair for pair in pairs if pair[axis] == name})
            found.setdefault(f"by {title}", {})[name] = asdict(counted)
            rows.append((name, *counted.cells()))
        print_table(f"Generated, by {title}, %", HITS_HEAD, rows)
    return found


def find_judge(bundle: OnnxNetworks | None, path: Path | None) -> Judge | None:
    """The evaluator at `path`, or the one that the bundle ships."""
    if path:
        return Judge(path)
    if bundle and "evaluator" in bundle.model["files"]:
        return Judge(bundle.folder / bundle.model["files"]["evaluator"]["path"])
    return None


# in the order in which they run
PARTS = {"test": evaluate_test, "reconstruction": evaluate_reconstruction, "colours": evaluate_colours,
         "accents": evaluate_accents, "words": evaluate_words, "unconditional": evaluate_unconditional,
         "diversity": evaluate_diversity, "memorised": evaluate_memorised, "passes": evaluate_passes}  # fmt: skip


def arguments() -> CommandParser:
    parser = CommandParser("Judge a bundle through its exported graphs.")
    parser.add_argument("--bundle", type=bundle_folder, help="folder with model.json, or the name of one in models/bundles")
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--what", default=",".join(PARTS), help=f"some of: {', '.join(PARTS)}; all without it")
    parser.add_argument(
        "--limit",
        type=whole_number(FEWEST),
        metavar="N",
        help=f"at most so many photos a split and pictures made for a part, from {FEWEST} up; 'passes' makes as many for "
        "each number of passes; 'memorised' and 'diversity' look at all train and test photos, and "
        "'colours' and 'accents' make all of their pictures",
    )
    parser.add_argument(
        "--seeds",
        type=whole_number(1),
        default=1,
        metavar="N",
        help="make the pictures of 'words' and 'unconditional' so many times, with other seeds (default 1)",
    )
    parser.add_argument("--evaluator", type=Path, help="evaluator graph; the bundle's own without it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too, after every part")
    return parser


def check_parts(parser: CommandParser, args: argparse.Namespace) -> list[str]:
    """The asked parts, in their order here. Ends the program where one is unknown or lacks an option."""
    asked = [part.strip() for part in args.what.split(",")]
    if unknown := [part for part in asked if part not in PARTS]:
        parser.error(f"--what {','.join(unknown)} is none of: {', '.join(PARTS)}")
    if not args.bundle and (needy := [part for part in asked if part != "test"]):
        parser.error(f"'{needy[0]}' needs --bundle")
    return [part for part in PARTS if part in asked]


def main() -> None:
    parser = arguments()
    args = parser.parse_args()
    parts = check_parts(parser, args)
    bundle = OnnxNetworks(args.bundle) if args.bundle else None
    judge = find_judge(bundle, args.evaluator)
    if judge is None and parts != ["reconstruction"]:
        parser.error("the bundle has no evaluator: give --evaluator, or ask for --what reconstruction only")
    figures: dict = {}
    if judge and judge.accuracy:
        figures["evaluator"] = judge.accuracy
        shares = (f"{name} {100 * judge.accuracy[name]:.1f} %" for name in ("article", "colour"))
        print(f"the evaluator's accuracy on pictures held out from its training: {', '.join(shares)}")
    bench = Bench(args.data, judge, bundle, limit=args.limit, seeds=args.seeds)
    measure_parts({part: partial(PARTS[part], bench) for part in parts}, figures, args.json)
    if {"words", "unconditional"} & set(parts):
        print("\nstandard FID, IS, CLIP score: not available (no weights are supplied)")


if __name__ == "__main__":
    run_command(main)
