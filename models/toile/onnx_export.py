"""A PyTorch module as an ONNX graph, without what the exporter says that means nothing to whoever exports."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import onnx
import torch
from torch import Tensor, nn

OPSET = 20
EXPORTER_LOG = "torch.onnx._internal.exporter._registration"
NO_TORCHVISION = "torchvision is not installed"  # once an operator of it for every graph; none has any
SAME_AXIS = r"# The axis name: (\w+) will not be used, .* with another axis: \1\.$"  # an axis of two inputs, as is meant


def export_graph(module: nn.Module, inputs: dict[str, Tensor], outputs: list[str], shapes: dict[str, dict], *,
                 optimize: bool) -> onnx.ModelProto:  # fmt: skip
    """Trace a module in evaluation mode on example inputs.

    shapes: of each input its dynamic axes, as torch.export takes them. Without `optimize` nothing is folded, and weights
    keep their names.
    """
    with torch.no_grad(), quiet_exporter():
        program = torch.onnx.export(module.eval(), (), kwargs=inputs, dynamo=True, opset_version=OPSET,
                                    input_names=list(inputs), output_names=outputs, dynamic_shapes=shapes,
                                    optimize=optimize, verbose=False)  # fmt: skip
    proto = program.model_proto
    for part in [*proto.graph.node, *proto.graph.value_info, *proto.graph.initializer]:
        part.ClearField("metadata_props")  # stack traces of the machine that exported
    return proto


@contextmanager
def quiet_exporter() -> Iterator[None]:
    """Within it two remarks of the exporter are not heard; whatever else it warns of is."""

    def means_something(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(NO_TORCHVISION)

    log = logging.getLogger(EXPORTER_LOG)
    log.addFilter(means_something)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=SAME_AXIS)
            yield
    finally:
        log.removeFilter(means_something)
