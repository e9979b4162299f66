"""Write a bundle's model card from what model.json tells of its training and what `toile.evaluate` measured.

    python -m toile.evaluate --bundle models/bundles/garments --data prepared --json figures.json
    python -m toile.evaluate_edits --bundle models/bundles/garments --data prepared --json edits.json
    python -m toile.model_card --bundle models/bundles/garments --figures figures.json --edits edits.json

The figures go into model.json too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

EDITS = {"inpaint": "In-painting without words", "reference": "Local editing by a reference", "words": "Text-guided editing",
         "mix": "Style mixing", "choose": "Choosing among candidates, ending early", "exact": "Exactness"}  # fmt: skip
STAGES = {"stage_one": "Stage I", "transformer": "Stage II", "evaluator": "Evaluator"}


def write_card(bundle: Path, figures: dict, notes: str = "") -> Path:
    """Render MODEL_CARD.md. `figures` takes the place of model.json's, part by part."""
    path = bundle / "model.json"
    model = json.loads(path.read_text(encoding="utf-8"))
    if figures:
        model["figures"] |= figures
        path.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")
    sections = [_head(model), notes.strip(), _training(model["training"]), _figures(model["figures"])]
    card = bundle / "MODEL_CARD.md"
    card.write_text("\n\n".join(s for s in sections if s) + "\n", encoding="utf-8")
    return card


def _head(model: dict) -> str:
    book, net, grid = model["codebook"], model["transformer"], model["grid"]["size"]
    size = sum(f["bytes"] for f in model["files"].values()) / 1e6
    return (
        f"# {model['title']} (`{model['name']}`)\n\n"
        f"Made {model['created']}. Pictures of {model['image']['size']}×{model['image']['size']} pixels as "
        f"{grid}×{grid} cells of {book['groups']} codes out of {book['size']}; a transformer of "
        f"{net['layers']} layers, width {net['width']}, {net['heads']} heads (preset `{model['preset']}`); "
        f"{size:.0f} MB in all, weights stored as float16."
    )


def _training(training: dict) -> str:
    lines = ["## Training", "", training.get("data", "")]
    for stage, title in STAGES.items():
        for run in training.get(stage, []):
            lines += ["", f"- {title}: {_run(run)}"]
    return "\n".join(lines)


def _run(run: dict) -> str:
    if "note" in run:
        return run["note"]
    options = run["options"]
    shown = ", ".join(f"{key} {value}" for key, value in options.items() if value not in ("", False))
    amount = f"{run['minutes']:.0f} minutes, {run['samples']:,} samples of {run['pictures']:,} pictures"
    return f"{run['date']}, {amount} ({shown})"


def _figures(figures: dict) -> str:
    if not figures:
        return "## Figures\n\nNone measured."
    lines = ["## Figures", ""]
    if accuracy := figures.get("evaluator"):
        shares = f"the article in {100 * accuracy['article']:.1f} % and the colour in {100 * accuracy['colour']:.1f} %"
        lines += [f"The evaluator that judges below finds {shares} of held-out photos: read the figures by that.", ""]
    if found := figures.get("reconstruction"):
        rows = [(k, f"{v['psnr']:.2f}", f"{v['ssim']:.3f}", f"{v['fd']:.3f}" if v["fd"] is not None else "-", v["pictures"])
                for k, v in found.items() if "psnr" in v]  # fmt: skip
        lines += _table(("Reconstruction of the test split", "PSNR dB", "SSIM", "Garment-FD", "pictures"), rows)
        used, perplexity = found["codes"]["used"], found["codes"]["perplexity"]
        lines += ["Codes in use a group: " + ", ".join(f"{100 * u:.0f} %" for u in used) + "; perplexity "
                  + ", ".join(f"{p:.0f}" for p in perplexity) + ".", ""]  # fmt: skip
        if floor := found.get("floor"):
            lines += [f"Garment-FD between two sets of real photos (train, test): {floor['fd']:.3f}.", ""]
    if found := figures.get("colours"):
        rows = []
        for name in ("in train", "not in train", "all"):
            for kind in ("generated", "real"):
                if hits := found.get(name, {}).get(kind):
                    shares = (f"{100 * hits[k]:.1f} %" for k in ("colour", "article", "both"))
                    rows.append((f"pairs {name}, {kind}", *shares, hits["pictures"]))
        lines += _table(("Asked and found by the evaluator", "colour", "article", "both", "pictures"), rows)
    for part, found in figures.get("edits", {}).items():
        rows = [(name, _short(value)) for name, value in _flat(found)]
        lines += _table((EDITS.get(part, part), ""), rows)
    return "\n".join(lines).rstrip()


def _flat(found: dict, above: str = "") -> Iterator[tuple[str, float]]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}: ")
        else:
            yield f"{above}{name}", value


def _short(value: float) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _table(head: tuple, rows: list[tuple]) -> list[str]:
    line = "| " + " | ".join(map(str, head)) + " |"
    return [line, "| --- |" + " ---: |" * (len(head) - 1), *("| " + " | ".join(map(str, r)) + " |" for r in rows), ""]


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a bundle's model card.")
    parser.add_argument("--bundle", required=True, type=Path)
    parser.add_argument("--figures", type=Path, help="JSON that toile.evaluate wrote; model.json's own without it")
    parser.add_argument("--edits", type=Path, help="JSON that toile.evaluate_edits wrote, to stand with the figures")
    parser.add_argument("--notes", type=Path, help="Markdown to stand below the heading: purpose, limits, licence")
    args = parser.parse_args()
    figures = json.loads(args.figures.read_text(encoding="utf-8")) if args.figures else {}
    if args.edits:
        figures["edits"] = json.loads(args.edits.read_text(encoding="utf-8"))
    print(write_card(args.bundle, figures, args.notes.read_text(encoding="utf-8") if args.notes else ""))


if __name__ == "__main__":
    main()
