"""Read a bundle, or a training checkpoint, back into PyTorch, so that training can go on from what is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from .stage_one.networks import StageOne
from .stage_two.transformer import Transformer
from .training import read_checkpoint


def load_stage_one(path: str | Path) -> StageOne:
    """Stage I from a bundle's folder or a checkpoint (its averaged weights).

    Raises ValueError for a checkpoint that has never quantized, whose codes would mean nothing.
    """
    path = Path(path)
    if path.is_dir():
        model = StageOne.blank(_networks(path)["stage_one"])
        fill(model, read_weights(path / "encoder.onnx") | read_weights(path / "decoder.onnx"),
             optional=("counts", "sums"))  # fmt: skip
        model.quantizer.reset_averages()
        return model
    saved = read_checkpoint(path, "stage I")
    if not saved.get("quantizing", True):
        raise ValueError(f"{path} has never quantized, so its codes mean nothing: train it on, with more --minutes and "
                         f"--run {path.parent}, by toile.stage_one.train")  # fmt: skip
    return StageOne.restore({"config": saved["config"], "weights": saved["average"]})


def load_transformer(path: str | Path, **changes) -> Transformer:
    """Stage II from a bundle's folder or a checkpoint (its averaged weights).

    `changes` to its configuration must leave the weights' shapes: `dropout`, `causal`.
    """
    path = Path(path)
    if path.is_dir():
        model = Transformer.blank(_networks(path)["transformer"] | changes)
        weights: dict[str, Tensor] = {}
        for name in ("conditions", "transformer", "head"):
            weights |= read_weights(path / f"{name}.onnx")
        # what the graphs leave out, no forward pass reads
        fill(model, weights, optional=("blocks.",))
        return model
    saved = read_checkpoint(path, "stage II")
    return Transformer.restore({"config": saved["config"] | changes, "weights": saved["average"]})


def runs_of(path: str | Path, stage: str) -> list[dict]:
    """The training runs behind a checkpoint, or behind one stage of a bundle."""
    path = Path(path)
    if path.is_dir():
        return json.loads((path / "model.json").read_text(encoding="utf-8"))["training"].get(stage, [])
    return read_checkpoint(path)["runs"]


def read_weights(path: Path) -> dict[str, Tensor]:
    """The named weights of a graph as float32 (float16 ones widened)."""
    found = {}
    for initializer in onnx.load(str(path)).graph.initializer:
        values = torch.from_numpy(numpy_helper.to_array(initializer).copy())
        found[initializer.name.removeprefix("model.")] = values.float() if values.is_floating_point() else values
    return found


def fill(model: torch.nn.Module, weights: dict[str, Tensor], optional: tuple[str, ...]) -> None:
    """Copy weights by name. Raises ValueError naming what a graph lacks."""
    state = model.state_dict()
    missing = [k for k in state if k not in weights and not any(word in k for word in optional)]
    if missing:
        raise ValueError(f"the bundle's graphs lack {len(missing)} weights: {', '.join(missing[:5])}")
    model.load_state_dict({k: weights[k].view(v.shape) if k in weights else v for k, v in state.items()})


def _networks(folder: Path) -> dict:
    return json.loads((folder / "model.json").read_text(encoding="utf-8"))["networks"]
