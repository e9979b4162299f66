"""Train the evaluator.

    python -m toile.evaluator.train --data prepared --run runs/evaluator --minutes 8

Prints and stores the share of the val split whose article and colour it finds: how far its verdicts go.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from ..command_line import CommandParser, number, run_command, whole_number
from ..data import Record, Split, load_split
from ..training import (
    Average,
    Budget,
    Every,
    describe_run,
    kind_of,
    load,
    lower_precision,
    save,
    start,
    training_arguments,
)
from .augment import augment
from .network import SIDE, Evaluator, EvaluatorConfig, Labels


def shrink(images: np.ndarray, side: int = SIDE, part: int = 256) -> Tensor:
    """(N, H, W, 3) uint8, of any size -> (N, side, side, 3) uint8, averaged."""
    out = torch.empty(len(images), side, side, 3, dtype=torch.uint8)
    for at in range(0, len(images), part):
        piece = torch.from_numpy(np.array(images[at : at + part])).permute(0, 3, 1, 2).float()
        out[at : at + part] = F.adaptive_avg_pool2d(piece, side).round().byte().permute(0, 2, 3, 1)
    return out


def sampling_weights(*columns: list[int]) -> Tensor:
    """(N,) chances that draw each class of each column about by the root of its frequency."""
    total = torch.zeros(len(columns[0]))
    for column in columns:
        ids = torch.tensor(column).clamp(min=-1) + 1
        weight = torch.bincount(ids).float()[ids].rsqrt()
        total += weight / weight.mean()
    return total


@torch.no_grad()
def accuracy(model: nn.Module, small: Tensor, records: list[Record], device: str, batch: int = 100) -> dict:
    """Share of pictures whose article and colour are found, among those whose label is not "other"."""
    if len(small) == 0:
        return {"article": 0.0, "article_pictures": 0, "colour": 0.0, "colour_pictures": 0}
    was_training = model.training
    model.eval()
    labels, right = model.config.labels, {"article": [], "colour": []}
    for at in range(0, len(small), batch):
        pixels = (small[at : at + batch].permute(0, 3, 1, 2).float() / 127.5 - 1).to(device)
        _, articles, colours = model.look(pixels)
        for name, logits in (("article", articles), ("colour", colours)):
            right[name].append(logits.argmax(1).cpu())
    model.train(was_training)
    found = {}
    for name, ids, names in (("article", labels.article_ids(records), labels.articles),
                             ("colour", labels.colour_ids(records), labels.colours)):  # fmt: skip
        wanted = torch.tensor(ids)
        named = (wanted >= 0) & (wanted < len(names) - 1)
        found[name] = (torch.cat(right[name]) == wanted)[named].float().mean().item() if named.any() else 0.0
        found[f"{name}_pictures"] = int(named.sum())
    return found


def train(args: argparse.Namespace) -> Evaluator:
    start(args)
    split = load_split(args.data, "train", in_memory=False)
    small = shrink(split.images)
    model = Evaluator(EvaluatorConfig(labels=Labels.of(split.records, args.least)))
    model.accuracy = fit(model, args, split, lambda rows, generator: augment(small[rows], generator), decay=0.05)
    return model.eval()


def fit(model: nn.Module, args: argparse.Namespace, split: Split,
        view: Callable[[Tensor, torch.Generator], Tensor], decay: float) -> dict:  # fmt: skip
    """Train a network whose `look` has a head for articles and one for colours, in place. Returns its accuracy on val.

    view: (B,) rows of the split, and where to draw from -> pixels (B, 3, H, W) that the network is shown of them
    """
    labels = model.config.labels
    check_labels(args, split)
    val = load_val(args.data)
    val_small = shrink(val.images)
    model.to(args.device, memory_format=torch.channels_last)
    average = Average(model, 0.998)
    optimizer = torch.optim.AdamW(parameter_groups(model, decay), lr=args.rate, betas=(0.9, 0.99))
    articles, colours = labels.article_ids(split.records), labels.colour_ids(split.records)
    weights = sampling_weights(articles, colours)
    article_ids, colour_ids = torch.tensor(articles), torch.tensor(colours)
    step, spent, checkpoint = 0, 0.0, args.run / "last.pt"
    if (saved := load(checkpoint, kind_of(model.save_form()))) is not None:
        if saved["config"]["labels"] != asdict(labels):  # as many of them in another order would load, under wrong names
            raise SystemExit(f"{checkpoint} was trained on other labels than {args.data} has: choose another --run")
        if (begun := saved["config"]["widths"]) != (asked := model.config.widths):
            raise SystemExit(f"{checkpoint} has {' '.join(map(str, begun))} channels, and {' '.join(map(str, asked))} are "
                             "asked for: give --widths as it began, or choose another --run")  # fmt: skip
        model.load_state_dict(saved["weights"])
        average.restore(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        step, spent = saved["step"], saved["spent"]
        print(f"resumed {checkpoint} at step {step}, {spent / 60:.1f} minutes in")
    generator = torch.Generator().manual_seed(args.seed + step)
    look = model.look if args.no_compile else torch.compile(model.look)
    budget = Budget(args.minutes, spent=spent, samples=args.samples, seen=step * args.batch)
    due, shown = Every(60), Every(args.validate_every, clock=lambda: budget.spent)

    def judged() -> dict:
        with budget.paused():
            averaged = type(model).restore({"config": model.save_form()["config"], "weights": average.weights})
            return accuracy(averaged.to(args.device), val_small, val.records, args.device)

    def keep(found: dict) -> None:
        state = model.save_form() | {"average": average.weights, "optimizer": optimizer.state_dict()}
        runs = [describe_run(args, budget.spent, step * args.batch, len(split))]
        save(state | {"step": step, "spent": budget.spent, "accuracy": found, "runs": runs}, checkpoint)

    size = sum(p.numel() for p in model.parameters()) / 1e6
    kinds = f"{len(labels.articles)} articles, {len(labels.colours)} colours"
    print(f"{len(split)} pictures, {kinds} with 'other', {size:.2f} M parameters")
    bar = budget.bar()
    while not budget.over:
        replacement = len(split) < 4 * args.batch
        rows = torch.multinomial(weights, args.batch, replacement=replacement, generator=generator)
        pixels = view(rows, generator).to(args.device)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * budget.rate(step, warmup=args.warmup, floor=0.01)
        with lower_precision(args.device):
            _, article, colour = look(pixels)
        loss = head_loss(article, article_ids[rows].to(args.device))
        loss = loss + head_loss(colour, colour_ids[rows].to(args.device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.follow(model, step)
        step += 1
        budget.seen += args.batch
        bar.set_postfix(step=step, epoch=f"{step * args.batch / len(split):.1f}", loss=f"{loss.item():.3f}",
                        refresh=False)  # fmt: skip
        budget.move(bar)
        if due():
            keep({})
        if shown():
            tqdm.write(f"{budget.spent / 60:5.1f} min, step {step}: {describe(judged())}")
    bar.close()
    found = judged()
    keep(found)
    print(f"done: {describe(found)}; {step * args.batch / budget.spent:.0f} pictures a second -> {checkpoint}")
    model.load_state_dict(average.weights)
    return found


def check_labels(args: argparse.Namespace, split: Split) -> None:
    """Ends the program where there is too little to learn by."""
    counts = [Counter(getattr(r, column) for r in split.records if getattr(r, column)) for column in ("article", "colour")]
    most = max((n for count in counts for n in count.values()), default=0)
    if most == 0:
        raise SystemExit(f"{args.data} has no article and no colour, which this network learns by: prepare a catalogue that "
                         "has such columns, or leave this network out")  # fmt: skip
    if most < args.least:
        raise SystemExit(f"no article or colour has --least {args.least} pictures among the {len(split)} to train on: the "
                         f"most frequent has {most}, so give --least {most} or less")  # fmt: skip


def load_val(folder: Path) -> Split:
    """The val split, or an empty one where a small catalogue has none."""
    try:
        return load_split(folder, "val")
    except FileNotFoundError:
        return Split(np.zeros((0, SIDE, SIDE, 3), np.uint8), [])


def head_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Smoothed cross entropy over the labelled rows; zero where a batch has none."""
    if (wanted < 0).all():
        return logits.sum() * 0
    return F.cross_entropy(logits.float(), wanted, ignore_index=-100, label_smoothing=0.1)


