"""Graphs with int8 products: the same numbers but for the rounding, the same weights, and exact on every processor."""

import json
import sys

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from toile import export
from toile.data import load_split
from toile.export import (
    HeadGraph,
    ProcessorAttention,
    ProcessorHeadGraph,
    TransformerGraph,
    WeightFile,
    make_graph,
    store_weights,
)
from toile.int8 import check_int8_graph, quantize_products
from toile.onnx_networks import OnnxNetworks, open_session
from toile.stage_two.transformer import Attention, Transformer, TransformerConfig

TINY = TransformerConfig(layers=2, width=32, heads=2, size=16, grid=4, vocabulary=50, dropout=0.0)


class Product(nn.Module):
    """(1, N, 24) -> (1, N, 8), alone in a tuple as graphs give their outputs"""

    def __init__(self, weight: torch.Tensor):
        super().__init__()
        self.linear = nn.Linear(24, 8)
        self.linear.weight.data = weight.half().float()

    def forward(self, x):
        return (self.linear(x),)


def write_product(module: Product, folder, within=("linear.",)):
    weights = WeightFile(folder / "weights.bin")
    proto = make_graph("product", module, {"x": torch.rand(1, 5, 24)}, ["y"], {})
    store_weights(proto, module, "model.", weights)
    count = quantize_products(proto, within)
    weights.write()
    (folder / "product.onnx").write_bytes(proto.SerializeToString())
    return count, folder / "product.onnx"


def random_weight() -> torch.Tensor:
    return torch.randn(8, 24, generator=torch.Generator().manual_seed(1))


# one product


@pytest.mark.parametrize("bias, accepted", [(20.0, True), (0.0, False)])
def test_a_sure_logit_may_be_off_by_more_than_one_near_the_border(tmp_path, bias, accepted):
    class Logit(Product):
        def forward(self, x):
            return (self.linear(x)[:, :1, :1] + 0.3 * self.told,)

    module = Logit(torch.zeros(8, 24))
    module.linear.bias.data.fill_(bias)
    module.told = 1.0
    _, path = write_product(module, tmp_path)
    module.told = 0.0  # now the graph is off by .3
    if accepted:
        assert check_int8_graph(path, module, {"x": torch.rand(1, 5, 24)}).distance < 1e-4
    else:
        with pytest.raises(ValueError, match="% off PyTorch"):
            check_int8_graph(path, module, {"x": torch.rand(1, 5, 24)})


def test_a_product_is_of_whole_numbers_times_a_step_a_column_and_one_for_the_array(tmp_path):
    module = Product(random_weight())
    count, path = write_product(module, tmp_path)
    assert count == 1
    x = np.random.default_rng(0).normal(size=(1, 5, 24)).astype(np.float32)
    weight, bias = module.linear.weight.detach().numpy(), module.linear.bias.detach().numpy()
    steps = np.abs(weight).max(1, keepdims=True) / 63
    step = (x.max() - x.min()) / 255
    zero = np.round(-x.min() / step)
    bytes_ = np.clip(np.round(x / step) + zero, 0, 255) - zero
    expected = bytes_ @ np.round(weight / steps).T * step * steps[:, 0] + bias
    [found] = open_session(path).run(None, {"x": x})
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert 1e-3 < np.abs(found - module(torch.from_numpy(x))[0].detach().numpy()).max() < 0.2


def test_two_products_of_any_weight_and_byte_add_up_within_16_bits(tmp_path):
    # processors without VNNI add them up so, and stop at the border
    _, path = write_product(Product(random_weight()), tmp_path)
    model = onnx.load(str(path))
    made = next(node for node in model.graph.node if node.op_type == "MatMulInteger").input[1]
    model.graph.output.append(onnx.helper.make_tensor_value_info(made, onnx.TensorProto.INT8, [24, 8]))
    onnx.save(model, str(path))
    whole = open_session(path).run([made], {"x": np.zeros((1, 5, 24), np.float32)})[0].astype(int)
    assert np.abs(whole).max(0).tolist() == [63] * 8
    assert 2 * 255 * np.abs(whole).max() < 2**15


