"""The autoregressive baseline at work: one cell after the other, in raster order (Table 2's comparison).

Trained by `toile.stage_two.train --autoregressive` on the same blocks and tokens. `StepGraph` keeps the keys and values of
the cells before, so that a cell costs one row; `PrefixGraph` runs all of them anew for every cell.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from ..export import ConditionGraph, HeadGraph, make_graph
from ..onnx_networks import open_session
from ..random_stream import RandomStream
from .conditions import Conditions
from .transformer import Block, Transformer, causal_taps


class Draw(nn.Module):
    """hidden (B, D) of one cell, uniforms (B, M), temperature (B,), min_p (B,) -> its codes (B, M)"""

    def __init__(self, model: Transformer):
        super().__init__()
        self.size, self.head = model.config.size, HeadGraph(model)

    def forward(self, hidden: Tensor, uniforms: Tensor, temperature: Tensor, min_p: Tensor) -> Tensor:
        masked = torch.full_like(uniforms, self.size, dtype=torch.int64)[:, None]
        drawn, _ = self.head(hidden[None, :, None], torch.ones(1), masked, uniforms[:, None], temperature, min_p)
        return drawn[:, 0]


class PrefixGraph(nn.Module):
    """Without a cache. codes (B, rows, grid, M), anything from `cell` (1,) on -> that cell's codes (B, M)"""

    def __init__(self, model: Transformer):
        super().__init__()
        self.model, self.draw = model, Draw(model)

    def forward(self, codes: Tensor, cell: Tensor, keys: Tensor, values: Tensor, uniforms: Tensor, temperature: Tensor,
                min_p: Tensor):  # fmt: skip
        present = torch.ones(keys.shape[1], keys.shape[3], dtype=torch.bool)
        hidden, _, _ = self.model.hidden(codes.flatten(1, 2), keys, values, present, estimate=False)
        return self.draw(hidden.index_select(1, cell)[:, 0], uniforms, temperature, min_p)


class StepGraph(nn.Module):
    """With a cache: the codes of the cell before (B, M), [MASK] at first -> those of `cell` (1,), and the caches.

    own_keys, own_values: (layers, B, H, cell, d). recent: (layers, B, grid + 1, D), what each block was given for the
    cells before, the last one last, for the convolution among neighbours; noughts at first.
    """

    def __init__(self, model: Transformer):
        super().__init__()
        self.model, self.draw = model, Draw(model)

    def forward(self, before: Tensor, cell: Tensor, keys: Tensor, values: Tensor, own_keys: Tensor, own_values: Tensor,
                recent: Tensor, uniforms: Tensor, temperature: Tensor, min_p: Tensor):  # fmt: skip
        model = self.model
        x = model.code(before) + model.cell_position(cell) + model.segment.weight[0]  # (B, D)
        kept: list[list[Tensor]] = [[], [], []]
        for n, block in enumerate(model.blocks):
            window = torch.cat([recent[n], x[:, None]], 1)  # (B, grid + 2, D)
            x = self._mix_near(block, window, cell)[:, None]  # (B, 1, D)
            past = torch.cat([keys[n], own_keys[n]], 2), torch.cat([values[n], own_values[n]], 2)
            x, (k, v) = block(x, past, None, on_grid=False)
            x = x[:, 0]
            for caches, cache in zip(kept, (torch.cat([own_keys[n], k], 2), torch.cat([own_values[n], v], 2), window[:, 1:]),
                                     strict=True):  # fmt: skip
                caches.append(cache)
        return self.draw(x, uniforms, temperature, min_p), *(torch.stack(caches) for caches in kept)

    def _mix_near(self, block: Block, window: Tensor, cell: Tensor) -> Tensor:
        """The causal part of the 3x3 convolution, at the window's last cell. -> (B, D)"""
        grid = self.model.config.grid
        taps, column = causal_taps(block.near)[:, 0], cell % grid
        left, right = (column > 0).to(window.dtype), (column < grid - 1).to(window.dtype)
        x = window[:, -1]
        return (x + block.near.bias + taps[:, 1, 1] * x + taps[:, 0, 1] * window[:, 1]
                + left * (taps[:, 0, 0] * window[:, 0] + taps[:, 1, 0] * window[:, -2])
                + right * taps[:, 0, 2] * window[:, 2])  # fmt: skip


