"""Table 4 and the ablations of stage I: short trainings that differ in one thing, side by side.

    python -m toile.stage_one.compare --data prepared --out table.json --samples 8000 --seeds 3 --only pq,rq,vq,pq-10

Quantizers are trained from scratch, on as many crops each; the adversary, the perceptual loss and the mixing are left out
in turn of refinings of one start, `--init-from` or the first product-quantized model trained here. A start that brings a
discriminator along, as a run of `toile.stage_one.refine` does, needs no steps for that one alone. Every row is judged on
the test split, the start too.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from pathlib import Path

import numpy as np
import torch

from ..bundle import load_stage_one
from ..command_line import CommandParser, run_command, whole_number
from ..data import load_split
from ..evaluator.bench import reconstruct
from ..evaluator.judge import Judge
from ..evaluator.metrics import frechet_distance, psnr, ssim
from ..evaluator.tables import print_table
from ..onnx_networks import from_bytes, to_bytes
from ..training import add_device
from . import refine
from . import train as from_scratch
from .box_mixing import mix_boxes, sample_boxes
from .losses import edge_strength
from .networks import StageOne

# pq, vq and rq have 1024 code-words in all; pq and rq store 32 bits a cell, vq and pq-10 as few as 10
QUANTIZERS = {
    "pq": ("product, 4 x 256", ["--quantizer", "pq"]),
    "rq": ("residual, 4 x 256", ["--quantizer", "rq"]),
    "vq": ("plain vector, 1024", ["--quantizer", "vq"]),
    "pq-10": ("product, 2 x 32", ["--quantizer", "pq", "--groups", 2, "--code-words", 32]),
}
START = "start"  # what refinings start from, as it is
ABLATIONS = {
    START: [],
    "refined": [],
    "no-adversary": ["--no-adversary"],
    "no-perceptual": ["--untrained-perceptual", "off"],
    "no-mixing": ["--mix-share", "0"],
}
# what only some quantizers have is left out of all, and they join early, so that few samples suffice; compiling would
# take longer than it gains
EQUAL = ["--group-drop", "0", "--even-use", "0", "--crop-share", "1", "--batch", "8", "--warmup", "60"]
# of refinings: they have fewer steps than a run of hours, so these are larger and begin earlier
SHORT = ["--batch", "8", "--rate", "5e-4", "--ramp", "10", "--average", "0.95"]
FIGURES = {"psnr": "PSNR dB", "ssim": "SSIM", "sharpness": "gradients", "fd": "Garment-FD", "mixed_fd": "of mixed",
           "perplexity": "perplexity", "used": "in use %"}  # fmt: skip


class TorchNetworks:
    """Stage I in PyTorch behind the calls of `toile.onnx_networks`, on numpy arrays."""

    def __init__(self, stage: StageOne):
        self.stage = stage.eval()

    @torch.no_grad()
    def encode(self, pixels: np.ndarray) -> np.ndarray:
        return self.stage.encode(torch.from_numpy(pixels)).numpy()

    @torch.no_grad()
    def decode(self, codes: np.ndarray) -> np.ndarray:
        return self.stage.decode(torch.from_numpy(codes)).numpy()


def judge_stage(stage: StageOne, images: np.ndarray, judge: Judge | None) -> dict[str, float | None]:
    """The figures of a row, over (N, H, W, 3) uint8 test pictures; perplexity and use are means over groups."""
    networks = TorchNetworks(stage)
    made, codes = reconstruct(networks, images)
    use = from_scratch.code_use(torch.from_numpy(codes), stage.config.size)
    edges = [edge_strength(torch.from_numpy(from_bytes(of))).mean().item() for of in (made, images)]
    found = {"psnr": psnr(made, images).mean().item(), "ssim": ssim(made, images).mean().item(),
             "sharpness": edges[0] / edges[1], "fd": None, "mixed_fd": None,
             "perplexity": float(np.mean(use["perplexity"])), "used": 100 * float(np.mean(use["used"]))}  # fmt: skip
    if judge:
        real = judge(images).features
        found["fd"] = frechet_distance(judge(made).features, real)
        boxes = sample_boxes(len(codes), *codes.shape[2:], np.random.default_rng(0))
        whole = torch.from_numpy(codes)
        mixed = mix_boxes(whole, whole.roll(1, 0), boxes).numpy()
        painted = [to_bytes(networks.decode(mixed[at : at + 8])) for at in range(0, len(mixed), 8)]
        found["mixed_fd"] = frechet_distance(judge(np.concatenate(painted)).features, real)
    return found


def train_row(name: str, seed: int, run: Path, init_from: Path | None, args: argparse.Namespace) -> Path:
    """Train one model and return its checkpoint."""
    options = ["--data", args.data, "--run", run, "--samples", args.samples, "--seed", seed, "--device", args.device,
               "--threads", args.threads, "--validate-every", math.inf, "--no-compile"]  # fmt: skip
    if name in QUANTIZERS:
        script, options = from_scratch, [*options, *EQUAL, "--width", args.width, *QUANTIZERS[name][1]]
    else:
        script, options = refine, [*options, "--init-from", init_from, *ABLATIONS[name], "--val-pictures", 8]
        options += ["--warmup", args.refine_warmup, *SHORT]
        if args.perceptual and name != "no-perceptual":
            options += ["--perceptual", args.perceptual]
    script.train(script.arguments().parse_args([str(option) for option in options]))
    return run / "last.pt"


def spread(values: list[float | None]) -> dict[str, float] | None:
    """Mean over seeds, and half of the range; None where there is no figure."""
    known = [v for v in values if v is not None]
    return {"mean": float(np.mean(known)), "range": (max(known) - min(known)) / 2} if known else None


def storage(stage: StageOne) -> dict[str, float]:
    """What a cell costs: stored codes, their bits, and the codebooks' code-words in all."""
    books = stage.quantizer.books
    return {"codes": len(books), "bits": len(books) * math.log2(books[0].size), "words": len(books) * books[0].size}


