"""Train stage I: encoder, product quantizer, decoder.

    python -m toile.stage_one.train --data prepared --run runs/stage-one --minutes 40

128-pixel crops first (both networks are convolutional, a crop costs a quarter), whole pictures for the last part.
The quantizer joins after a warm-up, seeded by k-means; a run too short for it makes no tokens, and says so.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ..command_line import CommandParser, number, run_command, whole_number
from ..data import load_split
from ..training import (
    Average,
    Budget,
    Every,
    describe_run,
    earlier_runs,
    load,
    lower_precision,
    save,
    start,
    to_pixels,
    training_arguments,
)
from .losses import edge_strength, reconstruction_loss
from .networks import StageOne, StageOneConfig

CROP = 128
WARM_UP_SHARE = 0.25  # of a run, at most: however slow the machine is, the quantizer learns for the rest


def sample_crops(images: np.ndarray, count: int, rng: np.random.Generator, crop: int = CROP) -> Tensor:
    """(count, crop, crop, 3) uint8 flipped crops. A crop of plain background is drawn again once."""
    side = images.shape[1]
    out = np.empty((count, crop, crop, 3), np.uint8)
    for n in range(count):
        for _ in range(2):
            image = images[rng.integers(len(images))]
            y, x = rng.integers(0, side - crop + 1, 2) if side > crop else (0, 0)
            piece = image[y : y + crop, x : x + crop]
            if piece[::8, ::8].std() > 12:
                break
        out[n] = piece[:, ::-1] if rng.random() < 0.5 else piece
    return torch.from_numpy(out)


def sample_kept_groups(batch: int, groups: int, rng: np.random.Generator, share: float) -> Tensor:
    """(B,) how many leading groups the decoder sees: all, or for `share` of the batch fewer."""
    fewer = torch.from_numpy(rng.integers(1, groups, batch))
    return torch.where(torch.from_numpy(rng.random(batch) < share), fewer, torch.tensor(groups))


@torch.no_grad()
def validate(model: StageOne, images: np.ndarray, device: str, batch: int = 25) -> dict:
    """PSNR in dB (mean over pictures, 8-bit), gradients over the original's, a group's share of codes and perplexity."""
    model.eval()
    psnr, codes, edges = [], [], []
    for at in range(0, len(images), batch):
        pixels = to_pixels(torch.from_numpy(np.ascontiguousarray(images[at : at + batch]))).to(device)
        with lower_precision(device):
            found = model.encode(pixels)
            output = model.decode(found).float()
        error = ((output - pixels) * 127.5).square().mean((1, 2, 3))
        psnr.append(10 * torch.log10(255**2 / error.clamp(min=1e-3)))
        codes.append(found.cpu())
        edges.append(torch.stack([edge_strength(output), edge_strength(pixels)]))
    model.train()
    made, original = torch.cat(edges, dim=1).mean(1)
    return {"psnr": torch.cat(psnr).mean().item(), "sharpness": (made / original).item(),
            **code_use(torch.cat(codes), model.config.size)}  # fmt: skip


def code_use(codes: Tensor, size: int) -> dict:
    """Share of code-words in use and perplexity, a group. codes: (N, M, h, w)"""
    used, perplexity = [], []
    for group in codes.transpose(0, 1).flatten(1):
        share = torch.bincount(group, minlength=size).double() / group.numel()
        used.append((share > 0).double().mean().item())
        perplexity.append(torch.exp(-(share * share.clamp(min=1e-12).log()).sum()).item())
    return {"used": used, "perplexity": perplexity}


SHAPE = ("quantizer", "groups", "code_words", "width", "gradient_codebook")  # options that a run keeps


def begin(args: argparse.Namespace, saved: dict | None) -> StageOne:
    """A resumed run's model, that of --init-from, or a new one. `args`, which a run tells, then say what it is.

    Ends the program where they ask for another than the one to go on from.
    """
    asked = {name: getattr(args, name) for name in SHAPE if getattr(args, name) is not None}
    if saved is not None:
        model = StageOne.restore(saved)
    elif args.init_from:
        from ..bundle import load_stage_one

        model = load_stage_one(args.init_from)
    else:
        args.quantizer = args.quantizer or "pq"
        size = args.code_words or (1024 if args.quantizer == "vq" else 256)
        config = StageOneConfig(groups=args.groups or 4, size=size, quantizer=args.quantizer,
                                gradient_codebook=bool(args.gradient_codebook))  # fmt: skip
        asked, model = {}, StageOne(config.narrowed(args.width or 1.0))
    config = model.config
    args.quantizer, args.groups, args.code_words = config.quantizer, len(model.quantizer.books), config.size
    args.gradient_codebook = config.gradient_codebook
    args.width = config.decoder_widths[-1] / StageOneConfig.decoder_widths[-1]
    if asked.get("width") and StageOneConfig().narrowed(asked["width"]).decoder_widths == tuple(config.decoder_widths):
        del asked["width"]  # channels come in eights, so other shares may be the same
    for name, value in asked.items():
        if value != (known := getattr(args, name)):
            option = f"--{name.replace('_', '-')}"
            begun = args.init_from if saved is None else f"{args.run / 'last.pt'}, which this run goes on from,"
            raise SystemExit(f"{option} {value} is asked for, and {begun} has {known}: leave {option} out, or start anew in "
                             "another --run")  # fmt: skip
    if args.quantizer != "pq":
        args.even_use = 0.0
    if args.quantizer != "pq" or args.groups == 1:
        args.group_drop = 0.0
    return model


def train(args: argparse.Namespace) -> StageOne:
    start(args)
    rng = np.random.default_rng(args.seed)
    parts = [load_split(folder, "train", in_memory=False).images for folder in [args.data, *args.also]]
    images = np.concatenate(parts) if args.also else parts[0]
    val = load_split(args.data, "val").images[:100]
    checkpoint = args.run / "last.pt"
    saved = load(checkpoint, "stage I")
    model = begin(args, saved).to(args.device, memory_format=torch.channels_last)
    average = Average(model, 0.999)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    step, spent, seen, quantizing = 0, 0.0, 0, bool(args.init_from)
    earlier = earlier_runs(args.init_from, "stage_one")
    if saved is not None:
        average.restore(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        step, spent, seen, quantizing = saved["step"], saved["spent"], saved["seen"], saved["quantizing"]
        earlier = saved["runs"][:-1]
        rng = np.random.default_rng(args.seed + step)
        torch.manual_seed(args.seed + step)
        print(f"resumed {checkpoint} at step {step}, {spent / 60:.1f} minutes in")
    if not args.no_compile:
        model.encoder.compile()
        model.decoder.compile()
    budget = Budget(args.minutes, spent=spent, samples=args.samples, seen=seen)
    due, shown = Every(120), Every(args.validate_every, clock=lambda: budget.spent)

    def judged() -> str:
        with budget.paused():
            return describe(validate(model, val, args.device))

    def keep() -> None:
        save({"config": model.save_form()["config"], "weights": model.state_dict(), "average": average.weights,
              "optimizer": optimizer.state_dict(), "step": step, "seen": budget.seen, "spent": budget.spent,
              "quantizing": quantizing, "runs": [*earlier, describe_run(args, budget.spent, budget.seen, len(images))]},
             checkpoint)  # fmt: skip

    bar = budget.bar()
    while not budget.over:
        whole = budget.progress > args.crop_share
        batch = max(1, args.batch // 4) if whole else args.batch
        crop = images.shape[1] if whole else min(CROP, images.shape[1])
        pixels = to_pixels(sample_crops(images, batch, rng, crop).to(args.device))
        if not quantizing and (step >= args.warmup or budget.progress >= WARM_UP_SHARE):
            # 20,000 cells are plenty for k-means over 256 code-words
            with torch.no_grad(), lower_precision(args.device):
                many = to_pixels(sample_crops(images, 320, rng, crop).to(args.device))
                model.quantizer.seed(torch.cat([model.encoder(part).float() for part in many.split(args.batch)]))
            quantizing = True
        for group in optimizer.param_groups:
            group["lr"] = args.rate * budget.rate(step, warmup=200)
        kept = None
        if args.group_drop:
            kept = sample_kept_groups(batch, model.config.groups, rng, args.group_drop).to(args.device)
        with lower_precision(args.device):
            output, quantized = model(pixels, quantizing, kept)
        loss = reconstruction_loss(output, pixels)
        total = loss
        if quantized:
            total = loss + quantized.loss + (args.even_use * quantized.usage if args.even_use else 0)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if torch.isfinite(norm):
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.follow(model, step)
        step += 1
        budget.seen += batch
        bar.set_postfix(step=step, loss=f"{loss.item():.4f}", crop=crop, refresh=False)
        budget.move(bar)
        if due():
            keep()
        if shown() and quantizing:
            tqdm.write(f"{budget.spent / 60:6.1f} min, step {step}: {judged()}")
    bar.close()
    keep()
    if not quantizing:
        raise SystemExit(f"{checkpoint} ended after {step} steps, before its quantizer joined, and makes no tokens: give "
                         "more --minutes or --samples, and it goes on")  # fmt: skip
    model.load_state_dict(average.weights)
    print(f"done, averaged weights: {judged()} -> {checkpoint}")
    return model


def width(text: str) -> float:
    """Parses a share of the usual channels."""
    if not (share := number(0, 4)(text)):
        raise argparse.ArgumentTypeError("0 leaves no channels: give more, up to 4")
    return share


def describe(found: dict) -> str:
    used = "/".join(f"{100 * u:.0f}" for u in found["used"])
    perplexity = "/".join(f"{p:.0f}" for p in found["perplexity"])
    quality = f"PSNR {found['psnr']:.2f} dB on val, gradients {100 * found['sharpness']:.0f} % of the original's"
    return f"{quality}, codes in use {used} %, perplexity {perplexity}"


def arguments() -> CommandParser:
    parser = training_arguments("Train stage I.", minutes=40)
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="further prepared folders to train on")
    parser.add_argument("--batch", type=whole_number(1), default=32, help="crops a step; whole pictures are a quarter of it")
    parser.add_argument("--rate", type=number(0), default=1e-3, help="learning rate at its highest")
    parser.add_argument("--warmup", type=whole_number(0), default=600,
                        help="steps before the quantizer joins, a quarter of the run at most")  # fmt: skip
    parser.add_argument("--crop-share", type=number(0, 1), default=0.75, help="share of the minutes, or samples, on crops")
    # without a default here, what a resumed run would not do can be told from what was never asked
    parser.add_argument("--quantizer", choices=["pq", "vq", "rq"], help="pq without it, or what the run began with")
    parser.add_argument("--groups", type=whole_number(1), choices=[1, 2, 4, 8],
                        help="codebooks of pq and rq, to compare: 4 without it; stage II takes 4 of 256")  # fmt: skip
    parser.add_argument("--code-words", type=whole_number(1), choices=[2**n for n in range(1, 13)], metavar="2-4096",
                        help="a codebook, a power of two; without it 1024 of vq, 256 of others")  # fmt: skip
    parser.add_argument("--width", type=width, help="channels of both networks over the usual ones; 1 without it")
    parser.add_argument("--gradient-codebook", action="store_true", default=None,
                        help="Eq. 3's codebook loss instead of EMA")  # fmt: skip
    parser.add_argument(
        "--group-drop",
        type=number(0, 1),
        default=0.0,
        help="share of samples with fewer groups (pq only): easier to predict from words, less sharp",
    )
    parser.add_argument("--even-use", type=number(0), default=0.02, help="weight of the even use of code-words (pq only)")
    parser.add_argument("--validate-every", type=number(0), default=240, help="seconds from one look at val to the next")
    return parser


if __name__ == "__main__":
    run_command(lambda: train(arguments().parse_args()))
