"""A transformer between one and what further training made of it: what it learned, without all that it forgot.

    python -m toile.stage_two.between --first models/bundles/garments --second runs/further/best.pt --share 0.7 \
        --out runs/between.pt

Weights are interpolated, which works since one started from the other (Wortsman et al. 2022). Some thousand steps on new
phrasings teach these and unlearn a little of the rest; most of the way keeps both.
"""

from __future__ import annotations

from pathlib import Path

import torch

from ..bundle import load_transformer, runs_of
from ..command_line import CommandParser, number, run_command
from ..origins import origins_of
from ..training import save
from .transformer import Transformer


@torch.no_grad()
def between(first: Transformer, second: Transformer, share: float) -> Transformer:
    """The second, its weights `share` of the way to it from the first. Raises ValueError where their shapes differ."""
    weights, others = first.state_dict(), second.state_dict()
    apart = [name for name in weights.keys() | others.keys()
             if name not in weights or name not in others or weights[name].shape != others[name].shape]  # fmt: skip
    if apart:
        raise ValueError(f"two shapes of networks have nothing between them: they differ in {', '.join(sorted(apart)[:3])}")
    second.load_state_dict({name: torch.lerp(value, others[name], share) for name, value in weights.items()})
    return second


def main() -> None:
    parser = CommandParser("Make a transformer between one and its further trained self.")
    parser.add_argument("--first", required=True, type=Path, help="bundle's folder or checkpoint that training went on from")
    parser.add_argument("--second", required=True, type=Path, help="checkpoint that toile.stage_two.train wrote")
    parser.add_argument("--share", type=number(0, 1), default=0.7, help="0: the first, 1: the second")
    parser.add_argument("--out", required=True, type=Path, help="checkpoint to write")
    args = parser.parse_args()
    made = between(load_transformer(args.first), load_transformer(args.second), args.share)
    note = f"the weights lie {100 * args.share:g} % of the way from before the last training to after it"
    save(made.save_form() | {"average": made.state_dict(), "runs": [*runs_of(args.second, "transformer"), {"note": note}],
                             "origins": origins_of(args.second)}, args.out)  # fmt: skip
    print(f"{note} -> {args.out}")


if __name__ == "__main__":
    run_command(main)
