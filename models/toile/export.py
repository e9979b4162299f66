"""Write a bundle: both stages as ONNX graphs over one file of weights, the tokenizer and model.json.

    python -m toile.export --stage-one runs/stage-one/last.pt --transformer runs/stage-two/last.pt \
        --tokenizer tokenizer.json --tokens runs/tokens --captions prepared --out models/bundles/garments

Weights are stored once, as float16, under the names they have in PyTorch: graphs share them, and training can go on
from a bundle (`toile.bundle`). Graphs take and give float32, int64 and bool, and each is checked against PyTorch. The
transformer and its head are there twice, in float32 and with int8 products (`toile.int8`).

A transformer that comes from a bundle brings its tokenizer, its captions, the words that it knows and the frequencies of
its codes along, unless others are given.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, numpy_helper
from onnx.external_data_helper import set_external_data
from tokenizers import Tokenizer
from torch import Tensor, nn
from tqdm import tqdm

from .bundle import load_stage_one, load_transformer, runs_of
from .captions import known_words
from .command_line import CommandParser, number, run_command
from .data import Record, load_split
from .int8 import check_int8_graph, quantize_products
from .onnx_export import export_graph
from .onnx_networks import open_session
from .origins import check_origins, codebook_checksum, codebook_of, file_checksum, origins_of
from .stage_one.networks import StageOne
from .stage_two.smart import SmartOptions, parse_options
from .stage_two.transformer import Attention, Transformer, preset_of
from .tokenizer import load_tokenizer


class EncoderGraph(nn.Module):
    """pixels (B, 3, H, W) -> codes (B, M, h, w), values (B, C, h, w) before quantizing"""

    def __init__(self, stage: StageOne):
        super().__init__()
        self.encoder, self.quantizer = stage.encoder, stage.quantizer

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        values = self.encoder(pixels)
        return self.quantizer(values).codes, values


class DecoderGraph(nn.Module):
    """codes (B, M, h, w) -> pixels (B, 3, H, W)"""

    def __init__(self, stage: StageOne):
        super().__init__()
        self.decoder, self.quantizer = stage.decoder, stage.quantizer
        self.decode = stage.decode

    def forward(self, codes: Tensor) -> Tensor:
        return self.decode(codes)


class BlendGraph(nn.Module):
    """Two pictures' values (B, C, h, w) before quantizing, amount (B,) of the second -> codes (B, M, h, w)"""

    def __init__(self, stage: StageOne):
        super().__init__()
        self.quantizer = stage.quantizer
        self.blend = stage.blend

    def forward(self, first: Tensor, second: Tensor, amount: Tensor) -> Tensor:
        return self.quantizer(self.blend(first, second, amount)).codes


class MixerGraph(nn.Module):
    """Silhouette from the codes `coarse`, colour and texture from `fine`, (B, M, h, w) each -> pixels (B, 3, H, W)"""

    def __init__(self, stage: StageOne):
        super().__init__()
        self.decoder, self.quantizer = stage.decoder, stage.quantizer
        self.mix = stage.mix

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        return self.mix(coarse, fine)


class ConditionGraph(nn.Module):
    """A condition sequence -> keys, values (layers, B, H, L, d)"""

    def __init__(self, model: Transformer):
        super().__init__()
        self.model = model

    def forward(self, kind: Tensor, text_ids: Tensor, text_positions: Tensor, visual_codes: Tensor,
                visual_positions: Tensor):  # fmt: skip
        return self.model.encode_conditions(kind, text_ids, text_positions, visual_codes, visual_positions)


class TransformerGraph(nn.Module):
    """codes (B, cells, M), keys, values, condition_mask -> hidden (B, cells, D), relevance (B,), fidelity (B,)"""

    def __init__(self, model: Transformer):
        super().__init__()
        self.model = model

    def forward(self, codes: Tensor, keys: Tensor, values: Tensor, condition_mask: Tensor):
        return self.model.hidden(codes, keys, values, condition_mask, estimate=True)


