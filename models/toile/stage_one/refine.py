"""Refine a trained stage I against an adversary, so that it paints sharp cloth, from a bundle or a run.

    python -m toile.stage_one.refine --data prepared --run runs/stage-one-sharp --init-from models/bundles/garments \
        --minutes 60

By default the encoder and the codebooks stay as they are: a bundle's tokens stay valid and its transformer fits on.
The discriminator learns alone at first, unless --init-from is a run of this script, which brings its own. `last.pt` is
read like any run's of stage I, and holds the adversary besides. A GPU's run left more grain than cloth has: what lies
between the plain decoder and the refined one (`toile.stage_one.between`) is sharper than the one, and calmer than the other.

Without an adversary, on whole pictures, with a heavy perceptual loss at two scales and a low rate, such a decoder comes
nearer to the photos by an evaluator that it never saw, and stays as near by PSNR. By two networks that were trained
apart it came nearer than by one, and structural similarity keeps what they don't look at:

    python -m toile.stage_one.refine --data prepared --run runs/faithful --init-from runs/between.pt --no-adversary \
        --side 256 --batch 8 --rate 1e-4 --average 0.99 --perceptual runs/perceptual/last.pt runs/perceptual-wide/last.pt \
        --perceptual-weight 5 --whole-weight 1 --structure-weight 0.3
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ..bundle import load_stage_one
from ..command_line import CommandParser, number, run_command, whole_number
from ..data import load_split
from ..evaluator.metrics import exact_convolutions, structural_similarity
from ..training import (
    Average,
    Budget,
    Every,
    describe_run,
    earlier_runs,
    load,
    lower_precision,
    read_checkpoint,
    save,
    start,
    to_pixels,
    training_arguments,
)
from .adversary import Adversary, AdversaryOptions, adaptive_weight
from .box_mixing import mix_boxes, sample_boxes
from .losses import reconstruction_loss
from .networks import StageOne
from .perceptual_network import PerceptualLoss, make_perceptual_loss
from .train import CROP, describe, sample_crops, validate


class Refinement:
    """One step after another on crops. `told` holds the last step's figures."""

    def __init__(self, model: StageOne, adversary: Adversary | None, perceptual: PerceptualLoss | None,
                 args: argparse.Namespace, warmup: int):  # fmt: skip
        self.model, self.adversary, self.perceptual, self.args = model, adversary, perceptual, args
        self.warmup = warmup if adversary else 0
        if args.freeze_encoder:
            for part in (model.encoder, model.quantizer):
                part.requires_grad_(False)
        learners = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(learners, lr=args.rate, betas=(0.5, 0.99), weight_decay=0.0)
        self.told: dict[str, float] = {}

    def step(self, pixels: Tensor, step: int, budget: Budget, rng: np.random.Generator) -> None:
        """Learn from real pictures (B, 3, H, W): the discriminator always, the rest after its warm-up."""
        waiting = step < self.warmup
        with torch.set_grad_enabled(not waiting):
            words, commitment = self.encode(pixels)
            with lower_precision(self.args.device):
                output = self.model.decoder(torch.cat([words, self.mixed(words, rng)])).float()
        if self.adversary:
            self.adversary.learn(pixels, output, step, budget.rate(step, warmup=50))
        if waiting:
            return
        wanted = self.gradient(output, pixels)
        if commitment is None:
            output.backward(wanted)
        else:
            torch.autograd.backward([output, commitment], [wanted, None])
        for group in self.optimizer.param_groups:
            group["lr"] = self.args.rate * budget.rate(step - self.warmup, warmup=self.args.ramp)
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(self.optimizer.param_groups[0]["params"], 1.0)):
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def encode(self, pixels: Tensor) -> tuple[Tensor, Tensor | None]:
        """Code-words (B, C, h, w), and the quantizer's loss where the encoder learns too."""
        learning = torch.is_grad_enabled() and not self.args.freeze_encoder
        self.model.quantizer.train(learning)  # in evaluation, codebooks follow nothing
        with torch.set_grad_enabled(learning):
            with lower_precision(self.args.device):
                values = self.model.encoder(pixels)
            found = self.model.quantizer(values.float())
        return found.values, found.loss if found.loss.requires_grad else None

    def mixed(self, words: Tensor, rng: np.random.Generator) -> Tensor:
        """Box-mixed maps of pairs of the batch, (mix_share * B, C, h, w); they teach the decoder alone."""
        b, _, rows, columns = words.shape
        count = round(self.args.mix_share * b) if self.adversary and b > 1 else 0
        base = words.detach()
        return mix_boxes(base[:count], base.roll(1, 0)[:count], sample_boxes(count, rows, columns, rng))

    def gradient(self, output: Tensor, pixels: Tensor) -> Tensor:
        """What the losses want of the output: reconstruct the first B, and let the adversary take all for real."""
        painted = output.detach().requires_grad_()
        loss = reconstruction_loss(painted[: len(pixels)], pixels)
        self.told["loss"] = loss.item()
        if self.perceptual:
            with lower_precision(self.args.device):
                far = self.perceptual(painted[: len(pixels)], pixels)
            self.told["perceptual"] = far.item()
            loss = loss + self.args.perceptual_weight * far
        if self.args.structure_weight:
            alike = structural_similarity(painted[: len(pixels)] + 1, pixels + 1, span=2.0).mean()
            self.told["ssim"] = alike.item()
            loss = loss + self.args.structure_weight * (1 - alike)
        with exact_convolutions():
            (wanted,) = torch.autograd.grad(loss, painted)
        if self.adversary is None:
            return wanted
        (adversarial,) = torch.autograd.grad(self.adversary.judge(painted, pixels), painted)
        last = self.model.decoder.smooth.weight
        sizes = [torch.autograd.grad(output, last, g, retain_graph=True)[0] for g in (wanted, adversarial)]
        weight = adaptive_weight(*sizes, self.args.adversarial, self.args.weight_limit)
        self.told["weight"] = weight.item()
        return wanted + weight * adversarial