def test_a_column_of_zeros_gives_its_bias(tmp_path):
    weight = random_weight()
    weight[3] = 0
    module = Product(weight)
    _, path = write_product(module, tmp_path)
    [found] = open_session(path).run(None, {"x": np.ones((1, 5, 24), np.float32)})
    np.testing.assert_allclose(found[0, :, 3], module.linear.bias[3].item(), rtol=1e-6)


def test_a_graph_without_such_weights_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="no weight named 'model.blocks.…' or 'model.head.…'"):
        write_product(Product(random_weight()), tmp_path, ("model.blocks.", "model.head."))


def test_a_graph_of_other_weights_is_refused_with_its_distance(tmp_path):
    module = Product(random_weight())
    _, path = write_product(module, tmp_path)
    assert check_int8_graph(path, module, {"x": torch.randn(1, 5, 24)}).distance < 0.02
    module.linear.weight.data.neg_()
    with pytest.raises(ValueError, match=r"product.onnx: \d+\.\d\d % off PyTorch"):
        check_int8_graph(path, module, {"x": torch.randn(1, 5, 24)})


# the same in other operators


def test_attention_for_processors_is_attention():
    torch.manual_seed(0)
    attention = Attention(TINY).eval()
    x, extra = torch.randn(1, 18, 32), (torch.randn(1, 2, 5, 16), torch.randn(1, 2, 5, 16))
    bias = torch.randn(1, 1, 18, 23)
    with torch.no_grad():
        found, own = ProcessorAttention(attention)(x, extra, bias)
        expected, expected_own = attention(x, extra, bias)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(own, expected_own)


@pytest.mark.parametrize("weights", [[1.0], [2.5, -1.5]])
def test_the_head_for_processors_draws_what_the_other_draws(weights):
    torch.manual_seed(0)
    model = Transformer(TINY).eval()
    codes = torch.randint(0, 16, (1, 16, 4))
    codes[:, ::2] = 16
    given = (torch.randn(len(weights), 1, 16, 32), torch.tensor(weights), codes, torch.rand(1, 16, 4), torch.ones(1),
             torch.tensor([0.1]))  # fmt: skip
    with torch.no_grad():
        found, expected = ProcessorHeadGraph(model)(*given), HeadGraph(model)(*given)
    assert torch.equal(found[0], expected[0])
    torch.testing.assert_close(found[1], expected[1])


# in a bundle


def test_a_bundle_holds_each_weight_once(bundle):
    for name in ("transformer", "head"):
        small, plain = (onnx.load(str(bundle / f"{name}{end}.onnx"), load_external_data=False) for end in ("-int8", ""))

        def stored(model):
            return {i.name: {e.key: e.value for e in i.external_data} for i in model.graph.initializer if i.external_data}

        assert stored(small) == stored(plain)
        inside = [i for i in small.graph.initializer if not i.external_data]
        assert max(int(np.prod(i.dims)) for i in inside) <= 64


