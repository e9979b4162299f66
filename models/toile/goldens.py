"""Write what TypeScript must match: a tiny untrained bundle, and golden files of every step that has two versions.

    python -m toile.goldens --out ../test/fixtures

The tiny bundle has real graphs of a few kilobytes. Networks are seeded, so a rerun changes nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from tokenizers import Tokenizer

from .captions import known_words, split_words
from .command_line import CommandParser, run_command
from .data import Record
from .export import log_marginals, write_bundle
from .onnx_networks import OnnxNetworks, from_bytes, to_bytes
from .random_stream import RandomStream
from .stage_one.networks import StageOne, StageOneConfig
from .stage_two.conditions import VisualCondition
from .stage_two.smart import SmartOptions, generate
from .stage_two.transformer import PRESETS, Transformer, TransformerConfig
from .tokenizer import encode, train_tokenizer

TEXTS = [
    "red striped t-shirt", "Women's NAVY-BLUE kurta", "men's 501 jeans, size 32", "  two   spaces  ", "kids' shoes!",
    "robe d'été à pois", "简约质感魔术贴中长款风衣", "e\u0301te\u0301", "İstanbul Straße ΣΑΣ", "emoji 👗👠 in text", "a", "",
    "tab\tand\nline", "it's we'll I'd they're", "x" * 300, "लाल साड़ी", "T\u2010shirt no. 2ª",
]  # fmt: skip

CAPTIONS = [("red shirt", 3), ("blue dress", 2), ("white top", 1)]

REQUESTS = [
    {"prompt": "red striped t-shirt", "seed": 7, "passes": 4},
    {"prompt": "", "seed": 0, "passes": 10},
    {"prompt": "black ankle boots", "seed": 4294967295, "passes": 1},
    {"prompt": "blue jeans", "seed": 3, "passes": 3, "guidance": 2.0, "temperature": 0.7},
    {"prompt": "white top", "seed": 12, "passes": 5, "choice_temperature": 0.4, "marginal_weight": 0.5},
    {"prompt": "white top", "seed": 12, "passes": 2, "candidate": 1},
    {"prompt": "blue dress", "seed": 9, "passes": 5, "choice_temperature": 6.0, "final_choice_share": 0.25},
    {"prompt": "red shirt", "seed": 11, "passes": 6, "choice_temperature": 4.0, "polish_share": 0.3},
    {
        "prompt": "green kurta",
        "seed": 8,
        "passes": 4,
        "temperature": 0.9,
        "first_temperature_share": 1.3,
        "final_temperature_share": 0.5,
    },
    {"prompt": "red striped t-shirt", "seed": 13, "passes": 5, "first_temperature_share": 1.6, "min_p": 0.6},
    {"prompt": "white top", "seed": 5, "passes": 4, "guidance": 1.0, "references": 2, "editable": 90},
    {"prompt": "blue dress", "seed": 4, "passes": 4, "guidance": 2.0, "guided_share": 0.5},
    {"prompt": "", "seed": 6, "passes": 3, "references": 1, "editable": 1},
]


def tiny_bundle(out: Path) -> None:
    torch.manual_seed(0)
    narrow = (8, 8, 8, 8)
    stage = StageOne(StageOneConfig(encoder_widths=narrow, decoder_widths=narrow, style_widths=narrow))
    for block in [*stage.encoder.blocks, *stage.decoder.blocks]:  # a fresh residual block adds nothing
        torch.nn.init.normal_(block.convs[1].weight, std=0.1)
    with torch.no_grad():
        stage.encoder.to_codes.weight.mul_(8)
    texts = [t for t in TEXTS if t.isascii()]
    tokenizer = train_tokenizer(texts * 3, vocabulary=320)
    config = PRESETS["tiny"].__dict__ | {"vocabulary": tokenizer.get_vocab_size()}
    model = Transformer(TransformerConfig(**config))
    with torch.no_grad():
        for layer in model.head.logits:  # untrained logits are all alike; these make scores differ
            layer.weight.mul_(40)
    codes = np.random.default_rng(0).integers(0, 256, (4, 1, 256, 4)) // np.array([1, 2, 4, 8])
    write_bundle(out, stage, model, tokenizer, log_marginals(codes, 256), title="Tiny, untrained, for tests",
                 preset="tiny", smart=SmartOptions(), training={}, figures={},
                 captions=CAPTIONS, words=known_words(Record("", caption) for caption, _ in CAPTIONS))  # fmt: skip


def write_goldens(bundle: Path, out: Path) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    networks = OnnxNetworks(bundle, threads=1)
    tokenizer = Tokenizer.from_file(str(bundle / "tokenizer.json"))
    marginals = np.array(networks.model["marginals"])
    written = [
        _write(out / "tokenizer.json", [{"text": t, "ids": encode(tokenizer, t)} for t in TEXTS]),
        _write(out / "words.json", [{"text": t, "words": split_words(t)} for t in TEXTS]),
        _write(out / "random.json", [
            {"seed": seed, "candidate": candidate, "uniforms": RandomStream(seed, candidate).uniforms(16).tolist()}
            for seed, candidate in ((0, 0), (7, 0), (7, 1), (4294967295, 3), (123456789, 7))
        ]),
    ]  # fmt: skip
    runs = []
    for request in REQUESTS:
        options = {k: v for k, v in request.items() if k in SmartOptions.__dataclass_fields__}
        given = _given(request)
        found = generate(networks, encode(tokenizer, request["prompt"]), request["seed"], SmartOptions(**options),
                         marginals=marginals, candidate=request.get("candidate", 0), **given)  # fmt: skip
        kept = [[], *found.kept]
        passes = [{"kept": k, "codes": c.tolist()} for k, c in zip(kept, found.trace, strict=True)]
        runs.append({
            "request": request, "passes": passes, "relevance": found.relevance, "fidelity": found.fidelity,
            "editable": given["editable"].tolist(), "base": given["base"].tolist(),
            "visuals": [visual.codes.tolist() for visual in given["visuals"]],
        })  # fmt: skip
    written.append(_write(out / "smart.json", runs))
    picture = _picture()
    picture.save(out / "picture.png")
    codes = networks.encode(from_bytes(np.asarray(picture)[None]))
    Image.fromarray(to_bytes(networks.decode(codes))[0]).save(out / "picture-decoded.png")
    written += [out / "picture.png", out / "picture-decoded.png"]
    described = {"picture": "picture.png", "decoded": "picture-decoded.png", "codes": codes[0].tolist()}
    return [*written, _write(out / "stage-one.json", described)]


def _given(request: dict) -> dict:
    """Tokens that stay, cells that don't, and references, drawn by the request's seed."""
    rng = np.random.default_rng(request["seed"])
    at = np.arange(8)
    positions = (at[:, None] * 16 + at[None]).ravel()
    return {
        "base": rng.integers(0, 256, (256, 4)),
        "editable": np.sort(rng.permutation(256)[: request.get("editable", 256)]),
        "visuals": [VisualCondition(rng.integers(0, 256, (64, 4)), positions)
                    for _ in range(request.get("references", 0))],
    }  # fmt: skip


def _picture() -> Image.Image:
    """A T-shirt of sorts, with edges in many directions and areas of many colours."""
    image = Image.new("RGB", (256, 256), "white")
    draw = ImageDraw.Draw(image)
    draw.polygon([(70, 40), (186, 40), (240, 100), (205, 125), (190, 105), (190, 230), (66, 230), (66, 105),
                  (51, 125), (16, 100)], fill=(178, 34, 60))  # fmt: skip
    for n in range(6):
        draw.rectangle([66, 90 + 24 * n, 190, 98 + 24 * n], fill=(250 - 30 * n, 220, 40 * n))
    draw.ellipse([104, 20, 152, 60], fill="white", outline=(90, 10, 30), width=4)
    return image


def _write(path: Path, value) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    return path


def main() -> None:
    parser = CommandParser("Write the tiny bundle and the golden files.")
    parser.add_argument("--out", required=True, type=Path, help="folder for both")
    args = parser.parse_args()
    tiny_bundle(args.out / "tiny-bundle")
    for path in write_goldens(args.out / "tiny-bundle", args.out / "goldens"):
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    run_command(main)