def train(args: argparse.Namespace) -> StageOne:
    start(args)
    rng = np.random.default_rng(args.seed)
    images = load_split(args.data, "train", in_memory=False).images
    val = load_split(args.data, "val").images[: args.val_pictures]
    checkpoint = args.run / "last.pt"
    saved = load(checkpoint, "stage I")
    if saved is None and args.init_from is None:
        raise SystemExit("refining starts from a trained stage I: give --init-from a bundle's folder or a checkpoint")
    if saved and "adversary" not in saved:
        raise SystemExit(f"{checkpoint} is of another script: give it as --init-from, and another folder as --run")
    if saved and bool(saved["adversary"]) != args.adversary:
        has, hint = ("an", "leave out") if saved["adversary"] else ("no", "give")
        raise SystemExit(f"{checkpoint} has {has} adversary: {hint} --no-adversary, or choose another --run")
    model = StageOne.restore(saved) if saved else load_stage_one(args.init_from)
    model = model.to(args.device, memory_format=torch.channels_last).train()
    begun = saved or (read_checkpoint(args.init_from) if args.init_from.is_file() else {})
    adversary = None
    if args.adversary:
        adversary = Adversary(AdversaryOptions(args.discriminator_rate, args.r1, args.r1_every, args.matching,
                                               args.augment), args.device)  # fmt: skip
        if begun.get("adversary"):
            adversary.restore(begun["adversary"])
    warmup = saved["warmup"] if saved else 0 if begun.get("adversary") else args.warmup
    kind = "trained" if args.perceptual else args.untrained_perceptual
    perceptual = make_perceptual_loss(kind, args.perceptual, args.device, args.whole_weight)
    refinement = Refinement(model, adversary, perceptual, args, warmup)
    average = Average(model, args.average)
    step, spent, seen, earlier = 0, 0.0, 0, earlier_runs(args.init_from, "stage_one")
    if saved:
        average.restore(saved["average"])
        refinement.optimizer.load_state_dict(saved["optimizer"])
        step, spent, seen, earlier = saved["step"], saved["spent"], saved["seen"], saved["runs"][:-1]
        rng = np.random.default_rng(args.seed + step)
        torch.manual_seed(args.seed + step)
        print(f"resumed {checkpoint} at step {step}, {spent / 60:.1f} minutes in")
    if not args.no_compile:
        for block in model.decoder.blocks:  # the last layer stays outside: its gradients are taken apart
            block.compile()

    budget = Budget(args.minutes, spent=spent, samples=args.samples, seen=seen)

    def judged() -> str:
        with budget.paused():
            averaged = StageOne.restore({"config": model.save_form()["config"], "weights": average.weights})
            return describe(validate(averaged.to(args.device), val, args.device))

    def keep() -> None:
        told = argparse.Namespace(**vars(args) | {"perceptual": f"{n} {kind}" if (n := len(args.perceptual)) > 1 else kind})
        runs = [*earlier, describe_run(told, budget.spent, budget.seen, len(images))]
        save(model.save_form() | {
            "average": average.weights, "optimizer": refinement.optimizer.state_dict(), "step": step, "seen": budget.seen,
            "spent": budget.spent, "warmup": warmup, "quantizing": True, "runs": runs,
            "adversary": adversary.save_form() if adversary else None}, checkpoint)  # fmt: skip

    if not saved:
        print(f"at the start: {judged()}")
    due, shown = Every(120), Every(args.validate_every, clock=lambda: budget.spent)
    bar = budget.bar()
    while not budget.over:
        crops = sample_crops(images, args.batch, rng, min(args.side, images.shape[1]))
        refinement.step(to_pixels(crops.to(args.device)), step, budget, rng)
        average.follow(model, step)
        if step >= refinement.warmup:  # until then nothing that is kept has learned
            budget.seen += args.batch
        step += 1
        told = refinement.told | (adversary.told if adversary else {})
        bar.set_postfix({"step": step} | {k: f"{v:.3g}" for k, v in told.items()}, refresh=False)
        budget.move(bar)
        if due():
            keep()
        if shown():
            tqdm.write(f"{budget.spent / 60:6.1f} min, step {step}: {judged()}")
    bar.close()
    keep()
    if step <= refinement.warmup and refinement.warmup:
        raise SystemExit(f"{checkpoint} ended after {step} of {refinement.warmup} steps in which only the discriminator "
                         "learns, and has the decoder that it began with: give more --minutes, and it goes on")  # fmt: skip
    print(f"done, averaged weights: {judged()} -> {checkpoint}")
    model.load_state_dict(average.weights)
    return model


