"""Train stage II on tokens encoded by stage I (§3.2, §3.3).

    python -m toile.stage_two.train --data prepared --tokens runs/tokens --tokenizer tokenizer.json \
        --run runs/stage-two --preset xs --minutes 90

Every batch has one combination of conditions, so that its sequences are of nearly one length. The estimators [REL]
and [FDL] get a batch of their own now and then, half of it spoiled. With --autoregressive it trains the baseline that
Table 2 compares: the same blocks over the same tokens, one cell after the other.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from ..command_line import CommandParser, number, run_command, whole_number
from ..origins import check_origins, file_checksum, origins_of
from ..tokenizer import load_tokenizer
from ..training import (
    Average,
    Budget,
    Every,
    describe_run,
    earlier_runs,
    has_bf16,
    load,
    lower_precision,
    save,
    start,
    training_arguments,
)
from .batches import Batches, Cells
from .conditions import build_conditions
from .masking import apply_mask
from .muon import WideMuon
from .negatives import Examples, judge_estimators
from .samples import Samples
from .transformer import PRESETS, Transformer, TransformerConfig, preset_of

COMBINATIONS = {"vt": 0.20, "t": 0.55, "v": 0.20, "none": 0.05}
AS_PRINTED = {"vt": 0.20, "v": 0.55, "t": 0.20, "none": 0.05}  # §3.3's own order, see the design notes


def cell_weights(codes: np.ndarray, size: int, power: float) -> Tensor:
    """(size,) loss weight of a cell by its first code: the white half of every picture must not drown the garment."""
    share = np.bincount(codes[:, 0, :, 0].ravel(), minlength=size) / codes[:, 0, :, 0].size
    weights = np.clip((share * size + 1e-3) ** -power, 0.2, 2.0)
    return torch.from_numpy(weights / (weights * share).sum()).float()


def token_loss(model: Transformer, hidden: Tensor, codes: Tensor, wanted: Tensor, weights: Tensor, smoothing: float,
               stress: Tensor | float = 1.0):  # fmt: skip
    """Cross-entropy of Eq. 5. Returns (weighted loss, (M,) plain nats a sub-code).

    hidden: (B, cells, D), codes: (B, cells, M), wanted: (n,) indices into all B * cells, or that many bool; stress: (n,)
    what the weights are multiplied by.
    """
    picked = codes.flatten(0, 1)[wanted]  # (n, M)
    logits = model.head(hidden.flatten(0, 1)[wanted], picked).float()  # (n, M, K)
    nats = F.cross_entropy(logits.flatten(0, 1), picked.flatten(), reduction="none").view(picked.shape)
    loss = nats
    if smoothing:
        loss = (1 - smoothing) * nats - smoothing * F.log_softmax(logits, -1).mean(-1)
    weight = weights[picked[:, 0]] * stress
    return (loss.mean(1) * weight).sum() / weight.sum(), nats.detach().mean(0)


@torch.no_grad()
def validate(model: Transformer, samples: Samples, device: str, count: int = 160) -> dict:
    """Nats a sub-code with fixed masks and words: all masked, 60 % masked, and group by group over both.

    The autoregressive baseline predicts each cell from all before it, whatever is masked: its figures are one.
    """
    model.eval()
    generator = torch.Generator().manual_seed(1)
    shares = {"none": 0.0} if model.config.causal else {"all": 1.0, "60 %": 0.6}
    found: dict[str, list[Tensor]] = {name: [] for name in shares}
    weights = torch.ones(model.config.size, device=device)
    for at in range(0, min(count, len(samples.records)), 32):
        rows = np.arange(at, min(at + 32, len(samples.records)))
        conditions = build_conditions([samples.canonical_text(r) for r in rows], groups=model.config.groups).to(device)
        codes = torch.from_numpy(samples.codes[rows, 0].astype(np.int64))
        for name, share in shares.items():
            masked = torch.rand(codes.shape[:2], generator=generator) < share
            given, wanted = apply_mask(codes, masked, model.config.size), masked | model.config.causal
            wanted = wanted.flatten().nonzero()[:, 0]
            cells = Cells(given, codes, wanted, torch.zeros(len(wanted), dtype=torch.bool), conditions).to(device)
            with lower_precision(device):
                hidden, _, _ = model(cells.given, cells.conditions)
                found[name].append(token_loss(model, hidden, cells.codes, cells.wanted, weights, 0.0)[1])
    model.train()
    means = {name: torch.stack(parts).mean(0) for name, parts in found.items()}
    return {
        "nll": {name: mean.mean().item() for name, mean in means.items()},
        "groups": torch.stack(list(means.values())).mean(0).tolist(),
    }


def make_optimizers(model: Transformer, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the blocks' matrices, AdamW for everything else. Muon's update has AdamW's size, so one rate serves."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and ("blocks." in n or "head.mix" in n)]
    taken = {id(p) for p in matrices}
    muon = torch.optim.Muon if has_bf16(matrices[0].device) else WideMuon
    rest = [p for p in model.parameters() if id(p) not in taken]
    return [
        muon(matrices, lr=rate, weight_decay=0.045, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.96), weight_decay=0.045),
    ]


def check_kind(checkpoint: Path, causal: bool, asked: bool) -> None:
    """Ends the program where a run would go on as the other kind of transformer."""
    if causal != asked:
        kinds = {False: "one by masks", True: "an autoregressive one"}
        hint = "give" if causal else "leave out"
        raise SystemExit(f"{checkpoint} is {kinds[causal]}, and {kinds[asked]} is asked for: {hint} --autoregressive, "
                         "or choose another --run")  # fmt: skip


def check_meaning(args: argparse.Namespace, origins: dict[str, str | None], saved: dict | None) -> None:
    """Ends the program where a run, or what it starts from, learned other codes or words than the ones given."""
    if saved is not None:
        hint = "give what it began with, or choose another --run"
        sides = {"codebook": (args.tokens, hint), "tokenizer": (args.tokenizer, hint)}
        check_origins(args.run / "last.pt", saved.get("origins", {}), origins, sides)
    elif args.init_from:
        check_origins(args.init_from, origins_of(args.init_from), origins, {
            "codebook": (args.tokens, "encode the tokens with its stage I, or start from what toile.stage_two.carry_over "
                                      "makes of it"),
            "tokenizer": (args.tokenizer, "give --tokenizer its own"),
        })  # fmt: skip


def check_shape(args: argparse.Namespace, saved: dict, config: TransformerConfig) -> None:
    """Ends the program where a run would go on as a transformer of another size."""
    sizes = [tuple(shape[name] for name in ("layers", "width", "heads")) for shape in (saved["config"], vars(config))]
    if sizes[0] != sizes[1]:
        begun, asked = ("×".join(map(str, size)) for size in sizes)
        known = preset_of(TransformerConfig(**saved["config"]))
        hint = f"give --preset {known}" if known else "give the --init-from that it began with"
        raise SystemExit(f"{args.run / 'last.pt'} has {begun} layers, width and heads, and {asked} are asked for: {hint}, "
                         "or choose another --run")  # fmt: skip


def check_cells(args: argparse.Namespace, cells: int, config: TransformerConfig) -> None:
    """Ends the program where the tokens are of pictures of another size than the transformer's."""
    if cells != config.cells:
        raise SystemExit(f"{args.tokens} holds {cells} cells a picture, and the transformer makes {config.cells}: prepare "
                         f"the catalogue with --size {16 * config.grid}, and encode it again")  # fmt: skip


