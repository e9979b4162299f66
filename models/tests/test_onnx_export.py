"""Exporting a graph says nothing where nothing is wrong, and whatever the exporter warns of besides is heard."""

import logging
import warnings

import pytest
import torch
from torch import Tensor, nn

from toile.onnx_export import EXPORTER_LOG, export_graph, quiet_exporter


class Sum(nn.Module):
    """(B, 3), (B, 3) -> (B, 3)"""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return first + second


@pytest.fixture
def heard():
    """What the exporter logs from here on."""
    lines, log = [], logging.getLogger(EXPORTER_LOG)
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    log.addHandler(handler)
    yield lines
    log.removeHandler(handler)


def test_an_export_in_which_nothing_is_wrong_says_nothing(heard, capfd):
    batch = torch.export.Dim("batch")
    inputs = {"first": torch.rand(2, 3), "second": torch.rand(2, 3)}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        proto = export_graph(Sum(), inputs, ["sum"], {name: {0: batch} for name in inputs}, optimize=False)
    assert [i.type.tensor_type.shape.dim[0].dim_param for i in proto.graph.input] == ["batch", "batch"]
    told = [str(w.message) for w in warned if not issubclass(w.category, DeprecationWarning)]
    assert not told and not heard and not any(capfd.readouterr())


def test_other_warnings_of_the_exporter_are_heard(heard):
    shared = "# The axis name: {} will not be used, since it shares the same shape constraints with another axis: batch."
    with quiet_exporter():
        warnings.warn(shared.format("batch"), stacklevel=1)
        logging.getLogger(EXPORTER_LOG).warning("torchvision is not installed. Skipping %s", "torchvision::nms")
        with pytest.warns(UserWarning, match="rows will not be used"):
            warnings.warn(shared.format("rows"), stacklevel=1)
        logging.getLogger(EXPORTER_LOG).warning("no such operator")
    assert heard == ["no such operator"]