def arguments() -> CommandParser:
    parser = training_arguments("Refine stage I against an adversary.", minutes=60)
    switch = {"action": argparse.BooleanOptionalAction, "default": True}
    parser.add_argument("--batch", type=whole_number(1), default=16, help="crops a step")
    parser.add_argument("--side", type=whole_number(16, step=16), default=CROP,
                        help="pixels a side of a crop; a picture's own is the whole of it")  # fmt: skip
    parser.add_argument("--rate", type=number(0), default=2e-4, help="learning rate at its highest")
    parser.add_argument("--ramp", type=whole_number(1), default=100, help="steps in which the decoder's rate rises")
    parser.add_argument("--average", type=number(0, 1), default=0.999, help="decay of the averaged weights, a step")
    parser.add_argument("--freeze-encoder", **switch, help="only the decoder learns, so tokens stay valid")
    parser.add_argument("--adversary", **switch, help="needed for mixing and feature matching")
    parser.add_argument("--adversarial", type=number(0), default=0.65, help="adversary's gradient over reconstruction's")
    parser.add_argument("--weight-limit", type=number(0), default=10.0, help="most that the adversary's loss is weighted")
    parser.add_argument("--warmup", type=whole_number(0), default=300, help="steps in which only the discriminator learns")
    parser.add_argument("--discriminator-rate", type=number(0), default=AdversaryOptions.rate,
                        help="the discriminator's learning rate")  # fmt: skip
    parser.add_argument("--r1", type=number(0), default=AdversaryOptions.r1, help="gamma over res²/batch")
    parser.add_argument("--r1-every", type=whole_number(0), default=AdversaryOptions.r1_every, help="steps; 0: no penalty")
    parser.add_argument("--matching", type=number(0), default=AdversaryOptions.matching, help="weight; 0: none")
    parser.add_argument("--augment", **switch, help="move and cut what the discriminator sees")
    parser.add_argument("--mix-share", type=number(0, 1), default=0.5, help="box-mixed maps a crop; 0: none")
    parser.add_argument("--perceptual", type=Path, nargs="+", default=[], metavar="CHECKPOINT",
                        help="of toile.stage_one.perceptual; several count as much each")  # fmt: skip
    parser.add_argument("--untrained-perceptual", choices=["random", "off"], default="random",
                        help="without --perceptual: a random network's features, or none")  # fmt: skip
    parser.add_argument("--perceptual-weight", type=number(0), default=0.1, help="of the perceptual loss")
    parser.add_argument("--whole-weight", type=number(0), default=0.0,
                        help="of what networks read of whole crops at half the size; 0: none at half the size")  # fmt: skip
    parser.add_argument("--structure-weight", type=number(0), default=0.0,
                        help="of what is missing in structural similarity")  # fmt: skip
    parser.add_argument("--val-pictures", type=whole_number(1), default=100, help="of val, to measure")
    parser.add_argument("--validate-every", type=number(0), default=240, help="seconds from one look at val to the next")
    return parser


if __name__ == "__main__":
    run_command(lambda: train(arguments().parse_args()))
