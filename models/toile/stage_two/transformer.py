"""Stage II: conditions and a partly masked grid of style tokens -> every token at once (§3.2, Eq. 4).

A BERT-like encoder with one departure: conditions attend to conditions alone, so they are computed once a request
and every SMART pass reuses their keys and values. Cells attend to conditions and cells, [REL] to all of these and
itself, [FDL] to cells and itself; nothing attends to [REL] or [FDL].

    conditions -> `ConditionEncoder` -> keys, values, a layer
    codes, keys, values -> `Backbone` -> hidden states, relevance, fidelity
    hidden states -> `DepthHead` -> the four sub-codes of each cell, one after the other
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attend import Dropout, attend
from .conditions import TEXT, VISUAL, Conditions


@dataclass
class TransformerConfig:
    layers: int = 8
    width: int = 256
    heads: int = 4
    groups: int = 4
    size: int = 256  # codes a group; the code `size` itself is [MASK]
    grid: int = 16
    vocabulary: int = 4096
    max_text: int = 64
    dropout: float = 0.1
    causal: bool = False  # the autoregressive baseline: a cell sees the conditions and the cells before it

    @property
    def cells(self) -> int:
        return self.grid**2


PRESETS = {
    "tiny": TransformerConfig(layers=2, width=32, heads=2, dropout=0.0),
    "xs": TransformerConfig(layers=8, width=256, heads=4),
    "s": TransformerConfig(layers=8, width=384, heads=6),
    "b": TransformerConfig(layers=12, width=512, heads=8),
    "paper": TransformerConfig(layers=24, width=1024, heads=16),
}


def preset_of(config: TransformerConfig) -> str | None:
    """The name of the preset that has its layers, width and heads."""
    sizes = {(p.layers, p.width, p.heads): name for name, p in PRESETS.items()}
    return sizes.get((config.layers, config.width, config.heads))


class Attention(nn.Module):
    """Multi-head attention whose keys and values may be joined by a condition's.

    x: (B, N, D), extra: ((B, H, L, d), (B, H, L, d)), bias: broadcast to (B, H, N, L + N), added to the scores
    """

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)  # (B, H, N, d) each
        return q, k, v

    def forward(self, x: Tensor, extra: tuple[Tensor, Tensor] | None, bias: Tensor | None):
        q, k, v = self.project(x)
        own = (k, v)
        if extra is not None:
            k, v = torch.cat([extra[0].to(k.dtype), k], 2), torch.cat([extra[1].to(v.dtype), v], 2)
        y = attend(q, k, v, bias)
        return self.out(y.transpose(1, 2).flatten(2)), own


class Block(nn.Module):
    """Pre-norm attention and MLP. Cells first mix with their neighbours by a depthwise convolution on the grid."""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.grid, self.cells, self.causal = config.grid, config.cells, config.causal
        self.near = nn.Conv2d(config.width, config.width, 3, padding=1, groups=config.width)
        self.norm_attention = nn.LayerNorm(config.width)
        self.attention = Attention(config)
        self.norm_mlp = nn.LayerNorm(config.width)
        self.expand = nn.Linear(config.width, 4 * config.width)
        self.contract = nn.Linear(4 * config.width, config.width)
        self.dropout = Dropout(config.dropout)

    def mix_near(self, x: Tensor) -> Tensor:
        """(B, cells + extras, D): the extras ([REL], [FDL]) have no neighbours and pass by."""
        b, n, d = x.shape
        cells = x[:, : self.cells].transpose(1, 2).reshape(b, d, -1, self.grid)
        moved = x[:, : self.cells] + self._near(cells).flatten(2).transpose(1, 2)
        return moved if n <= self.cells else torch.cat([moved, x[:, self.cells :]], 1)

    def _near(self, cells: Tensor) -> Tensor:
        if not self.causal:
            return self.near(cells)
        return F.conv2d(cells, causal_taps(self.near), self.near.bias, padding=1, groups=self.near.groups)

    def forward(self, x: Tensor, extra: tuple[Tensor, Tensor] | None, bias: Tensor | None, on_grid: bool):
        if on_grid:
            x = self.mix_near(x)
        y, own = self.attention(self.norm_attention(x), extra, bias)
        x = x + self.dropout(y)
        y = self.contract(F.gelu(self.expand(self.norm_mlp(x)), approximate="tanh"))
        return x + self.dropout(y), own


def causal_taps(near: nn.Conv2d) -> Tensor:
    """The 3x3 kernel (D, 1, 3, 3) without the taps that look at later cells in raster order."""
    seen = near.weight.new_tensor([[1, 1, 1], [1, 1, 0], [0, 0, 0]])
    return near.weight * seen


class CodeEmbedding(nn.Module):
    """A style token embeds as the sum of its sub-codes' embeddings. (…, M) int64 -> (…, D)"""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(config.size + 1, config.width) for _ in range(config.groups))

    def forward(self, codes: Tensor) -> Tensor:
        return sum(table(codes[..., m]) for m, table in enumerate(self.tables))


