"""Carry a transformer over to another stage I, whose codes mean other things, so that training need not start anew.

    python -m toile.stage_two.carry_over --bundle models/bundles/garments --tokens runs/tokens --data prepared \
        --out runs/carried.pt
    python -m toile.stage_two.train --init-from runs/carried.pt …

The same pictures in the bundle's codes and in the new ones tell which stand for which. Each new code's embeddings and
logits become those of the old codes that it stands for, on average; all else stays.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..bundle import load_stage_one, load_transformer, runs_of
from ..command_line import CommandParser, bundle_folder, run_command, whole_number
from ..origins import codebook_of, load_tokens, origins_of
from ..training import add_device, keep_memory, save
from .tokens import encode_split
from .transformer import Transformer

ROUNDS = 6


def mean_by(codes: Tensor, values: Tensor, size: int) -> Tensor:
    """Mean of values (N, D) by code (N,) -> (size, D); codes that never occur get the mean of all."""
    counts = torch.bincount(codes, minlength=size).float()[:, None]
    sums = torch.zeros(size, values.shape[1]).index_add_(0, codes, values)
    return torch.where(counts > 0, sums / counts.clamp(min=1), values.mean(0))


@torch.no_grad()
def carry_over(model: Transformer, old: Tensor, new: Tensor) -> None:
    """Change the tables and logits in place. old, new: (N, M) codes of the same cells, in the two stages' codes."""
    groups, size = model.config.groups, model.config.size
    if old.shape != new.shape or old.shape[1] != groups:
        raise ValueError(f"codes of the same cells take one shape (N, {groups}): got {[*old.shape]} and {[*new.shape]}")
    # a token's embedding is a sum over its groups, which may have come to share out their work otherwise
    wanted = sum(table.weight[old[:, m]] for m, table in enumerate(model.code.tables))
    tables = [mean_by(new[:, m], table.weight[old[:, m]], size) for m, table in enumerate(model.code.tables)]
    for _ in range(ROUNDS):
        for m in range(groups):
            others = sum(tables[k][new[:, k]] for k in range(groups) if k != m)
            tables[m] = mean_by(new[:, m], wanted - others, size)
    for table, values in zip(model.code.tables, tables, strict=True):
        table.weight[:size] = values  # [MASK] stays

    head = model.head
    told, so_far = torch.zeros(1), torch.zeros(1)
    for m, table in enumerate(head.tables):
        told = told + table.weight[old[:, m]]
        values = mean_by(new[:, m], told - so_far, size)
        so_far = so_far + values[new[:, m]]
        table.weight.copy_(values)
    for m, layer in enumerate(head.logits):
        _carry_logits(layer, old[:, m], new[:, m], size)


def _carry_logits(layer: nn.Linear, old: Tensor, new: Tensor, size: int) -> None:
    """Rows by what they stand for, with the difference of the codes' log frequencies, so that a new code starts likely."""
    frequent = [torch.log(torch.bincount(codes, minlength=size).float() + 1) for codes in (old, new)]
    rows = torch.cat([layer.weight, (layer.bias - frequent[0])[:, None]], 1)
    carried = mean_by(new, rows[old], size)
    layer.weight.copy_(carried[:, :-1])
    layer.bias.copy_(carried[:, -1] + frequent[1])


def main() -> None:
    parser = CommandParser("Carry a bundle's transformer over to another stage I's codes.")
    parser.add_argument("--bundle", required=True, type=bundle_folder, help="folder of the bundle to carry over from")
    parser.add_argument("--tokens", required=True, type=Path, help="folder that toile.stage_two.tokens wrote: the new codes")
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote, which the tokens are of")
    parser.add_argument("--out", required=True, type=Path, help="checkpoint to write")
    parser.add_argument("--pictures", type=whole_number(1), default=1000, help="how many of the train split to look at")
    add_device(parser)
    args = parser.parse_args()
    keep_memory()
    tokens, train = load_tokens(args.data, args.tokens, "train")
    new = tokens["codes"]
    rows = np.sort(np.random.default_rng(0).permutation(len(new))[: args.pictures])
    stage = load_stage_one(args.bundle).eval().to(args.device, memory_format=torch.channels_last)
    old = encode_split(stage, train.images[rows], views=1, crops=0, device=args.device)["codes"]
    model = load_transformer(args.bundle)
    as_cells = [torch.from_numpy(codes[:, 0].astype(np.int64)).flatten(0, 1) for codes in (old, new[rows])]
    carry_over(model, *as_cells)
    runs = [*runs_of(args.bundle, "transformer"), {"note": "carried over to another stage I's codes"}]
    origins = origins_of(args.bundle) | {"codebook": codebook_of(tokens)}
    save(model.save_form() | {"average": model.state_dict(), "runs": runs, "origins": origins}, args.out)
    print(f"{len(rows)} pictures in both codes -> {args.out}")


if __name__ == "__main__":
    run_command(main)
