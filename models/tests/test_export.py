"""The check that an exported graph does as PyTorch does."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from toile.export import check_graph, make_graph


class Draws(nn.Module):
    """Of scores (cells, 4) a code each, whether they lie above `border`, and a log_prob a cell that hangs on the codes."""

    def __init__(self, border: float = 0.0, added: float = 0.0):
        super().__init__()
        self.border, self.added = border, added

    def forward(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        codes = (scores > self.border).long()
        return codes, codes.float().mean(-1) * 8 - 4 + self.added


@pytest.fixture
def check(tmp_path: Path):
    """`check_graph` of a graph of Draws, with so many cells between its border and PyTorch's."""

    def run(torn: int, added: float = 0.0) -> float:
        scores = torch.rand(256, 4, generator=torch.Generator().manual_seed(0)) + 0.1
        scores[128:] *= -1
        scores[:torn] = 0.01
        path = tmp_path / "draws.onnx"
        graph = make_graph("draws", Draws(added=added), {"scores": scores}, ["codes", "log_prob"], {})
        path.write_bytes(graph.SerializeToString())
        return check_graph(path, Draws(border=0.05), {"scores": scores})

    return run


def test_a_draw_that_falls_either_way_takes_its_log_prob_along(check):
    assert check(torn=0) == 0.0
    assert check(torn=1) == 0.0


def test_a_graph_whose_draws_or_log_probs_differ_is_refused(check):
    with pytest.raises(ValueError, match=r"draws.onnx: only 99.22 % of 'codes' equal PyTorch's"):
        check(torn=2)
    with pytest.raises(ValueError, match=r"draws.onnx differs from PyTorch by 0.1250 of its outputs' size"):
        check(torn=1, added=0.5)