def export_baseline(model: Transformer, folder: Path) -> None:
    """Write conditions.onnx, prefix.onnx and step.onnx, float32, with their weights inside."""
    c, length, past = model.config, 7, 5

    def whole(*shape: int) -> Tensor:
        return torch.zeros(shape, dtype=torch.int64)

    def cache(tokens: int) -> Tensor:
        return torch.zeros(c.layers, 1, c.heads, tokens, c.width // c.heads)

    conditions = {"kind": whole(1, length), "text_ids": whole(1, length), "text_positions": whole(1, length),
                  "visual_codes": whole(1, length, c.groups), "visual_positions": whole(1, length)}  # fmt: skip
    given = {"cell": torch.tensor([past]), "keys": cache(length), "values": cache(length)}
    draws = {"uniforms": torch.rand(1, c.groups), "temperature": torch.ones(1), "min_p": torch.tensor([0.1])}
    prefix = {"codes": whole(1, 3, c.grid, c.groups)} | given | draws
    own = {"own_keys": cache(past), "own_values": cache(past), "recent": torch.zeros(c.layers, 1, c.grid + 1, c.width)}
    step = {"before": whole(1, c.groups)} | given | own | draws
    known = {"keys": {3: "length"}, "values": {3: "length"}}
    folder.mkdir(parents=True, exist_ok=True)
    for name, module, inputs, outputs, dynamic in (
        ("conditions", ConditionGraph(model), conditions, ["keys", "values"], {key: {1: "length"} for key in conditions}),
        ("prefix", PrefixGraph(model), prefix, ["drawn"], known | {"codes": {1: "rows"}}),
        ("step", StepGraph(model), step, ["drawn", "new_keys", "new_values", "new_recent"],
         known | {"own_keys": {3: "past"}, "own_values": {3: "past"}}),
    ):  # fmt: skip
        onnx.save(make_graph(name, module, inputs, outputs, dynamic), folder / f"{name}.onnx")


class Baseline:
    """An exported baseline, opened. Draws one picture's tokens at a time."""

    def __init__(self, folder: Path, model: Transformer, threads: int = 0):
        self.config = model.config
        self._conditions, self._prefix, self._step = (
            open_session(folder / f"{name}.onnx", threads) for name in ("conditions", "prefix", "step")
        )

    def generate(self, conditions: Conditions, seed: int, temperature: float, cached: bool = True,
                 min_p: float = 0.0) -> np.ndarray:  # fmt: skip
        """Conditions of one picture -> codes (cells, M). The same with and without a cache."""
        keys, values = self._conditions.run(None, conditions.arrays())
        c = self.config
        uniforms = RandomStream(seed, 0).uniforms(c.cells * c.groups).reshape(c.cells, 1, c.groups).astype(np.float32)
        fixed = {"keys": keys, "values": values, "temperature": np.array([temperature], np.float32),
                 "min_p": np.array([min_p], np.float32)}  # fmt: skip
        codes = np.full((1, c.cells, c.groups), c.size, np.int64)
        own = np.zeros((c.layers, 1, c.heads, 0, c.width // c.heads), np.float32)
        kept = {"own_keys": own, "own_values": own, "recent": np.zeros((c.layers, 1, c.grid + 1, c.width), np.float32)}
        for cell in range(c.cells):
            given = fixed | {"cell": np.array([cell]), "uniforms": uniforms[cell]}
            if cached:
                before = codes[:, cell - 1] if cell else np.full((1, c.groups), c.size, np.int64)
                drawn, *caches = self._step.run(None, given | kept | {"before": before})
                kept = dict(zip(kept, caches, strict=True))
            else:
                rows = cell // c.grid + 1
                seen = codes[:, : rows * c.grid].reshape(1, rows, c.grid, c.groups)
                (drawn,) = self._prefix.run(None, given | {"codes": seen})
            codes[0, cell] = drawn[0]
        return codes[0]
