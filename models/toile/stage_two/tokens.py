"""Encode a catalogue's pictures into style tokens once, so that stage II trains on tokens alone.

    python -m toile.stage_two.tokens --data prepared --stage-one runs/stage-one/last.pt --out runs/tokens

Writes `<split>.npz`: codes (N, views, cells, M) uint8, the first view the picture as it is, the others shifted and
scaled a little; crops (N, crops, 64, M) uint8, parts of the picture on a white 128-pixel square, shifted at random.
A crop is encoded on its own: a slice of the picture's own tokens would tell what lies around it. Beside them lie the
cells of each view where one of the record's accents shows (`accents`), and the checksums of the codebook and of the
pictures, which tell whose codes they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from ..accents import accent_cells
from ..command_line import CommandParser, run_command, whole_number
from ..data import Record, load_split
from ..origins import codebook_checksum, pictures_checksum
from ..stage_one.networks import StageOne
from ..training import add_device, keep_memory, lower_precision, to_pixels

CROP = 128


def shift_and_scale(pixels: Tensor, rng: np.random.Generator, shift: float = 0.04, scale: float = 0.06) -> Tensor:
    """(B, 3, H, W), each moved by up to `shift` of its size and scaled by up to `scale`, white coming in."""
    b = len(pixels)
    theta = torch.zeros(b, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = torch.from_numpy(1 / (1 + rng.uniform(-scale, scale, b))).float()
    theta[:, :, 2] = torch.from_numpy(rng.uniform(-2 * shift, 2 * shift, (b, 2))).float()
    grid = F.affine_grid(theta, list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels - 1, grid.to(pixels), mode="bilinear", align_corners=False) + 1


def cut_reference(image: np.ndarray, rng: np.random.Generator, side: int = CROP) -> np.ndarray:
    """(H, W, 3) uint8 -> (side, side, 3): a part at the picture's own pixel scale, on white, shifted at random."""
    out = np.full((side, side, 3), 255, np.uint8)
    for _ in range(3):  # a part of plain background shows no pattern
        h, w = rng.integers(side // 2, side + 1, 2)
        y, x = rng.integers(0, image.shape[0] - h + 1), rng.integers(0, image.shape[1] - w + 1)
        part = image[y : y + h, x : x + w]
        if part[::4, ::4].std() > 12:
            break
    top, left = rng.integers(0, side - h + 1), rng.integers(0, side - w + 1)
    out[top : top + h, left : left + w] = part
    return out


@torch.no_grad()
def encode_split(model: StageOne, images: np.ndarray, views: int, crops: int, device: str, seed: int = 0,
                 records: Sequence[Record] = ()) -> dict:  # fmt: skip
    """Codes of views and crops, and with the pictures' records (N, views, cells) uint8 of `accent_cells`."""
    rng = np.random.default_rng(seed)
    n, grid, m = len(images), images.shape[1] // model.config.factor, model.quantizer.groups
    dtype = np.uint8 if model.config.size <= 256 else np.uint16
    codes = np.empty((n, views, grid * grid, m), dtype)
    parts = np.empty((n, crops, (CROP // model.config.factor) ** 2, m), dtype)
    shown = np.zeros((n, views, grid * grid), np.uint8)

    def encode(pixels: Tensor) -> np.ndarray:
        with lower_precision(device):
            return model.encode(pixels).flatten(2).transpose(1, 2).cpu().numpy()  # (B, cells, M)

    for at in tqdm(range(0, n, 32), desc="encode", unit="batch", mininterval=10):
        batch = np.array(images[at : at + 32])
        pixels = to_pixels(torch.from_numpy(batch).to(device))
        for view in range(views):
            moved = shift_and_scale(pixels, rng) if view else pixels
            codes[at : at + 32, view] = encode(moved)
            for row, record in enumerate(records[at : at + 32], at):
                if record.accents:
                    picture = ((moved[row - at].permute(1, 2, 0) + 1) * 127.5).round().clamp(0, 255).byte().cpu().numpy()
                    shown[row, view] = accent_cells(picture, record.accents, model.config.factor, record.article,
                                                    record.on_model).ravel()  # fmt: skip
        for crop in range(crops):
            cut = np.stack([cut_reference(image, rng) for image in batch])
            parts[at : at + 32, crop] = encode(to_pixels(torch.from_numpy(cut).to(device)))
    return {"codes": codes, "crops": parts} | ({"accents": shown} if records else {})


def main() -> None:
    parser = CommandParser("Encode a prepared catalogue into style tokens.")
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--stage-one", required=True, type=Path, help="checkpoint of stage I, or a bundle's folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for the tokens")
    parser.add_argument("--splits", nargs="+", default=["val", "train"], help="to encode, beside what lies there")
    parser.add_argument("--views", type=whole_number(1), default=2,
                        help="of a picture; splits that are learned together have as many")  # fmt: skip
    parser.add_argument("--crops", type=whole_number(1), default=1, help="of a picture, for references; as many too")
    add_device(parser)
    args = parser.parse_args()
    from ..bundle import load_stage_one

    keep_memory()
    # all of them before the first is encoded, which takes long
    splits = {split: load_split(args.data, split, in_memory=False) for split in args.splits}
    model = load_stage_one(args.stage_one).eval().to(args.device, memory_format=torch.channels_last)
    args.out.mkdir(parents=True, exist_ok=True)
    for split, pictures in splits.items():
        found = encode_split(model, pictures.images, args.views, args.crops, args.device, records=pictures.records)
        path = args.out / f"{split}.npz"
        np.savez(path, codebook=np.array(codebook_checksum(model)), pictures=np.array(pictures_checksum(pictures)), **found)
        print(f"{split}: codes {found['codes'].shape}, crops {found['crops'].shape} -> {path}")


if __name__ == "__main__":
    run_command(main)
