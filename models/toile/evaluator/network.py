"""The network that judges pictures: which article, which colour, and features for distances between sets.

It shares no architecture, seed or augmentation with what it judges, and nothing is trained against it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import onnx
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data import Record
from ..onnx_export import export_graph
from ..training import read_checkpoint

OTHER = "other"
SIDE = 128  # pixels a side at which the network looks


@dataclass
class Labels:
    """What the two heads tell apart. Each list ends in "other"."""

    articles: list[str] = field(default_factory=lambda: [OTHER])
    colours: list[str] = field(default_factory=lambda: [OTHER])

    @staticmethod
    def of(records: Sequence[Record], least: int = 40) -> Labels:
        """The articles and the colours with at least `least` pictures, most frequent first."""

        def frequent(values: list[str]) -> list[str]:
            return [name for name, n in Counter(values).most_common() if name and n >= least] + [OTHER]

        return Labels(frequent([r.article for r in records]), frequent([r.colour for r in records]))

    def article_ids(self, records: Sequence[Record]) -> list[int]:
        """One id a record; -100, which the loss skips, where a record has no article."""
        return _ids(self.articles, [r.article for r in records])

    def colour_ids(self, records: Sequence[Record]) -> list[int]:
        """One id a record; -100, which the loss skips, where a record has no colour."""
        return _ids(self.colours, [r.colour for r in records])


def _ids(names: list[str], values: list[str]) -> list[int]:
    known = {name: n for n, name in enumerate(names)}
    return [known.get(value, known[OTHER]) if value and value != "NA" else -100 for value in values]


@dataclass
class EvaluatorConfig:
    """A stage of blocks a width, each stage at half the resolution of the one before."""

    widths: tuple[int, ...] = (32, 64, 128, 192)
    depths: tuple[int, ...] = (1, 2, 2, 1)
    labels: Labels = field(default_factory=Labels)

    @property
    def features(self) -> int:
        return self.widths[-1]


class PreactivationBlock(nn.Module):
    """BatchNorm - ReLU - conv, twice, with a skip; halves the resolution where stride is 2."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(inputs), nn.BatchNorm2d(outputs)])
        self.convs = nn.ModuleList([
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
        ])  # fmt: skip
        self.stride = stride
        self.skip = nn.Conv2d(inputs, outputs, 1, bias=False) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        ready = F.relu(self.norms[0](x))
        skip = self.skip(F.avg_pool2d(ready, self.stride) if self.stride > 1 else ready)
        h = self.convs[1](F.relu(self.norms[1](self.convs[0](ready))))
        return skip + h if self.stride > 1 else x + h


class Evaluator(nn.Module):
    """pixels (B, 3, 256, 256) in [-1, 1] -> features (B, F), article logits (B, A), colour logits (B, C)"""

    def __init__(self, config: EvaluatorConfig):
        super().__init__()
        self.config, widths = config, config.widths
        self.stem = nn.Conv2d(3, widths[0], 5, stride=2, padding=2, bias=False)
        blocks = []
        for n, (width, depth) in enumerate(zip(widths, config.depths, strict=True)):
            blocks += [PreactivationBlock(widths[max(0, n - 1)], width, stride=2 if n else 1)]
            blocks += [PreactivationBlock(width, width, stride=1) for _ in range(depth - 1)]
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.BatchNorm2d(widths[-1])
        self.dropout = nn.Dropout(0.2)
        self.article = nn.Linear(config.features, len(config.labels.articles))
        self.colour = nn.Linear(config.features, len(config.labels.colours))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.look(F.avg_pool2d(pixels, 2))

    def look(self, small: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As `forward`, from pictures that are already averaged down to 128 pixels a side."""
        h = F.relu(self.norm(self.blocks(self.stem(small))))
        features = h.float().mean((2, 3))  # (B, F)
        read = self.dropout(features)
        return features, self.article(read), self.colour(read)

    def save_form(self) -> dict:
        return {"config": asdict(self.config), "weights": self.state_dict()}

    @staticmethod
    def restore(saved: dict) -> Evaluator:
        config = saved["config"] | {"labels": Labels(**saved["config"]["labels"])}
        model = Evaluator(EvaluatorConfig(**config))
        model.load_state_dict(saved["weights"])
        return model.eval()


def load_evaluator(path: str | Path) -> Evaluator:
    """The averaged weights of a checkpoint, ready to judge. Raises ValueError for one of another network."""
    saved = read_checkpoint(Path(path), "an evaluator")
    model = Evaluator.restore({"config": saved["config"], "weights": saved["average"]})
    model.accuracy = saved.get("accuracy", {})
    return model


def export_onnx(model: Evaluator, path: str | Path) -> None:
    """Write the graph pixels f32 (B, 3, 256, 256) in [-1, 1] -> features, article_logits, colour_logits.

    The labels, and the held-out accuracy if known, go into the graph's metadata as JSON.
    """
    example = torch.rand(2, 3, 2 * SIDE, 2 * SIDE) * 2 - 1
    proto = export_graph(model, {"pixels": example}, ["features", "article_logits", "colour_logits"],
                         {"pixels": {0: torch.export.Dim("batch")}}, optimize=True)  # fmt: skip
    described = {"labels": asdict(model.config.labels), "accuracy": getattr(model, "accuracy", {})}
    onnx.helper.set_model_props(proto, {"evaluator": json.dumps(described)})
    Path(path).write_bytes(proto.SerializeToString())
