"""The graphs of a pass in int8, for processors: like those in float32 but for the products with their large weights.

Weights are whole numbers times a step of each output column's own. They are computed from the same stored float16 weights
when the runtime loads the graph, by primitive operators that it folds, so a bundle holds every weight once. What they are
multiplied with is rounded anew at every product, to one step for the whole array (some processors' libraries take one for
each of its rows): a graph takes one picture a run, so that none depends on its neighbours. The rest, attention's own
products among it, stays float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from .onnx_networks import open_session

# Seven bits: processors without VNNI add up pairs of products of a byte and a weight in 16 bits, and 2 * 255 * 63
# fits them, so that the sums are exact on all of them.
LARGEST = 63

# What a graph may lose, several times what those of trained networks lost.
MOST_DISTANCE, LEAST_SAME = 0.05, 0.9


@dataclass
class Agreement:
    """An int8 graph's outputs against the float32 module's.

    distance: mean over an output, in the expected one's standard deviations, of the output that is furthest off; of a
        single logit, what the probability is off
    same: share of whole numbers (codes) that are equal; 1 where there are none
    """

    distance: float = 0.0
    same: float = 1.0

    def __str__(self) -> str:
        return f"{100 * self.distance:.2f} % off PyTorch, {100 * self.same:.1f} % of the codes the same"


def check_int8_graph(path: Path, module: nn.Module, inputs: dict[str, Tensor]) -> Agreement:
    """Runs the graph and the module it was made from. Raises ValueError where they differ by more than may be."""
    found = open_session(path).run(None, {name: value.numpy() for name, value in inputs.items()})
    with torch.no_grad():
        expected = [output.numpy() for output in module.eval()(**inputs)]
    agreement = Agreement()
    for a, b in zip(found, expected, strict=True):
        if b.dtype.kind in "iu":
            agreement.same = min(agreement.same, float((a == b).mean()))
        elif b.size == 1:  # it has no deviation; those there are are the estimators' logits
            agreement.distance = max(agreement.distance, float(np.abs(np.tanh(a / 2) - np.tanh(b / 2)).max()) / 2)
        else:
            agreement.distance = max(agreement.distance, float(np.abs(a - b).mean() / (b.std() + 1e-6)))
    if agreement.distance > MOST_DISTANCE or agreement.same < LEAST_SAME:
        raise ValueError(
            f"{path.name}: {agreement}; at most {100 * MOST_DISTANCE:.0f} % off and at least "
            f"{100 * LEAST_SAME:.0f} % the same would do"
        )
    return agreement


def quantize_products(proto: onnx.ModelProto, within: tuple[str, ...]) -> int:
    """Turn the products of float32 arrays with weights whose names start with one of `within` into int8 ones, in place.

    The weights are those that `store_weights` has put behind a cast, transposed. Returns how many there were; raises
    ValueError if none.
    """
    makers = {output: node for node in proto.graph.node for output in node.output}
    made: list[onnx.NodeProto] = []
    count = 0
    for node in proto.graph.node:
        weight = _weight_of(node, makers, within)
        if weight is None:
            made.append(node)
            continue
        made += _integer_product(node, weight)
        count += 1
    if not count:
        names = " or ".join(f"'{name}…'" for name in within)
        raise ValueError(f"the graph multiplies with no weight named {names}")
    del proto.graph.node[:]
    proto.graph.node.extend(made)
    proto.graph.initializer.extend([
        numpy_helper.from_array(np.array(LARGEST, np.float32), "int8.largest"),
        # a column of zeros has no step of its own
        numpy_helper.from_array(np.array(1e-12, np.float32), "int8.smallest_step"),
        numpy_helper.from_array(np.array([1]), "int8.inputs"),
    ])  # fmt: skip
    return count


def _weight_of(node: onnx.NodeProto, makers: dict[str, onnx.NodeProto], within: tuple[str, ...]) -> str | None:
    """The (outputs, inputs) weight that a product is with, or the part of one, as float32."""
    turned = makers.get(node.input[1]) if node.op_type == "MatMul" else None
    if turned is None or turned.op_type != "Transpose":
        return None
    whole = turned.input[0]
    while whole in makers and makers[whole].op_type == "Slice":
        whole = makers[whole].input[0]
    return turned.input[0] if whole.startswith(within) else None


def _integer_product(product: onnx.NodeProto, weight: str) -> list[onnx.NodeProto]:
    """The nodes that stand for one product. Those that see the weight alone, the runtime folds when it loads.

    The others, and the bias that is added next, it fuses: those of q, k and v into a MatMulIntegerToFloat each, over one
    quantisation that they share, those of any other product into one DynamicQuantizeMatMul.
    """

    def node(kind: str, inputs: list[str], *outputs: str, **options) -> onnx.NodeProto:
        return helper.make_node(kind, inputs, list(outputs), **options)

    name = f"int8.{weight}"
    size, largest, step, steps, whole, turned, small = (
        f"{name}.{part}" for part in ("size", "largest", "step", "steps", "whole", "turned", "int8")
    )
    values, scale, zero, summed, wide, scales = (
        f"{name}.{part}" for part in ("values", "scale", "zero", "summed", "sum", "scales")
    )
    return [
        node("Abs", [weight], size),
        node("ReduceMax", [size, "int8.inputs"], largest),  # (outputs, 1)
        node("Div", [largest, "int8.largest"], f"{step}.free"),
        node("Max", [f"{step}.free", "int8.smallest_step"], step),
        node("Squeeze", [step, "int8.inputs"], steps),  # (outputs,)
        node("Div", [weight, step], f"{whole}.free"),
        node("Round", [f"{whole}.free"], whole),
        node("Transpose", [whole], turned, perm=[1, 0]),
        node("Cast", [turned], small, to=TensorProto.INT8),  # (inputs, outputs)
        node("DynamicQuantizeLinear", [product.input[0]], values, scale, zero),
        node("MatMulInteger", [values, small, zero], summed),
        node("Cast", [summed], wide, to=TensorProto.FLOAT),
        node("Mul", [scale, steps], scales),
        node("Mul", [wide, scales], product.output[0]),
    ]