class HeadGraph(nn.Module):
    """Samples the masked cells' sub-codes in turn, and scores all cells.

    hidden (R, B, cells, D) and weights (R,): logits are the weighted sum over R, which is guidance. uniforms pick by
    inverse transform from the tempered distribution of the codes that are at least min_p (B,) times as likely as the
    likeliest; log_prob is of the whole and untempered one, mean over the sub-codes.
    """

    def __init__(self, model: Transformer):
        super().__init__()
        self.model = model

    def forward(self, hidden: Tensor, weights: Tensor, codes: Tensor, uniforms: Tensor, temperature: Tensor,
                min_p: Tensor):  # fmt: skip
        head, size = self.model.head, self.model.config.size
        masked = codes[..., 0] == size  # (B, cells)
        state = head.norm(hidden)
        least = min_p.log()[:, None, None]  # of nought nothing is less
        found, total = [], torch.zeros_like(uniforms[..., 0])
        for m in range(head.groups):
            logits = self.add_looks(head.group_logits(m, state), weights)  # (B, cells, K)
            log_prob = logits.log_softmax(-1)
            drawable = (log_prob >= log_prob.amax(-1, keepdim=True) + least).to(log_prob.dtype)
            share = self.accumulate((log_prob / temperature[:, None, None]).softmax(-1) * drawable)
            # the first code whose cumulative share passes u; the last sum may fall short of 1 by rounding
            passed = share <= uniforms[..., m, None] * share[..., -1:]
            drawn = passed.float().sum(-1).long().clamp(max=size - 1)  # a processor counts floats quicker
            code = torch.where(masked, drawn, codes[..., m])
            total = total + log_prob.gather(-1, code[..., None])[..., 0]
            found.append(code)
            if m < head.groups - 1:
                state = state + head.tables[m](code)
        return torch.stack(found, -1), total / head.groups

    def add_looks(self, logits: Tensor, weights: Tensor) -> Tensor:
        """(R, B, cells, K), (R,) -> (B, cells, K)"""
        return (logits * weights[:, None, None, None]).sum(0)

    def accumulate(self, shares: Tensor) -> Tensor:
        """Sums up to each code. (B, cells, K) -> (B, cells, K)"""
        return shares.cumsum(-1)


class ProcessorHeadGraph(HeadGraph):
    """The same with its sums as products, of which a processor makes more than twice as many in the time."""

    def add_looks(self, logits: Tensor, weights: Tensor) -> Tensor:
        return (weights @ logits.flatten(1)).view(logits.shape[1:])

    def accumulate(self, shares: Tensor) -> Tensor:
        return shares @ torch.ones(shares.shape[-1], shares.shape[-1]).triu()


