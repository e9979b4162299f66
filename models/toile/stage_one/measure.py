"""What a bundle's stage I costs, and how far an edited cell reaches.

    python -m toile.stage_one.measure --bundle models/bundles/garments --data prepared

Cost: the times of an encode and a decode in ONNX Runtime beside those of their convolutions alone, in turns in one run,
and the convolutions' operations. Reach: one cell's code is changed, and how far from it pixels change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import nn
from tqdm import tqdm

from ..bundle import load_stage_one
from ..command_line import CommandParser, bundle_folder, run_command, whole_number
from ..data import load_split
from ..evaluator.tables import print_table
from ..onnx_networks import OnnxNetworks, from_bytes, open_session
from ..timing import time_in_turns
from .networks import StageOneConfig

NEAR = 48  # px beyond the cell's edge


@dataclass(frozen=True)
class Convolution:
    """One convolution of a network on a picture: channels, kernel's side, stride, and the size that it makes."""

    inputs: int
    outputs: int
    kernel: int
    stride: int
    height: int
    width: int

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        return 2 * self.inputs * self.outputs * self.kernel**2 * self.height * self.width


def convolutions_of(module: nn.Module, example: torch.Tensor) -> list[Convolution]:
    """Every convolution that one run goes through."""
    found = []

    def note(conv: nn.Conv2d, _, output: torch.Tensor) -> None:
        found.append(Convolution(conv.in_channels, conv.out_channels, conv.kernel_size[0], conv.stride[0],
                                 *output.shape[2:]))  # fmt: skip

    hooks = [m.register_forward_hook(note) for m in module.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        module(example)
    for hook in hooks:
        hook.remove()
    return found


def plain_graph(convs: list[Convolution]) -> onnx.ModelProto:
    """A graph of these convolutions alone, side by side, each over an input of its own."""
    rng = np.random.default_rng(0)
    nodes, inputs, outputs, weights = [], [], [], []
    for n, c in enumerate(convs):
        shape = [1, c.inputs, c.height * c.stride, c.width * c.stride]
        inputs.append(helper.make_tensor_value_info(f"x{n}", TensorProto.FLOAT, shape))
        outputs.append(helper.make_tensor_value_info(f"y{n}", TensorProto.FLOAT, [1, c.outputs, c.height, c.width]))
        kernel = rng.normal(size=(c.outputs, c.inputs, c.kernel, c.kernel)).astype(np.float32)
        weights += [onnx.numpy_helper.from_array(kernel, f"w{n}"),
                    onnx.numpy_helper.from_array(np.zeros(c.outputs, np.float32), f"b{n}")]  # fmt: skip
        nodes.append(helper.make_node("Conv", [f"x{n}", f"w{n}", f"b{n}"], [f"y{n}"], strides=[c.stride] * 2,
                                      pads=[c.kernel // 2] * 4))  # fmt: skip
    graph = helper.make_graph(nodes, "convolutions", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def measure_cost(bundle: OnnxNetworks, folder: Path, runs: int) -> dict:
    """Times of encode and decode at the bundle's own size, and their convolutions' operations and times."""
    stage = load_stage_one(folder).eval()
    side, grid = bundle.model["image"]["size"], bundle.model["grid"]["size"]
    codes = np.random.default_rng(0).integers(0, stage.config.size, (1, stage.config.groups, grid, grid))
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, 3, side, side)).astype(np.float32)
    convs = {"encode": convolutions_of(stage.encoder, torch.from_numpy(pixels)),
             "decode": convolutions_of(stage.decoder, torch.zeros(1, stage.config.channels, grid, grid))}  # fmt: skip
    ways = {"encode": lambda _: bundle.encode(pixels), "decode": lambda _: bundle.decode(codes)}
    for name, found in convs.items():
        session = open_session(plain_graph(found).SerializeToString(), bundle.threads)
        given = {i.name: np.random.default_rng(1).normal(size=i.shape).astype(np.float32) for i in session.get_inputs()}
        ways[f"{name}: convolutions"] = lambda _, session=session, given=given: session.run(None, given)
    seconds, found = time_in_turns(ways, runs, warm_ups=2), {}
    for name, parts in convs.items():
        whole, plain = seconds[name], seconds[f"{name}: convolutions"]
        found[name] = {"gflop": sum(c.operations for c in parts) / 1e9, "seconds": whole, "ratio": whole / plain}
    rows = [(name, f["gflop"], 1000 * f["seconds"], f["ratio"], runs) for name, f in found.items()]
    print_table(f"Cost at {side}x{side}", ("", "convolutions' GFLOP", "ms", "over its convolutions", "runs"), rows)
    return found


def receptive_field(config: StageOneConfig) -> int:
    """How many pixels beyond a cell's edge its code can reach in the decoder, from the kernels alone."""
    reach, levels = 0, len(config.decoder_widths)
    for level in range(levels):
        pixel = config.factor >> level  # px a side of this level's places
        # the style map's convolution, of the first level, or the one after each doubling; then a block's two
        reach += pixel * (1 + 2)
    return reach + (config.factor >> (levels - 1)) + 1 + bool(config.crispness)  # to_pixels, smooth, then what is near


def measure_reach(bundle: OnnxNetworks, images: np.ndarray, config: StageOneConfig, seed: int = 0) -> dict:
    """Change one cell's code in each picture's map to another picture's, and tell how far the decoded pixels change.

    Cells that are alike in both pictures, as background is, or whose codes decode alike, are left out. Raises ValueError
    where all are.
    """
    rng, cell = np.random.default_rng(seed), bundle.model["grid"]["cell"]
    codes = np.concatenate([bundle.encode(from_bytes(images[n : n + 1])) for n in range(len(images))])
    field, furthest, near = receptive_field(config), 0, []
    at = np.arange(images.shape[1])
    for n in tqdm(range(len(codes)), desc="reach", unit="picture"):
        row, column = rng.integers(0, codes.shape[2], 2)
        changed = codes[n : n + 1].copy()
        changed[0, :, row, column] = codes[rng.integers(len(codes)), :, row, column]
        if (changed == codes[n]).all():
            continue
        change = np.abs(bundle.decode(changed) - bundle.decode(codes[n : n + 1]))[0].sum(0)  # (H, W)
        if not change.any():
            continue
        beyond = [np.maximum(np.maximum(k * cell - at, at - (k + 1) * cell + 1), 0) for k in (row, column)]
        outside = np.maximum(beyond[0][:, None], beyond[1][None])  # px beyond the cell's edge, 0 within
        furthest = max(furthest, int(outside[change > 0].max(initial=0)))
        near.append(float(change[outside <= NEAR].sum() / change.sum()))
    if not near:
        raise ValueError(f"none of the {len(codes)} cells changes a pixel with another picture's codes: give other pictures")
    found = {"field": field, "furthest": furthest, "near": float(np.mean(near)), "near_least": min(near), "cells": len(near)}
    print_table("Reach of one changed cell", ("", "px", "cells"),
                [("the decoder's receptive field beyond the cell", field, len(near)),
                 ("furthest pixel that changed", furthest, len(near))])  # fmt: skip
    print_table(f"Share of the change within {NEAR} px of the cell, %", ("mean", "least", "cells"),
                [(f"{100 * found['near']:.1f}", f"{100 * found['near_least']:.1f}", len(near))])  # fmt: skip
    return found


def main() -> None:
    parser = CommandParser("Measure stage I's cost and an edit's reach.")
    parser.add_argument("--bundle", required=True, type=bundle_folder,
                        help="folder with model.json, or the name of one in models/bundles")  # fmt: skip
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--runs", type=whole_number(1), default=15, help="timed runs")
    parser.add_argument("--cells", type=whole_number(1), default=100,
                        help="cells to change, one a picture of the test split")  # fmt: skip
    parser.add_argument("--threads", type=whole_number(0), default=0, help="of ONNX Runtime; 0: one a core")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    args = parser.parse_args()
    bundle, images = OnnxNetworks(args.bundle, args.threads), load_split(args.data, "test").images[: args.cells]
    figures = {"cost": measure_cost(bundle, args.bundle, args.runs),
               "reach": measure_reach(bundle, images, load_stage_one(args.bundle).config)}  # fmt: skip
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(f"\nfigures -> {args.json}")


if __name__ == "__main__":
    run_command(main)
