"""Train the small classifier whose features stage I's perceptual loss compares.

    python -m toile.stage_one.perceptual --data prepared --run runs/perceptual --minutes 8

It finds the article and the colour in parts of pictures that are scaled, blurred and pressed by JPEG. Refining takes
it by --perceptual runs/perceptual/last.pt.
"""

from __future__ import annotations

import argparse
import io

import numpy as np
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor

from ..command_line import CommandParser, run_command, whole_number
from ..data import load_split
from ..evaluator import train as evaluator
from ..evaluator.network import Labels
from ..training import start, to_pixels
from .perceptual_network import PerceptualConfig, PerceptualNetwork
from .train import CROP


def draw_view(image: np.ndarray, rng: np.random.Generator, side: int = CROP) -> np.ndarray:
    """(H, W, 3) uint8 -> (side, side, 3) uint8: half to all of the picture's side, flipped, blurred, pressed."""
    size = int(rng.integers(image.shape[0] // 2, image.shape[0] + 1))
    left, top = rng.integers(0, image.shape[0] - size + 1, 2)
    view = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC, box=(left, top, left + size, top + size))
    if rng.random() < 0.5:
        view = ImageOps.mirror(view)
    if rng.random() < 0.4:
        view = view.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.8)))
    if rng.random() < 0.4:
        pressed = io.BytesIO()
        view.save(pressed, "JPEG", quality=int(rng.integers(20, 91)))
        view = Image.open(pressed)
    return np.asarray(view)


def train(args: argparse.Namespace) -> PerceptualNetwork:
    start(args)
    split = load_split(args.data, "train", in_memory=False)

    def view(rows: Tensor, generator: torch.Generator) -> Tensor:
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
        return to_pixels(torch.from_numpy(np.stack([draw_view(split.images[row], rng) for row in rows.tolist()])))

    model = PerceptualNetwork(PerceptualConfig(tuple(args.widths), Labels.of(split.records, args.least)))
    evaluator.fit(model, args, split, view, decay=0.02)
    return model.eval()


def arguments() -> CommandParser:
    parser = evaluator.arguments("Train the network of the perceptual loss.")
    parser.add_argument("--widths", type=whole_number(1), nargs="+", default=PerceptualConfig.widths, metavar="CHANNELS",
                        help="a stage's, from stride 2 on, each at half the resolution of the one before")  # fmt: skip
    parser.set_defaults(seed=4021, batch=48, rate=2e-3, warmup=100, validate_every=120)
    return parser


def main() -> None:
    args = arguments().parse_args()
    if args.init_from:
        raise SystemExit("this network is trained from its own start: --init-from does not apply")
    train(args)


if __name__ == "__main__":
    run_command(main)
