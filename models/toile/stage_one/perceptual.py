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
from tqdm import tqdm

from ..data import load_split
from ..evaluator.network import Labels
from ..evaluator.train import (
    accuracy,
    describe,
    head_loss,
    load_val,
    parameter_groups,
    sampling_weights,
    shrink,
)
from ..training import (
    Average,
    Budget,
    Every,
    describe_run,
    load,
    lower_precision,
    save,
    start,
    to_pixels,
    training_arguments,
)
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
    split, val = load_split(args.data, "train", in_memory=False), load_val(args.data)
    val_small = shrink(val.images)
    labels = Labels.of(split.records, args.least)
    model = PerceptualNetwork(PerceptualConfig(labels=labels)).to(args.device, memory_format=torch.channels_last)
    average = Average(model, 0.998)
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.02), lr=args.rate, betas=(0.9, 0.99))
    articles, colours = labels.article_ids(split.records), labels.colour_ids(split.records)
    weights = sampling_weights(articles, colours).double().numpy()
    article_ids, colour_ids = torch.tensor(articles), torch.tensor(colours)
    step, spent, checkpoint = 0, 0.0, args.run / "last.pt"
    if (saved := load(checkpoint)) is not None:
        model.load_state_dict(saved["weights"])
        average.weights = saved["average"]
        optimizer.load_state_dict(saved["optimizer"])
        step, spent = saved["step"], saved["spent"]
        print(f"resumed {checkpoint} at step {step}, {spent / 60:.1f} minutes in")
    rng = np.random.default_rng(args.seed + step)
    look = model.look if args.no_compile else torch.compile(model.look)
    budget, due, shown = Budget(args.minutes, spent), Every(120), Every(args.validate_every)

    def judged() -> dict:
        averaged = PerceptualNetwork.restore({"config": model.save_form()["config"], "weights": average.weights})
        return accuracy(averaged.to(args.device), val_small, val.records, args.device)

    def keep(found: dict) -> None:
        state = model.save_form() | {"average": average.weights, "optimizer": optimizer.state_dict()}
        runs = [describe_run(args, budget.spent, step * args.batch, len(split))]
        save(state | {"step": step, "spent": budget.spent, "accuracy": found, "runs": runs}, checkpoint)

    bar = tqdm(total=round(args.minutes, 2), initial=round(spent / 60, 2), unit="min", mininterval=20)
    while not budget.over:
        rows = rng.choice(len(split), args.batch, p=weights / weights.sum())
        views = np.stack([draw_view(split.images[row], rng) for row in rows])
        for group in optimizer.param_groups:
            group["lr"] = args.rate * budget.rate(step, warmup=args.warmup, floor=0.01)
        with lower_precision(args.device):
            _, article, colour = look(to_pixels(torch.from_numpy(views)).to(args.device))
        loss = head_loss(article, article_ids[rows].to(args.device))
        loss = loss + head_loss(colour, colour_ids[rows].to(args.device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.follow(model, step)
        step += 1
        bar.set_postfix(step=step, loss=f"{loss.item():.3f}", refresh=False)
        bar.update(round(budget.spent / 60 - bar.n, 2))
        if due():
            keep({})
        if shown():
            tqdm.write(f"{budget.spent / 60:5.1f} min, step {step}: {describe(judged())}")
    bar.close()
    found = judged()
    keep(found)
    print(f"done: {describe(found)} -> {checkpoint}")
    model.load_state_dict(average.weights)
    return model.eval()


def arguments() -> argparse.ArgumentParser:
    parser = training_arguments("Train the network of the perceptual loss.", minutes=8)
    parser.set_defaults(seed=4021)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--warmup", type=int, default=100, help="steps")
    parser.add_argument("--least", type=int, default=40, help="train pictures that a label of its own needs")
    parser.add_argument("--validate-every", type=float, default=120, help="seconds")
    return parser


if __name__ == "__main__":
    args = arguments().parse_args()
    if args.init_from:
        raise SystemExit("this network is trained from its own start: --init-from does not apply")
    train(args)