def test_a_bundles_int8_pass_rounds_and_is_near(bundle):
    model = export.load_transformer(bundle).eval()
    c = model.config
    inputs = {
        "codes": torch.randint(0, c.size + 1, (1, c.cells, c.groups)),
        "keys": torch.randn(c.layers, 1, c.heads, 3, c.width // c.heads),
        "values": torch.randn(c.layers, 1, c.heads, 3, c.width // c.heads),
        "condition_mask": torch.tensor([[True, True, False]]),
    }
    distance = check_int8_graph(bundle / "transformer-int8.onnx", TransformerGraph(model), inputs).distance
    assert 1e-4 < distance < 0.02


def test_a_bundle_made_of_a_bundle_needs_neither_tokens_nor_tokenizer(bundle, tmp_path, monkeypatch):
    before, after = export_again(bundle, tmp_path / "again", monkeypatch)
    assert after["marginals"] == before["marginals"]
    assert after["preset"] == before["preset"] == "tiny"
    assert after["files"]["tokenizer"]["sha256"] == before["files"]["tokenizer"]["sha256"]
    assert after["files"]["captions"] == before["files"]["captions"]
    assert after["files"]["words"] == before["files"]["words"]
    assert after["files"]["weights"]["sha256"] == before["files"]["weights"]["sha256"]
    assert after["files"]["transformer_int8"]["path"] == "transformer-int8.onnx"


def test_a_bundle_has_the_captions_of_the_catalogue_that_is_named(bundle, prepared, tmp_path, monkeypatch):
    export_again(bundle, tmp_path / "again", monkeypatch, "--captions", str(prepared))
    counted = json.loads((tmp_path / "again" / "captions.json").read_text(encoding="utf-8"))
    records = load_split(prepared, "train").records
    assert sum(count for _, count in counted) == len(records)
    assert dict(counted)[records[0].caption] == sum(r.caption == records[0].caption for r in records)
    assert [count for _, count in counted] == sorted((count for _, count in counted), reverse=True)
    words = json.loads((tmp_path / "again" / "words.json").read_text(encoding="utf-8"))
    assert {"red", "purse", "tee"} <= set(words) and "dress" not in words  # of this catalogue, not of the bundle


def test_nothing_is_written_where_something_that_is_read_is_not_there(bundle, tmp_path, monkeypatch):
    held, out = tmp_path / "held", tmp_path / "again"
    held.mkdir()
    (held / "model.json").write_text('{"training": {}}')
    with pytest.raises(FileNotFoundError, match="evaluator.onnx"):
        export_again(bundle, out, monkeypatch, "--evaluator", str(held))
    assert not out.exists()
    (held / "evaluator.onnx").write_bytes(b"graph")
    with pytest.raises(FileNotFoundError, match="no split 'train'"):
        export_again(bundle, out, monkeypatch, "--evaluator", str(held), "--captions", str(tmp_path))
    assert not out.exists()


def test_nothing_is_written_of_an_autoregressive_transformer(bundle, tmp_path, monkeypatch):
    held, load_transformer = tmp_path / "held", export.load_transformer
    held.mkdir()
    (held / "model.json").write_text('{"training": {}}')
    (held / "evaluator.onnx").write_bytes(b"graph")
    monkeypatch.setattr(export, "load_transformer", lambda path: load_transformer(path, causal=True))
    with pytest.raises(ValueError, match="for comparison only"):
        export_again(bundle, tmp_path / "again", monkeypatch, "--evaluator", str(held))
    assert not (tmp_path / "again").exists()


def test_an_exported_crispness_is_in_the_graphs_and_in_the_bundle_that_is_read_back(bundle, tmp_path, monkeypatch):
    _, described = export_again(bundle, tmp_path / "crisp", monkeypatch, "--crispness", "0.6")
    assert described["networks"]["stage_one"]["crispness"] == 0.6
    networks = OnnxNetworks(tmp_path / "crisp", threads=1)
    plain, crisp = (export.load_stage_one(folder).eval() for folder in (bundle, tmp_path / "crisp"))
    codes, others = torch.randint(0, 256, (2, 1, 4, 16, 16))
    decoded = networks.decode(codes.numpy())
    (mixed,) = networks.run("mixer", coarse=codes.numpy(), fine=others.numpy())
    with torch.no_grad():
        for found, wanted in ((decoded, crisp.decode(codes)), (mixed, crisp.mix(codes, others))):
            torch.testing.assert_close(torch.from_numpy(found), wanted, atol=1e-4, rtol=1e-4)
        assert (plain.decode(codes) - crisp.decode(codes)).abs().max() > 0.01


@pytest.mark.parametrize("value", ["-0.1", "1.2", "nan"])
def test_a_crispness_that_is_no_share_is_refused(bundle, tmp_path, monkeypatch, capsys, value):
    with pytest.raises(SystemExit):
        export_again(bundle, tmp_path / "again", monkeypatch, "--crispness", value)
    assert f"--crispness: '{value}' is no number from 0 to 1" in capsys.readouterr().err


def export_again(bundle, out, monkeypatch, *options: str) -> tuple[dict, dict]:
    """model.json of a bundle, and of the one that is exported of it."""
    given = ["--stage-one", str(bundle), "--transformer", str(bundle), "--out", str(out), *options]
    monkeypatch.setattr(sys, "argv", ["export", *given])
    export.main()
    before, after = (json.loads((folder / "model.json").read_text()) for folder in (bundle, out))
    return before, after


def test_a_checkpoint_is_refused_without_tokens(tmp_path, monkeypatch, capsys):
    options = ["--stage-one", "a.pt", "--transformer", "b.pt", "--tokenizer", "t.json", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["export", *options])
    with pytest.raises(SystemExit):
        export.main()
    assert "b.pt is a checkpoint, which takes --tokenizer and --tokens" in capsys.readouterr().err