class ProcessorAttention(nn.Module):
    """`Attention` beside conditions, in operators that move fewer arrays about: a product each for q, k and v."""

    def __init__(self, attention: Attention):
        super().__init__()
        self.heads, self.qkv, self.out = attention.heads, attention.qkv, attention.out

    def forward(self, x: Tensor, extra: tuple[Tensor, Tensor], bias: Tensor):
        b, n, d = x.shape
        parts = [slice(at, at + d) for at in range(0, 3 * d, d)]
        made = [F.linear(x, self.qkv.weight[part], self.qkv.bias[part]) for part in parts]
        q, k, v = (part.view(b, n, self.heads, d // self.heads).transpose(1, 2) for part in made)  # (B, H, N, d)
        keys, values = torch.cat([extra[0], k], 2), torch.cat([extra[1], v], 2)
        scores = q @ keys.transpose(2, 3) * (d // self.heads) ** -0.5 + bias  # (B, H, N, L + N)
        return self.out((scores.softmax(-1) @ values).transpose(1, 2).flatten(2)), (k, v)


def graphs(stage: StageOne, model: Transformer) -> dict[str, tuple]:
    """A graph's (module, example inputs by name, output names, dynamic axes by input)."""
    c, grid = model.config, model.config.grid
    side = grid * stage.config.factor
    b, length, cells = 2, 7, c.cells
    image = {0: "batch", 2: "height", 3: "width"}
    cache = (c.layers, b, c.heads, length, c.width // c.heads)
    row, sequence = {0: "batch"}, {0: "batch", 1: "length"}

    def whole(*shape: int, high: int) -> Tensor:
        return torch.randint(0, high, shape)

    return {
        "encoder": (EncoderGraph(stage), {"pixels": torch.rand(b, 3, side, side) * 2 - 1}, ["codes", "values"],
                    {"pixels": image}),
        "decoder": (DecoderGraph(stage), {"codes": whole(b, c.groups, grid, grid, high=c.size)}, ["pixels"],
                    {"codes": image}),
        "blend": (
            BlendGraph(stage),
            {"first": torch.randn(b, stage.config.channels, grid, grid),
             "second": torch.randn(b, stage.config.channels, grid, grid), "amount": torch.rand(b)},
            ["codes"],
            {"first": image, "second": image, "amount": row},
        ),
        "mixer": (
            MixerGraph(stage),
            {"coarse": whole(b, c.groups, grid, grid, high=c.size), "fine": whole(b, c.groups, grid, grid, high=c.size)},
            ["pixels"],
            {"coarse": image, "fine": image},
        ),
        "conditions": (
            ConditionGraph(model),
            {"kind": whole(b, length, high=6), "text_ids": whole(b, length, high=c.vocabulary),
             "text_positions": whole(b, length, high=length),
             "visual_codes": whole(b, length, c.groups, high=c.size),
             "visual_positions": whole(b, length, high=cells)},
            ["keys", "values"],
            {name: sequence for name in ("kind", "text_ids", "text_positions", "visual_codes", "visual_positions")},
        ),
        "transformer": (
            TransformerGraph(model),
            {"codes": whole(b, cells, c.groups, high=c.size + 1), "keys": torch.randn(cache),
             "values": torch.randn(cache), "condition_mask": whole(b, length, high=2).bool()},
            ["hidden", "relevance", "fidelity"],
            {"codes": row, "keys": {1: "batch", 3: "length"}, "values": {1: "batch", 3: "length"},
             "condition_mask": sequence},
        ),
        "head": (
            HeadGraph(model),
            {"hidden": torch.randn(2, b, cells, c.width), "weights": torch.tensor([2.0, -1.0]),
             "codes": _half_masked(whole(b, cells, c.groups, high=c.size), c.size),
             "uniforms": torch.rand(b, cells, c.groups), "temperature": torch.ones(b),
             "min_p": torch.tensor([0.0, 0.1])},
            ["sampled", "log_prob"],
            {"hidden": {0: "rows", 1: "batch"}, "weights": {0: "rows"}, "codes": row, "uniforms": row,
             "temperature": row, "min_p": row},
        ),
    }  # fmt: skip


def int8_graphs(model: Transformer, made: dict[str, tuple]) -> dict[str, tuple]:
    """Of those of `graphs` that run once a pass: the same for a single row, made up for processors."""
    lean = copy.deepcopy(model)
    for block in lean.blocks:
        block.attention = ProcessorAttention(block.attention)
    modules = {"transformer": TransformerGraph(lean), "head": ProcessorHeadGraph(model)}
    found = {name: _one_row(module, *made[name][1:]) for name, module in modules.items()}
    found["head"][1]["temperature"] = torch.tensor([1e-4])  # the likeliest codes, which can be compared
    return found


def _one_row(module: nn.Module, inputs: dict[str, Tensor], outputs: list[str], dynamic: dict) -> tuple:
    at = {key: axis for key, axes in dynamic.items() for axis, name in axes.items() if name == "batch"}
    first = {key: value.narrow(at[key], 0, 1) if key in at else value for key, value in inputs.items()}
    others = {key: {axis: name for axis, name in axes.items() if name != "batch"} for key, axes in dynamic.items()}
    return module, first, outputs, others


def _half_masked(codes: Tensor, mask_code: int) -> Tensor:
    codes[:, ::2] = mask_code
    return codes


class WeightFile:
    """The weights of all graphs of a bundle, each stored once, as the file that the graphs refer to."""

    def __init__(self, path: Path):
        self.path = path
        self._data = bytearray()
        self._at: dict[str, tuple[int, int]] = {}

    def take(self, tensor: TensorProto) -> None:
        """Move a tensor's bytes into the file, in place. Graphs that name the same weight share it."""
        raw = numpy_helper.to_array(tensor).tobytes()
        if tensor.name not in self._at:
            self._data += b"\0" * (-len(self._data) % 64)
            self._at[tensor.name] = (len(self._data), len(raw))
            self._data += raw
        offset, length = self._at[tensor.name]
        if length != len(raw) or self._data[offset : offset + length] != raw:
            raise ValueError(f"two graphs hold different weights under the name '{tensor.name}'")
        tensor.raw_data = raw
        set_external_data(tensor, self.path.name, offset, length)
        tensor.ClearField("raw_data")

    def write(self) -> None:
        self.path.write_bytes(self._data)


def make_graph(name: str, module: nn.Module, inputs: dict, outputs: list[str], dynamic: dict) -> onnx.ModelProto:
    """Export without folding, so that weights keep their names and shapes (the runtime folds when it loads)."""
    dims = {axis: torch.export.Dim(axis) for axes in dynamic.values() for axis in axes.values()}
    if name in ("encoder", "decoder"):  # a side is any multiple of a cell
        cell = 16 if name == "encoder" else 1
        dims |= {"height": cell * torch.export.Dim("rows"), "width": cell * torch.export.Dim("columns")}
    shapes = {key: {at: dims[axis] for at, axis in dynamic.get(key, {}).items()} for key in inputs}
    return export_graph(module, inputs, outputs, shapes, optimize=False)


def store_weights(proto: onnx.ModelProto, module: nn.Module, prefix: str, weights: WeightFile) -> None:
    """Keep every float32 weight of more than 64 values as float16, followed by a cast, in the weight file."""
    names = {name for name, _ in [*module.named_parameters(), *module.named_buffers()]}
    casts = []
    for initializer in proto.graph.initializer:
        if initializer.name not in names or initializer.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(initializer)
        if values.size <= 64:
            continue
        name = initializer.name.removeprefix(prefix)
        casts.append(onnx.helper.make_node("Cast", [name], [initializer.name + ".wide"], to=TensorProto.FLOAT))
        for node in proto.graph.node:
            node.input[:] = [initializer.name + ".wide" if i == initializer.name else i for i in node.input]
        initializer.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name))
        weights.take(initializer)
    nodes = [*casts, *proto.graph.node]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)


def check_graph(path: Path, module: nn.Module, inputs: dict[str, Tensor]) -> float:
    """Difference between PyTorch and the graph in 99.9 % of places, relative to the outputs' size, at its largest.

    Integer outputs must agree in 99.9 % of places, or in all cells but one. Raises ValueError where they do not, or at over
    2 %.
    """
    session = open_session(path)
    found = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    with torch.no_grad():
        expected = module.eval()(**inputs)
    expected = [expected.numpy()] if isinstance(expected, Tensor) else [value.numpy() for value in expected]
    names = [o.name for o in session.get_outputs()]
    worst, torn = 0.0, None
    # integers first: a draw that lies on the border between two codes may fall either way, and takes its log_prob along
    for name, a, b in sorted(zip(names, found, expected, strict=True), key=lambda output: output[1].dtype.kind not in "iu"):
        if a.shape != b.shape:
            raise ValueError(f"{path.name}: output '{name}' has shape {a.shape}, PyTorch's has {b.shape}")
        if a.dtype.kind in "iu":
            apart = a != b
            torn = apart.any(-1)
            if apart.mean() > 0.001 and torn.sum() > 1:
                raise ValueError(f"{path.name}: only {100 * (1 - apart.mean()):.2f} % of '{name}' equal PyTorch's")
            continue
        if torn is not None and torn.shape == a.shape:
            a, b = a[~torn], b[~torn]
        worst = max(worst, float(np.quantile(np.abs(a - b), 0.999) / (np.abs(b).max() + 1e-6)))
    if worst > 0.02:
        raise ValueError(f"{path.name} differs from PyTorch by {worst:.4f} of its outputs' size")
    return worst


def round_weights(module: nn.Module) -> None:
    """The weights as float16 stores them, so that PyTorch and the graphs start from the same numbers."""
    with torch.no_grad():
        for value in [*module.parameters(), *module.buffers()]:
            if value.dtype == torch.float32 and value.numel() > 64:
                value.copy_(value.half().float())


def log_marginals(codes: np.ndarray, size: int) -> list[list[float]]:
    """(N, views, cells, M) -> M lists of log frequencies, each code counted once more than it was seen"""
    found = []
    for m in range(codes.shape[-1]):
        counts = np.bincount(codes[:, 0, :, m].ravel(), minlength=size) + 1.0
        found.append([round(float(x), 4) for x in np.log(counts / counts.sum())])
    return found


def read_marginals(tokens: Path | None, bundle: Path, size: int) -> list[list[float]]:
    """Of the train split's tokens; without any, as the bundle has them."""
    if tokens is None:
        return json.loads((bundle / "model.json").read_text(encoding="utf-8"))["marginals"]
    return log_marginals(np.load(tokens / "train.npz")["codes"], size)


def count_captions(records: Iterable[Record]) -> list[tuple[str, int]]:
    """Each caption with the number of pictures that have it, the most frequent first, then by the alphabet."""
    counts = Counter(text for record in records if (text := record.caption.strip()))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def read_lists(data: Path | None, bundle: Path) -> dict[str, list]:
    """Captions and known words of a prepared catalogue's train split; without one, those of them that the bundle has."""
    if data is not None:
        records = load_split(data, "train", in_memory=False).records
        return {"captions": count_captions(records), "words": known_words(records)}
    paths = {name: bundle / f"{name}.json" for name in ("captions", "words")}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.is_file()}