class AxialPosition(nn.Module):
    """Row and column embeddings, summed. (…) int64 cell indices -> (…, D)"""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.grid = config.grid
        self.rows = nn.Embedding(config.grid, config.width)
        self.columns = nn.Embedding(config.grid, config.width)

    def forward(self, cells: Tensor) -> Tensor:
        return self.rows(cells // self.grid) + self.columns(cells % self.grid)


class DepthHead(nn.Module):
    """The sub-codes of a cell in turn: logits_m = W_m . f_m(h + sum over j < m of e_j(k_j)).

    Four independent softmaxes would mix halves of different garments within one cell.
    """

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.groups = config.groups
        self.norm = nn.LayerNorm(config.width)
        self.tables = nn.ModuleList(nn.Embedding(config.size, config.width) for _ in range(config.groups - 1))
        self.mix = nn.ModuleList(nn.Linear(config.width, config.width) for _ in range(config.groups))
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in range(config.groups))
        self.logits = nn.ModuleList(nn.Linear(config.width, config.size) for _ in range(config.groups))

    def group_logits(self, m: int, state: Tensor) -> Tensor:
        return self.logits[m](self.norms[m](state + F.gelu(self.mix[m](state), approximate="tanh")))

    def forward(self, hidden: Tensor, codes: Tensor) -> Tensor:
        """Teacher-forced. hidden: (..., D), codes: (..., M) below `size` -> (..., M, size)"""
        state, found = self.norm(hidden), []
        for m in range(self.groups):
            found.append(self.group_logits(m, state))
            if m < self.groups - 1:
                state = state + self.tables[m](codes[..., m])
        return torch.stack(found, -2)

    def sample(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Drawn group by group. hidden: (..., D) -> codes (..., M), and their mean log-probability a sub-code (...)"""
        state, found, told = self.norm(hidden), [], 0.0
        for m in range(self.groups):
            logits = self.group_logits(m, state).float()
            drawn = torch.distributions.Categorical(logits=logits, validate_args=False)
            found.append(drawn.sample())
            told = told + drawn.log_prob(found[-1]) / self.groups
            if m < self.groups - 1:
                state = state + self.tables[m](found[-1])
        return torch.stack(found, -1), told


class Transformer(nn.Module):
    """The whole of stage II. Training calls `hidden` and the head; export splits it into the three parts."""

    def __init__(self, config: TransformerConfig | None = None):
        super().__init__()
        self.config = config = config or PRESETS["s"]
        self.code = CodeEmbedding(config)
        self.cell_position = AxialPosition(config)
        self.reference_position = AxialPosition(config)
        self.word = nn.Embedding(config.vocabulary, config.width)
        self.word_position = nn.Embedding(config.max_text, config.width)
        self.segment = nn.Embedding(6, config.width)  # by kind of condition token; index 0 is the target's
        self.estimators = nn.Parameter(torch.randn(2, config.width) * 0.02)  # [REL], [FDL]
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.relevance = nn.Linear(config.width, 1)
        self.fidelity = nn.Linear(config.width, 1)
        self.head = DepthHead(config)
        self.apply(_initialise)
        for block in self.blocks:
            nn.init.zeros_(block.near.weight)
            for last in (block.attention.out, block.contract):
                nn.init.normal_(last.weight, std=0.02 / (2 * config.layers) ** 0.5)

    def embed_conditions(self, kind: Tensor, text_ids: Tensor, text_positions: Tensor, visual_codes: Tensor,
                         visual_positions: Tensor) -> Tensor:  # fmt: skip
        """(B, L), … -> (B, L, D)"""
        words = self.word(text_ids) + self.word_position(text_positions)
        visual = self.code(visual_codes) + self.reference_position(visual_positions)
        x = self.segment(kind)
        x = x + words * (kind == TEXT)[..., None] + visual * (kind == VISUAL)[..., None]
        return x

    def encode_conditions(self, kind: Tensor, *rest: Tensor) -> tuple[Tensor, Tensor]:
        """Condition sequences -> keys, values: (layers, B, H, L, d) each"""
        x = self.embed_conditions(kind, *rest)
        bias = _bias(kind != 0, x.dtype)[:, None, None, :]
        keys, values = [], []
        for n, block in enumerate(self.blocks):
            if n + 1 < len(self.blocks):
                x, (k, v) = block(x, None, bias, on_grid=False)
            else:  # what the last layer's conditions would become, nobody reads
                _, k, v = block.attention.project(block.norm_attention(x))
            keys.append(k)
            values.append(v)
        return torch.stack(keys), torch.stack(values)

    def hidden(self, codes: Tensor, keys: Tensor, values: Tensor, present: Tensor, estimate: bool):
        """codes (B, cells, M), conditions -> hidden (B, cells, D), relevance (B,), fidelity (B,) logits or None."""
        b, cells, _ = codes.shape
        if self.config.causal:
            if estimate:
                raise ValueError("the autoregressive baseline has no estimators")
            codes = self.before(codes)
        x = self.code(codes) + self.cell_position(torch.arange(cells, device=codes.device)) + self.segment.weight[0]
        if estimate:
            x = torch.cat([x, self.estimators.to(x.dtype).expand(b, 2, -1)], 1)
        bias = self.attention_bias(present, cells, estimate, x.dtype)
        for n, block in enumerate(self.blocks):
            x, _ = block(x, (keys[n], values[n]), bias, on_grid=True)
        if not estimate:
            return x, None, None
        ends = self.norm(x[:, cells:]).float()
        return x[:, :cells], self.relevance(ends[:, 0])[:, 0], self.fidelity(ends[:, 1])[:, 0]

    def before(self, codes: Tensor) -> Tensor:
        """(B, cells, M) -> what each cell is told of its own place: the codes of the cell before it, [MASK] at first."""
        first = torch.full_like(codes[:, :1], self.config.size)
        return torch.cat([first, codes[:, :-1]], 1)

    def attention_bias(self, present: Tensor, cells: int, estimate: bool, dtype: torch.dtype) -> Tensor:
        """Who sees whom, (B, 1, cells + extras or 1, L + cells + extras): 0 where seen, very negative elsewhere."""
        b = present.shape[0]
        seen = torch.cat([present, present.new_ones(b, cells)], 1)
        if self.config.causal:
            earlier = present.new_ones(cells, cells).tril().expand(b, -1, -1)
            rows = torch.cat([present[:, None].expand(b, cells, present.shape[1]), earlier], 2)
            return _bias(rows, dtype)[:, None]
        if not estimate:
            return _bias(seen, dtype)[:, None, None, :]
        none, one = present.new_zeros(b, 1), present.new_ones(b, 1)
        cell = torch.cat([seen, none, none], 1)
        rel = torch.cat([seen, one, none], 1)
        fdl = torch.cat([torch.zeros_like(present), present.new_ones(b, cells), none, one], 1)
        rows = torch.cat([cell[:, None].expand(b, cells, cell.shape[1]), rel[:, None], fdl[:, None]], 1)
        return _bias(rows, dtype)[:, None]

    def forward(self, codes: Tensor, conditions: Conditions, estimate: bool = False):
        """Everything in one call, as training does it."""
        keys, values = self.encode_conditions(*conditions.arguments())
        return self.hidden(codes, keys, values, conditions.present, estimate)

    def save_form(self) -> dict:
        return {"config": asdict(self.config), "weights": self.state_dict()}

    @staticmethod
    def blank(config: dict) -> Transformer:
        """Untrained, from a configuration as JSON or a checkpoint holds it."""
        return Transformer(TransformerConfig(**config))

    @staticmethod
    def restore(saved: dict) -> Transformer:
        model = Transformer.blank(saved["config"])
        model.load_state_dict(saved["weights"])
        return model


def _bias(seen: Tensor, dtype: torch.dtype) -> Tensor:
    return (~seen).to(dtype) * -1e4


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
