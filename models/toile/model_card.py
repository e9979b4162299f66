"""Write a bundle's model card from what model.json tells of its training and what `toile.evaluate` measured.

    python -m toile.evaluate --bundle models/bundles/garments --data prepared --json figures.json
    python -m toile.evaluate_edits --bundle models/bundles/garments --data prepared --json edits.json
    python -m toile.model_card --bundle models/bundles/garments --figures figures.json --edits edits.json

The figures go into model.json too.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from .command_line import CommandParser, bundle_folder, run_command
from .evaluator.tables import flat

EDITS = {"inpaint": "In-painting without words", "reference": "Local editing by a reference", "words": "Text-guided editing",
         "mix": "Style mixing", "choose": "Choosing among candidates, ending early", "exact": "Exactness"}  # fmt: skip
FIGURES = ("evaluator", "test", "reconstruction", "colours", "accents", "words", "unconditional", "diversity", "memorised",
           "passes", "edits")  # fmt: skip
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
    crispness = model["networks"]["stage_one"].get("crispness")  # older bundles tell none
    crisp = f" decoded with crispness {crispness:g}, so much of what is finer than 3 pixels once more;" if crispness else ""
    return (
        f"# {model['title']} (`{model['name']}`)\n\n"
        f"Made {model['created']}. Pictures of {model['image']['size']}×{model['image']['size']} pixels as "
        f"{grid}×{grid} cells of {book['groups']} codes out of {book['size']};{crisp} a transformer of "
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
    lines += _hits("Asked and found by the evaluator", figures.get("colours", {}), "pairs",
                   ("in train", "not in train", "all"))  # fmt: skip
    if seconds := figures.get("accents"):
        rows = [(name, _share(share)) for name, share in seconds.items() if name != "pictures"]
        lines += _table((f"A second colour is seen in {seconds['pictures']} pictures", "share"), rows)
    words = figures.get("words", {})
    lines += _hits("Said by a caption's record, found by the evaluator", words, "captions", ("test", "unseen"))
    lines += _sets(words, figures.get("unconditional", {}))
    lines += _newness(figures.get("diversity"), figures.get("memorised"))
    lines += _passes(figures.get("passes", {}))
    for part, found in figures.get("edits", {}).items():
        rows = [(name, _short(value)) for name, value in flat(found)]
        lines += _table((EDITS.get(part, part), ""), rows)
    return "\n".join(lines).rstrip()


def _hits(title: str, found: dict, of: str, names: tuple[str, ...]) -> list[str]:
    rows = []
    for name in names:
        for kind in ("generated", "real"):
            if hits := found.get(name, {}).get(kind):
                shares = (_share(hits[key]) for key in ("colour", "article", "both"))
                rows.append((f"{of} {name}, {kind}", *shares, hits["pictures"]))
    return _table((title, "colour", "article", "both", "pictures"), rows) if rows else []


def _sets(words: dict, unconditional: dict) -> list[str]:
    """Sets of pictures against the test split, with the floor below them."""
    made = [(name, part) for name, part in (("made of its captions", words), ("made without words", unconditional)) if part]
    if not made:
        return []

    def row(name: str, figures: dict, part: dict) -> tuple:
        over = (f"{figures['fd'] / other:.2f}" if other else "-" for other in (part["reconstruction"], part["floor"]["fd"]))
        scores = (f"{1000 * figures['kid']:.2f}", *(f"{figures[key]:.2f}" for key in ("is", "precision", "recall")))
        return (name, f"{figures['fd']:.2f}", *over, *scores, figures["pictures"])

    floors = {part["floor"]["pictures"]: part for _, part in made}.values()  # parts of one size share theirs
    rows = [*(row(name, part["set"], part) for name, part in made),
            *(row("real train photos", part["floor"], part) for part in floors),
            *(row("real val photos", part["val floor"], part) for part in floors if "val floor" in part)]  # fmt: skip
    head = ("Against the test split", "Garment-FD", "over reconstruction's", "over the floor", "KID ×1000", "Garment-IS",
            "precision", "recall", "pictures")  # fmt: skip
    note = "Real train photos themselves lie at the floor: two samples of photos differ, the more so the fewer they are. "
    note += "Pictures made of the test captions have the test photos' articles, which a sample of train photos has not, and "
    note += "may lie below it."
    if any("val floor" in part for part in floors):
        note += " The evaluator has learned from the train photos and not from the val photos."
    for name, part in made:
        if part["seeds"] > 1:
            note += f" Figures of pictures {name} are means over {part['seeds']} seeds"
            if ends := part["range"].get("set: fd"):  # none where all seeds agree
                note += "; Garment-FD ranged over {:.2f}-{:.2f}".format(*ends)
            note += "."
    return [*_table(head, rows), note, ""]


def _newness(diversity: dict | None, memorised: dict | None) -> list[str]:
    lines = []
    if diversity:
        captions, alone = diversity["captions"], diversity["articles alone"]
        alike = photos = ""
        if "of article and colour" in captions:
            alike = (f", {_share(captions['of article and colour'])} of that between two of its article and colour, for the "
                     f"{captions['prompts with two such']} captions that have such")  # fmt: skip
        if real := diversity.get("real photos"):
            photos = (f" Real photos of one caption lie {_share(real['of article'])} as far apart as those of its article "
                      f"({real['captions']:,} captions that two or more share).")  # fmt: skip
        lines += [f"The distance between two pictures of one caption is {_share(captions['of article'])} of that between "
                  f"two real photos of its article, whose colours vary too{alike}.{photos} Asked for the article alone, "
                  f"it is {_share(alone['of article'])} of that between its photos ({diversity['prompts']} prompts, "
                  f"{diversity['variants']} pictures each, in the evaluator's features).", ""]  # fmt: skip
    if memorised:
        rows = [(name, f"{lot['median']:.2f}", _share(lot["share"]), lot["pictures"])
                for name, lot in memorised.items() if isinstance(lot, dict)]  # fmt: skip
        head = (f"Distance from the nearest of {memorised['train pictures']:,} train photos", "median",
                f"at most {memorised['near']:.2f}", "pictures")  # fmt: skip
        note = "The bound is what 1 % of the real test photos keep."
        if copies := memorised.get("reconstructed train photos"):
            found = _share(copies["share"])
            note += f" A copy of a train photo would come out of stage I too: of such the bound finds {found}."
        lines += [*_table(head, rows), note, ""]
    return lines


def _passes(found: dict) -> list[str]:
    forms = {"fd": "{:.2f}".format, "kid": lambda kid: f"{1000 * kid:.2f}", "precision": "{:.2f}".format,
             "recall": "{:.2f}".format, "article": _share, "colour": _share, "seconds": "{:.2f}".format,
             "pictures": str}  # fmt: skip
    rows = []
    labels = {"floor": "real train photos (floor)", "val floor": "real val photos", "real": "real test photos"}
    for name, figures in found.items():
        cells = (form(figures[key]) if key in figures else "-" for key, form in forms.items())
        rows.append((labels.get(name, name), *cells))
    head = ("SMART passes", "Garment-FD", "KID ×1000", "precision", "recall", "article", "colour", "seconds a picture",
            "pictures")  # fmt: skip
    return _table(head, rows) if rows else []


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"


def _short(value: float) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _table(head: tuple, rows: list[tuple]) -> list[str]:
    line = "| " + " | ".join(map(str, head)) + " |"
    return [line, "| --- |" + " ---: |" * (len(head) - 1), *("| " + " | ".join(map(str, r)) + " |" for r in rows), ""]


def read_figures(path: Path, option: str, script: str, parts: Collection[str]) -> dict:
    """Figures by part. Raises FileNotFoundError or ValueError, with who writes such a file."""
    hint = f"{script} writes it by --json; leave {option} out where nothing was measured"
    if not path.is_file():
        raise FileNotFoundError(f"{option} {path} is not there: {hint}")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{option} {path} is not JSON ({error}): {hint}") from error
    if not isinstance(found, dict) or not all(name in parts and isinstance(part, dict) for name, part in found.items()):
        raise ValueError(f"{option} {path} holds other things than figures of some of {', '.join(parts)}: {hint}")
    return found


def main() -> None:
    parser = CommandParser("Write a bundle's model card.")
    parser.add_argument("--bundle", required=True, type=bundle_folder,
                        help="folder with model.json, or the name of one in models/bundles")  # fmt: skip
    parser.add_argument("--figures", type=Path, help="JSON that toile.evaluate wrote; model.json's own without it")
    parser.add_argument("--edits", type=Path, help="JSON that toile.evaluate_edits wrote, to stand with the figures")
    parser.add_argument("--notes", type=Path, help="Markdown to stand below the heading: purpose, limits, licence")
    args = parser.parse_args()
    figures = read_figures(args.figures, "--figures", "toile.evaluate", FIGURES) if args.figures else {}
    if args.edits:
        figures["edits"] = read_figures(args.edits, "--edits", "toile.evaluate_edits", EDITS)
    print(write_card(args.bundle, figures, args.notes.read_text(encoding="utf-8") if args.notes else ""))


if __name__ == "__main__":
    run_command(main)