def train(args: argparse.Namespace) -> Transformer:
    start(args)
    tokenizer = load_tokenizer(args.tokenizer)
    preset = PRESETS[args.preset]
    samples = Samples(args.data, args.tokens, tokenizer, preset.max_text, args.balance, ["train", *args.also])
    val = Samples(args.data, args.tokens, tokenizer, preset.max_text, 0.0, ["val"])
    config = replace(preset, vocabulary=tokenizer.get_vocab_size(), dropout=args.dropout, causal=args.autoregressive)
    estimate_every = 0 if args.autoregressive else args.estimate_every
    model = Transformer(config)
    if args.init_from:
        from ..bundle import load_transformer

        # either kind goes on from the other: the blocks are the same, and learn soon what they may see
        model = load_transformer(args.init_from, dropout=args.dropout, causal=args.autoregressive)
        if config.vocabulary != model.config.vocabulary:
            raise SystemExit(f"{args.tokenizer} has {config.vocabulary} tokens, and {args.init_from} was trained with "
                             f"{model.config.vocabulary}: give --tokenizer its own")  # fmt: skip
    checkpoint = args.run / "last.pt"
    saved, origins = load(checkpoint, "stage II"), {"codebook": samples.codebook, "tokenizer": file_checksum(args.tokenizer)}
    check_meaning(args, origins, saved)
    check_cells(args, samples.codes.shape[2], model.config)
    model = model.to(args.device)
    average = Average(model, args.average)
    optimizers = make_optimizers(model, args.rate)
    step, spent, seen, earlier = 0, 0.0, 0, earlier_runs(args.init_from, "transformer")
    best = math.inf
    if saved is not None:
        check_kind(checkpoint, saved["config"].get("causal", False), args.autoregressive)
        check_shape(args, saved, model.config)
        model.load_state_dict(saved["weights"])
        average.restore(saved["average"])
        for optimizer, state in zip(optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        step, spent, seen, earlier = saved["step"], saved["spent"], saved["seen"], saved["runs"][:-1]
        if (before := load(args.run / "best.pt", "stage II")) is not None:
            best = before["nats"]
        torch.manual_seed(args.seed + step)
        print(f"resumed {checkpoint} at step {step}, {spent / 60:.1f} minutes in")
    if not args.no_compile:
        for block in model.blocks:  # all of one kind, so one of them is compiled for them all
            block.compile(dynamic=True)
    weights = cell_weights(samples.codes, model.config.size, args.rarity).to(args.device)
    shares = AS_PRINTED if args.conditions == "printed" else _shares(args.conditions)
    batches = Batches(samples, model.config, shares, batch=args.batch, corrupt=args.corrupt,
                      unrolled=args.unrolled, estimate_every=estimate_every, seed=args.seed, first=step)  # fmt: skip
    budget, due, told = Budget(args.minutes, spent=spent, samples=args.samples, seen=seen), Every(120), Every(20)
    shown = Every(args.validate_every, clock=lambda: budget.spent)

    def form() -> dict:
        runs = [*earlier, describe_run(args, budget.spent, budget.seen, len(samples.records))]
        config = model.save_form()["config"]
        return {"config": config, "average": average.weights, "runs": runs, "origins": origins}

    def keep() -> None:
        save(form() | {"weights": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers], "step": step,
                       "seen": budget.seen, "spent": budget.spent}, checkpoint)  # fmt: skip

    def judge() -> None:
        """Validate the averaged weights, and keep them apart where none did better before."""
        nonlocal best
        averaged = Transformer.restore(form() | {"weights": average.weights}).to(args.device)
        with budget.paused():
            found = validate(averaged, val, args.device)
            tqdm.write(f"{budget.spent / 60:6.1f} min, {budget.seen} samples: {describe(found)}")
            if estimate_every:
                tqdm.write(describe_estimators(judge_estimators(val, averaged, args.device)))
        if (nats := sum(found["nll"].values()) / len(found["nll"])) < best:
            best = nats
            save(form() | {"nats": nats}, args.run / "best.pt")

    def update(loss: Tensor) -> None:
        nonlocal step
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        factor = budget.rate(step, warmup=args.warmup, floor=0.05, flat=args.flat)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = args.rate * factor
            if torch.isfinite(norm):
                optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        average.follow(model, step)
        step += 1

    bar = budget.bar()
    smoothed = None
    for batch in batches.load(args.workers):
        if budget.over:
            break
        batch = batch.to(args.device)
        if isinstance(batch, Examples):
            with lower_precision(args.device):
                with torch.compiler.set_stance("force_eager"):  # too seldom to compile the blocks for
                    examples = batch.guess(model)
                _, rel, fdl = model(examples.codes, examples.conditions, estimate=True)
            wrong = F.binary_cross_entropy_with_logits
            update(args.estimate_weight * (wrong(rel, examples.relevant.float()) + wrong(fdl, examples.faithful.float())))
        else:
            with lower_precision(args.device):
                batch = batch.guess(model)
                hidden, _, _ = model(batch.given, batch.conditions)
                stress = 1 + (args.accent_weight - 1) * batch.stressed.float()
                loss, nats = token_loss(model, hidden, batch.codes, batch.wanted, weights, args.smoothing, stress)
            update(loss)
            budget.seen += args.batch
            smoothed = nats.mean() if smoothed is None else torch.lerp(nats.mean(), smoothed, 0.98)
        if told() and smoothed is not None:
            bar.set_postfix(step=step, seen=budget.seen, nats=f"{smoothed.item():.3f}", refresh=False)
        budget.move(bar)
        if due():
            keep()
        if shown():
            judge()
    bar.close()
    judge()
    keep()
    model.load_state_dict(average.weights)
    print(f"done -> {checkpoint}, and the averaged weights that did best on val -> {args.run / 'best.pt'}")
    return model