def compare(args: argparse.Namespace) -> dict:
    """Every row's figures by name. Writes them to `args.out` after each row, so that a kill loses one at most."""
    images = load_split(args.data, "test").images[: args.limit]
    judge = Judge(args.evaluator) if args.evaluator else None
    found: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        begin = args.init_from
        for name in args.only:
            rows = []
            for seed in range(1 if name == START else args.seeds):
                if name in ABLATIONS and begin is None:
                    begin = train_row("pq", 0, Path(folder) / "start", None, args)
                run = Path(folder) / f"{name}-{seed}"
                checkpoint = begin if name == START else train_row(name, seed, run, begin, args)
                stage = load_stage_one(checkpoint)
                rows.append(judge_stage(stage, images, judge))
                if (name, seed) == ("pq", 0) and begin is None:
                    begin = checkpoint
            figures = {key: spread([row[key] for row in rows]) for key in FIGURES}
            found[name] = {"figures": figures, "storage": storage(stage), "seeds": rows}
            args.out.write_text(json.dumps({"samples": args.samples, "width": args.width, "pictures": len(images),
                                            "rows": found}, indent=1))  # fmt: skip
    return found


def print_rows(found: dict[str, dict], title: str, names: dict[str, str]) -> None:
    head = ("", *FIGURES.values(), "codes a cell", "bits a cell", "code-words")
    rows = []
    for name, label in names.items():
        if name in found:
            cells = [f"{v['mean']:.4g} ± {v['range']:.2g}" if v else None for v in found[name]["figures"].values()]
            rows.append((label, *cells, *found[name]["storage"].values()))
    if rows:
        print_table(title, head, rows)


def arguments() -> CommandParser:
    parser = CommandParser("Compare quantizers, and the parts of the adversarial stage.")
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--out", required=True, type=Path, help="JSON file for the figures")
    parser.add_argument("--samples", type=whole_number(1), default=8000, help="crops to train on, a row and seed")
    parser.add_argument("--seeds", type=whole_number(1), default=3, help="trainings of each row")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[*QUANTIZERS, *ABLATIONS],
                        help=f"some of: {', '.join([*QUANTIZERS, *ABLATIONS])}")  # fmt: skip
    parser.add_argument("--width", type=from_scratch.width, default=1.0,
                        help="of networks trained from scratch, over the usual: .5 is a quarter of the work")  # fmt: skip
    parser.add_argument("--init-from", type=Path, help="what refinings start from: a bundle's folder or a checkpoint")
    parser.add_argument("--perceptual", type=Path, help="checkpoint of toile.stage_one.perceptual, for refinings")
    parser.add_argument("--refine-warmup", type=whole_number(0), default=40, help="steps of the discriminator alone")
    parser.add_argument("--evaluator", type=Path, help="evaluator graph, for Garment-FD")
    parser.add_argument("--limit", type=whole_number(2), default=200, help="test pictures to judge on")
    add_device(parser)
    parser.add_argument("--threads", type=whole_number(1), default=torch.get_num_threads(), help="CPU threads")
    return parser


def main() -> None:
    parser = arguments()
    args = parser.parse_args()
    if unknown := [name for name in args.only if name not in (*QUANTIZERS, *ABLATIONS)]:
        parser.error(f"--only {','.join(unknown)} is none of: {', '.join([*QUANTIZERS, *ABLATIONS])}")
    found = compare(args)
    told = f"mean and half the range over {args.seeds} seeds, {args.samples} crops each"
    print_rows(found, f"Quantizers, in networks {args.width:g} times as wide: {told}",
               {name: label for name, (label, _) in QUANTIZERS.items()})  # fmt: skip
    print_rows(found, f"Parts of the adversarial stage: {told}", {name: name for name in ABLATIONS})
    print(f"\nfigures -> {args.out}")


if __name__ == "__main__":
    run_command(main)
