"""A decoder between a plain one and what refining made of it: the adversary's sharpness without all of its grain.

    python -m toile.stage_one.between --plain models/bundles/garments --refined runs/refined/last.pt --share 0.7 \
        --out runs/between.pt

Weights are interpolated, which works since one started from the other (Wang et al. 2019). Encoder and codebooks must be
the same in both, so that tokens stay valid.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from ..bundle import load_stage_one, runs_of
from ..command_line import CommandParser, number, run_command
from ..training import save
from .networks import StageOne


@torch.no_grad()
def between(plain: StageOne, refined: StageOne, share: float) -> StageOne:
    """Decoder weights `share` of the way from the first to the second. Raises ValueError where their codes differ.

    Crispness, which no weight knows of, is the first's.
    """
    if plain.config != replace(refined.config, crispness=plain.config.crispness):
        raise ValueError(f"two shapes of networks have nothing between them: {plain.config} and {refined.config}")
    first, second = plain.state_dict(), refined.state_dict()
    # running counts of a codebook follow training; its code-words are what decoding reads
    apart = [k for k, v in first.items() if not k.startswith("decoder.") and not k.endswith((".counts", ".sums"))
             and not torch.equal(v, second[k])]  # fmt: skip
    if apart:
        raise ValueError(f"encoders or codebooks differ, so that tokens mean two things: {', '.join(apart[:3])}")
    made = StageOne(plain.config)
    made.load_state_dict({k: torch.lerp(v, second[k], share) if k.startswith("decoder.") else v
                          for k, v in first.items()})  # fmt: skip
    return made


def main() -> None:
    parser = CommandParser("Make a decoder between a plain one and its refined self.")
    parser.add_argument("--plain", required=True, type=Path, help="bundle's folder or checkpoint that refining began from")
    parser.add_argument("--refined", required=True, type=Path, help="checkpoint that toile.stage_one.refine wrote")
    parser.add_argument("--share", type=number(0, 1), default=0.7, help="0: the plain one, 1: the refined one")
    parser.add_argument("--out", required=True, type=Path, help="checkpoint to write")
    args = parser.parse_args()
    made = between(load_stage_one(args.plain), load_stage_one(args.refined), args.share)
    note = f"the decoder lies {100 * args.share:g} % of the way from before the refining to after it"
    runs = [*runs_of(args.refined, "stage_one"), {"note": note}]
    save(made.save_form() | {"average": made.state_dict(), "runs": runs}, args.out)
    print(f"{note} -> {args.out}")


if __name__ == "__main__":
    run_command(main)