def parameter_groups(model: nn.Module, decay: float) -> list[dict]:
    """Weights decay; norms and biases don't."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": weights, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


def describe(found: dict) -> str:
    article, colour = (f"{100 * found[n]:.1f} % (of {found[n + '_pictures']})" for n in ("article", "colour"))
    return f"found on val: article {article}, colour {colour}"


def arguments(description: str = "Train the evaluator.") -> CommandParser:
    """The options of the scripts that `fit`."""
    parser = training_arguments(description, minutes=8)
    parser.set_defaults(seed=7001)
    parser.add_argument("--batch", type=whole_number(1), default=64, help="pictures a step")
    parser.add_argument("--rate", type=number(0), default=3e-3, help="learning rate at its highest")
    parser.add_argument("--warmup", type=whole_number(1), default=150, help="steps")
    parser.add_argument("--least", type=whole_number(1), default=40, help="train pictures that an article or a colour "
                        "needs to be a label of its own; the rest are one, 'other'")  # fmt: skip
    parser.add_argument("--validate-every", type=number(0), default=90, help="seconds from one look at val to the next")
    return parser


def main() -> None:
    args = arguments().parse_args()
    if args.init_from:
        raise SystemExit("the evaluator is trained from its own start: --init-from does not apply")
    train(args)


if __name__ == "__main__":
    run_command(main)