def write_lists(out: Path, **lists: list | None) -> dict[str, dict]:
    """Write `<name>.json` of each that holds anything; what model.json says of them, by name."""
    files = {}
    for name, values in lists.items():
        if values:
            path = out / f"{name}.json"
            path.write_text(json.dumps(values, ensure_ascii=False) + "\n", encoding="utf-8")
            files[name] = describe_file(path)
    return files


def write_bundle(out: Path, stage: StageOne, model: Transformer, tokenizer: Tokenizer, marginals: list[list[float]],
                 *, title: str, preset: str, smart: SmartOptions, training: dict, figures: dict,
                 captions: list[tuple[str, int]] | None = None, words: list[str] | None = None,
                 extra: dict[str, Path] | None = None) -> dict:  # fmt: skip
    """Write every file of a bundle and return its model.json. `extra` names further files that lie in `out`.

    `captions`, as `count_captions` gives them, are what the engine draws from where a request asks for nothing. Words of a
    request that are none of `words`, as `captions.known_words` gives them, it tells.

    Raises ValueError for the autoregressive baseline, which no engine runs.
    """
    check_kind(model)
    out.mkdir(parents=True, exist_ok=True)
    round_weights(stage)
    round_weights(model)
    files, made = {}, graphs(stage.eval(), model.eval())
    weights = WeightFile(out / "weights.bin")
    for name, (module, inputs, outputs, dynamic) in tqdm(made.items(), desc="export", unit="graph"):
        proto = make_graph(name, module, inputs, outputs, dynamic)
        store_weights(proto, module, "model.", weights)
        (out / f"{name}.onnx").write_bytes(proto.SerializeToString())
    small = int8_graphs(model, made)
    for name, (module, inputs, outputs, dynamic) in tqdm(small.items(), desc="export in int8", unit="graph"):
        proto = make_graph(name, module, inputs, outputs, dynamic)
        store_weights(proto, module, "model.", weights)
        quantize_products(proto, ("model.blocks.", "model.head."))
        (out / f"{name}-int8.onnx").write_bytes(proto.SerializeToString())
    weights.write()
    files["weights"] = describe_file(weights.path)
    for name, (module, inputs, _, _) in made.items():
        path = out / f"{name}.onnx"
        difference = check_graph(path, module, inputs)
        files[name] = describe_file(path)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, differs from PyTorch by {difference:.1e}")
    for name, (module, inputs, _, _) in small.items():
        path = out / f"{name}-int8.onnx"
        agreement = check_int8_graph(path, module, inputs)
        files[f"{name}_int8"] = describe_file(path)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {agreement}")
    tokenizer.save(str(out / "tokenizer.json"))
    files["tokenizer"] = describe_file(out / "tokenizer.json")
    files |= write_lists(out, captions=captions, words=words)
    for name, path in (extra or {}).items():
        files[name] = describe_file(path)
    c, s = model.config, stage.config
    described = {
        "format": 1,
        "name": out.name,
        "title": title,
        "created": datetime.date.today().isoformat(),
        "preset": preset,
        "image": {"size": c.grid * s.factor, "channels": 3},
        "grid": {"size": c.grid, "cell": s.factor},
        "codebook": {"groups": s.groups, "size": s.size, "dim": s.channels, "checksum": codebook_checksum(stage)},
        "text": {"tokenizer": "tokenizer.json", "max_tokens": c.max_text, "vocabulary": c.vocabulary, "pad": 0},
        "transformer": {"layers": c.layers, "width": c.width, "heads": c.heads, "mask_code": c.size,
                        "max_condition_tokens": 400},
        "smart": asdict(smart),
        "marginals": marginals,
        "networks": {"stage_one": asdict(s), "transformer": asdict(c)},
        "files": files,
        "training": training,
        "figures": figures,
    }  # fmt: skip
    (out / "model.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    return described


def check_kind(model: Transformer) -> None:
    if model.config.causal:
        raise ValueError("the autoregressive baseline is for comparison only: a bundle takes a transformer of SMART's kind")


def check_parts(args: argparse.Namespace, stage: StageOne) -> None:
    """Ends the program where a bundle's parts would not speak of the same codes and words."""
    known, codebook = origins_of(args.transformer), codebook_checksum(stage)
    given = {"codebook": codebook, "tokenizer": file_checksum(args.tokenizer) if args.tokenizer else None}
    check_origins(args.transformer, known, given, {
        "codebook": (args.stage_one, "give the stage I that its tokens were encoded with, or one refined from it, or train "
                                     "it on what toile.stage_two.carry_over makes of it"),
        "tokenizer": (args.tokenizer, "give --tokenizer its own"),
    })  # fmt: skip
    if args.tokens:
        encoded = {"codebook": codebook_of(np.load(args.tokens / "train.npz"))}
        check_origins(args.tokens, encoded, given, {"codebook": (args.stage_one, "run toile.stage_two.tokens again")})


def training_facts(args: argparse.Namespace) -> dict:
    """The runs that made each network, from its checkpoint or from the bundle it is taken over from."""
    made = {"stage_one": args.stage_one, "transformer": args.transformer, "evaluator": args.evaluator}
    return {"data": args.data} | {stage: runs_of(path, stage) for stage, path in made.items() if path}


def write_evaluator(given: Path, out: Path) -> Path:
    """The evaluator's graph in a bundle's folder, from a checkpoint or another bundle."""
    from .evaluator.network import export_onnx, load_evaluator

    path = out / "evaluator.onnx"
    if given.is_dir():
        graph = (given / path.name).read_bytes()
        out.mkdir(parents=True, exist_ok=True)
        path.write_bytes(graph)
    else:
        network = load_evaluator(given)
        out.mkdir(parents=True, exist_ok=True)
        export_onnx(network, path)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    return path


def describe_file(path: Path) -> dict:
    """Checksum, size and, of a graph, the names, types and shapes of its inputs and outputs."""
    data = path.read_bytes()
    found = {"path": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    if path.suffix == ".onnx":
        session = open_session(path)
        for side, ends in (("inputs", session.get_inputs()), ("outputs", session.get_outputs())):
            found[side] = [{"name": e.name, "type": e.type.removeprefix("tensor(").rstrip(")"), "shape": e.shape}
                           for e in ends]  # fmt: skip
    return found


def main() -> None:
    parser = CommandParser("Export a bundle.")
    parser.add_argument("--stage-one", required=True, type=Path, help="checkpoint, or a bundle's folder")
    parser.add_argument("--transformer", required=True, type=Path, help="checkpoint, or a bundle's folder")
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json; may be absent where --transformer is a bundle")
    parser.add_argument(
        "--tokens", type=Path, help="folder that toile.stage_two.tokens wrote; may be absent where --transformer is a bundle"
    )
    parser.add_argument("--captions", type=Path, metavar="DATA",
                        help="folder that toile.data wrote: a request that asks for nothing is made of one of its train "
                             "captions, and one is told which of its words none of them has; a bundle given as "
                             "--transformer brings its own along")  # fmt: skip
    parser.add_argument("--evaluator", type=Path, help="the evaluator to ship with it: checkpoint, or a bundle's folder")
    parser.add_argument("--out", required=True, type=Path,
                        help="the bundle's folder; in models/bundles it can be served and evaluated")  # fmt: skip
    parser.add_argument("--title", default="Catalogue garments", help="the bundle's name for people")
    parser.add_argument("--preset", help="name of the transformer's size, for the record; its preset's without it")
    parser.add_argument("--data", default="", help="what it was trained on, for the model card")
    parser.add_argument("--crispness", type=number(0, 1),
                        help="of decoded pictures; as --stage-one has it where absent")  # fmt: skip
    parser.add_argument("--smart", default="{}", help="JSON of SMART defaults, e.g. '{\"temperature\": 0.9}'")
    args = parser.parse_args()
    if not args.transformer.is_dir() and not (args.tokenizer and args.tokens):
        parser.error(f"--transformer {args.transformer} is a checkpoint, which takes --tokenizer and --tokens as well")
    smart = parse_options(args.smart)
    stage, model = load_stage_one(args.stage_one), load_transformer(args.transformer)
    check_kind(model)
    check_parts(args, stage)
    if args.crispness is not None:
        stage.config.crispness = args.crispness
    # all that is read before anything is written
    tokenizer = load_tokenizer(args.tokenizer or args.transformer / "tokenizer.json")
    marginals = read_marginals(args.tokens, args.transformer, model.config.size)
    training, lists = training_facts(args), read_lists(args.captions, args.transformer)
    extra = {"evaluator": write_evaluator(args.evaluator, args.out)} if args.evaluator else {}
    write_bundle(
        args.out, stage, model, tokenizer, marginals,
        title=args.title, preset=args.preset or preset_of(model.config) or "custom", smart=smart,
        training=training, figures={}, **lists, extra=extra,
    )  # fmt: skip
    total = sum(path.stat().st_size for path in args.out.iterdir()) / 1e6
    print(f"{args.out / 'model.json'}: {total:.1f} MB in all")


if __name__ == "__main__":
    run_command(main)
