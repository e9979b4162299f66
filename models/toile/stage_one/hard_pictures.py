"""A page of the test split's hardest pictures beside what stage I makes of them.

    python -m toile.stage_one.hard_pictures --bundle models/bundles/garments --data prepared --out docs/hard.webp

Stripes, checks, denim, prints, lace with its like, and shoes: of each the eight with the strongest edges, sharp sources
first. Where a kind has fewer, others with strong edges fill the page.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..captions import looks
from ..command_line import CommandParser, bundle_folder, run_command
from ..contact_sheet import SAVING, Sheet, picture_file
from ..data import Record, load_split
from ..evaluate import SHARP
from ..evaluator.bench import reconstruct
from ..evaluator.metrics import psnr
from ..onnx_networks import OnnxNetworks
from ..training import to_pixels
from .losses import edge_strength

KINDS = {
    "stripes": lambda r: "striped" in looks(r),
    "checks": lambda r: "checked" in looks(r),
    "denim": lambda r: r.article == "jeans" or "denim" in looks(r),
    "print": lambda r: {"printed", "graphic", "logo"} & set(looks(r)),
    "lace, embroidery, flowers, knit": lambda r: {"lace", "embroidered", "floral", "knitted"} & set(looks(r)),
    "shoe": lambda r: r.article in ("sports shoe", "casual shoe"),
}
EACH, SIDE, PAIRS = 8, 160, 6  # pictures of a kind, pixels a side, pairs a row


def pick_hard(records: list[Record], images: np.ndarray) -> list[tuple[str, int]]:
    """(kind, row) of up to EACH pictures a kind, and others to fill up, none twice.

    Sharp sources come first, then those with the strongest edges.
    """
    edges = np.concatenate([edge_strength(to_pixels(torch.from_numpy(images[at : at + 50]))).numpy()
                            for at in range(0, len(images), 50)])  # fmt: skip
    found: list[tuple[str, int]] = []
    for kind, fits in [*KINDS.items(), ("fine detail", lambda _: True)]:
        taken = {row for _, row in found}
        rows = [n for n, record in enumerate(records) if n not in taken and fits(record)]
        rows.sort(key=lambda n: (records[n].effective_px < SHARP, -edges[n]))
        found += [(kind, n) for n in rows[: EACH if kind in KINDS else EACH * len(KINDS) - len(found)]]
    return found


def main() -> None:
    parser = CommandParser("Show stage I on hard pictures.")
    parser.add_argument("--bundle", required=True, type=bundle_folder,
                        help="folder with model.json, or the name of one in models/bundles")  # fmt: skip
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--out", required=True, type=picture_file, help=f"picture file: {' or '.join(SAVING)}")
    args = parser.parse_args()
    test = load_split(args.data, "test")
    chosen = pick_hard(test.records, test.images)
    originals = test.images[[row for _, row in chosen]]
    made, _ = reconstruct(OnnxNetworks(args.bundle), originals)
    sheet = Sheet(PAIRS, width=2 * SIDE, height=SIDE)
    each = zip(chosen, psnr(made, originals), originals, made, strict=True)
    sheet.fill([(np.concatenate(pair, axis=1), f"{kind}, {decibels:.1f} dB") for (kind, _), decibels, *pair in each])
    sheet.save(args.out)


if __name__ == "__main__":
    run_command(main)