def describe(found: dict) -> str:
    nll = ", ".join(f"{value:.3f} with {name} masked" for name, value in found["nll"].items())
    return f"val nats a sub-code {nll}; groups {'/'.join(f'{g:.2f}' for g in found['groups'])}"


def describe_estimators(found: dict) -> str:
    told = {name: [f"{kind} {area:.2f}" for kind, area in areas.items() if not math.isnan(area)]
            for name, areas in found.items()}  # fmt: skip
    lines = [f"{name} against {', '.join(kinds)}" for name, kinds in told.items() if kinds]
    return f"area under the curve of {'; '.join(lines)}" if lines else "val has too few pictures to judge the estimators on"


def _shares(text: str) -> dict[str, float]:
    """'vt=.2,t=.55,v=.2,none=.05' -> shares by combination"""
    try:
        shares = {name: number(0)(value) for name, value in (pair.split("=") for pair in text.split(","))}
    except (ValueError, argparse.ArgumentTypeError):
        example = ",".join(f"{name}={value}" for name, value in COMBINATIONS.items())
        raise ValueError(f"--conditions {text} is no list of shares, as {example}") from None
    if not sum(shares.values()):
        raise ValueError(f"--conditions {text} leaves no combination")
    if unknown := set(shares) - set(COMBINATIONS):
        raise ValueError(f"no combination {', '.join(sorted(unknown))}; there are: {', '.join(COMBINATIONS)}")
    return shares


def _turns(text: str) -> int:
    if (steps := whole_number(0)(text)) == 1:
        raise argparse.ArgumentTypeError("1 leaves no batch to predict from: give 0, or 2 and more")
    return steps


def arguments() -> CommandParser:
    parser = training_arguments("Train stage II.", minutes=90)
    parser.add_argument("--tokens", required=True, type=Path, help="folder that toile.stage_two.tokens wrote")
    parser.add_argument("--tokenizer", required=True, type=Path, help="file that toile.tokenizer wrote, or a bundle's")
    parser.add_argument("--also", nargs="*", default=[], help="splits to learn from beside train, as toile.recolour's")
    sizes = ", ".join(f"{name} {p.layers}×{p.width}×{p.heads}" for name, p in PRESETS.items())
    parser.add_argument("--preset", choices=list(PRESETS), default="s", help=f"layers, width and heads: {sizes}; "
                        "--init-from brings its own")  # fmt: skip
    parser.add_argument("--batch", type=whole_number(1), default=32, help="pictures a step")
    parser.add_argument("--workers", type=whole_number(0), default=0, help="processes that draw batches ahead, which a GPU "
                        "needs some of; in a container give each some 30 MB of shared memory")  # fmt: skip
    parser.add_argument("--rate", type=number(0), default=1e-3, help="learning rate at its highest")
    parser.add_argument("--warmup", type=whole_number(1), default=200, help="steps over which the rate rises")
    parser.add_argument("--flat", type=number(0, 1), default=0.4, help="share of the run before the rate falls")
    parser.add_argument("--dropout", type=number(0, 1), default=0.1, help="share of values that a step leaves out")
    parser.add_argument("--smoothing", type=number(0, 1), default=0.05, help="label smoothing")
    parser.add_argument("--corrupt", type=number(0, 1), default=0.08, help="share of visible tokens to doubt")
    parser.add_argument("--unrolled", type=number(0, 1), default=0.0, help="share of the batches in which some of what is "
                        "to be predicted shows the model's own guess, as in SMART's passes")  # fmt: skip
    parser.add_argument("--rarity", type=number(0), default=0.25, help="power of the loss weight by a cell's rarity")
    parser.add_argument("--accent-weight", type=number(0), default=1.0, help="loss weight of a cell that shows a second "
                        "colour which the words name, over the others'")  # fmt: skip
    parser.add_argument("--balance", type=number(0), default=0.3, help="power of the sampling weight by rarity of a kind")
    parser.add_argument("--average", type=number(0, 1), default=0.999, help="decay of the averaged weights")
    parser.add_argument("--conditions", default=",".join(f"{k}={v}" for k, v in COMBINATIONS.items()),
                        help="shares of the combinations, or 'printed' for the paper's printed order")  # fmt: skip
    parser.add_argument("--estimate-every", type=_turns, default=8, help="steps from one of the estimators' batches on "
                        "to the next, from 2 up; 0: none")  # fmt: skip
    parser.add_argument("--estimate-weight", type=number(0), default=0.2, help="of the estimators' loss")
    parser.add_argument("--autoregressive", action="store_true", help="train Table 2's baseline, in raster order")
    parser.add_argument("--validate-every", type=number(0), default=600, help="seconds from one look at val to the next")
    return parser


if __name__ == "__main__":
    run_command(lambda: train(arguments().parse_args()))
