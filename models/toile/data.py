"""Turn a catalogue of captioned garment pictures into arrays that training can read at memory speed.

    python -m toile.data --catalogue path/to/catalogue --out path/to/prepared

A catalogue is a folder in one of two forms:

* an index `*.jsonl` whose lines hold `id`, `caption`, `split` and `shard`, beside tar shards of `<id>.webp`;
* any pictures, with one `captions.csv` or `captions.jsonl` that has the columns `file` and `caption` and may
  have `article`, `colour`, `gender`, `usage`, `on_model` and `split`. Without a split, the hash of its caption gives
  a picture to val or to train, so that pictures of one caption stay together.

Articles, colours, genders and usages that `toile.captions` has words for are known in any case ("t-shirt", "NAVY BLUE");
others stay as they are written.

Per split this writes `<split>.npy`, (N, size, size, 3) uint8 sRGB, and `<split>.jsonl`, one record a picture in
the same order.
"""

from __future__ import annotations

import argparse
import csv
import functools
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps
from tqdm import tqdm

from .accents import accents

SPLITS = ("train", "val", "test", "unseen")


@dataclass
class Record:
    """What the catalogue says of one picture."""

    id: str
    caption: str
    split: str = "train"
    article: str = ""
    colour: str = ""
    gender: str = ""
    on_model: bool = False
    effective_px: int = 0
    usage: str = ""  # what it is worn for, as "Sports"
    accents: list[str] = field(default_factory=list)  # basic colours seen beside its own, the most seen first
    made_of: str = ""  # id of the photo whose colours were changed to make this picture
    source: str = field(default="", repr=False)  # file, or member of a shard


@dataclass
class Split:
    """One prepared split: pictures (N, size, size, 3) uint8, and their records in the same order."""

    images: np.ndarray
    records: list[Record]

    def __len__(self) -> int:
        return len(self.records)


def load_split(folder: str | Path, split: str, in_memory: bool = True) -> Split:
    """Read what `prepare` wrote.

    Raises FileNotFoundError naming the splits that are there, and ValueError where pictures and records are not as many.
    """
    folder = Path(folder)
    path = folder / f"{split}.npy"
    if not path.exists():
        there = sorted(p.stem for p in folder.glob("*.npy"))
        raise FileNotFoundError(f"no split '{split}' in {folder}; it has: {', '.join(there) or 'none'}")
    images = np.load(path, mmap_mode=None if in_memory else "r")
    with open(folder / f"{split}.jsonl", encoding="utf-8") as lines:
        records = [Record(**json.loads(line)) for line in lines]
    if len(images) != len(records):
        raise ValueError(f"{folder} has {len(images)} pictures of the split '{split}' and {len(records)} records: "
                         "prepare it again with toile.data")  # fmt: skip
    return Split(images, records)


def prepare(catalogue: str | Path, out: str | Path, size: int = 256, val_share: float = 0.05) -> dict[str, int]:
    """Decode every picture of a catalogue once. Returns the number of pictures a split.

    Splits of an earlier catalogue that this one hasn't are removed, once all of its own are there.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    by_split: dict[str, list[Record]] = {}
    for record in read_index(Path(catalogue), val_share):
        by_split.setdefault(record.split, []).append(record)
    if not by_split:
        raise ValueError(f"{catalogue} holds no captioned pictures")
    counts = {}
    for split, records in by_split.items():
        try:
            _decode_split(Path(catalogue), records, size, _half_written(out / f"{split}.npy"))
            _finish_split(out, split, records)
        finally:
            for path in _files(out, split):
                _half_written(path).unlink(missing_ok=True)
        counts[split] = len(records)
    for gone in set(SPLITS) - counts.keys():
        for path in _files(out, gone):
            path.unlink(missing_ok=True)
    return counts


def _decode_split(catalogue: Path, records: list[Record], size: int, path: Path) -> None:
    """Write the pictures to `path` as they come, and set the records' accents."""
    rows: dict[tuple[str, str], list[int]] = {}
    for row, record in enumerate(records):
        rows.setdefault((record.source, record.id), []).append(row)
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (len(records), size, size, 3))
    for key, picture in read_pictures(catalogue, records, size):
        for row in rows[key]:
            images[row] = picture
            r = records[row]
            r.accents = accents(picture, r.colour, r.article, r.on_model)
    images.flush()


def save_split(folder: Path, name: str, split: Split) -> None:
    """Write what `load_split` reads."""
    with open(_half_written(folder / f"{name}.npy"), "wb") as out:
        np.save(out, split.images)
    _finish_split(folder, name, split.records)


def _finish_split(folder: Path, name: str, records: list[Record]) -> None:
    """Put the pictures that lie half written, and the records, in the place of those before, one right after the other."""
    with open(_half_written(folder / f"{name}.jsonl"), "w", encoding="utf-8") as lines:
        for record in records:
            lines.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
    for path in _files(folder, name):
        os.replace(_half_written(path), path)


def _files(folder: Path, split: str) -> tuple[Path, Path]:
    return folder / f"{split}.npy", folder / f"{split}.jsonl"


def _half_written(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def read_index(catalogue: Path, val_share: float) -> list[Record]:
    """The records of a catalogue in either form, each with a split.

    Raises ValueError for a share outside 0 <= val_share < 1, and naming a row or a file that can't be read.
    """
    if not 0 <= val_share < 1:
        raise ValueError(f"the share held out for val is {val_share}, which is not from 0 up to below 1")
    shards = sorted(catalogue.glob("*.tar"))
    if shards:
        index = next(catalogue.glob("*.jsonl"), None)
        if index is None:
            raise FileNotFoundError(f"{catalogue} has tar shards and no .jsonl index beside them")
        rows = _read_jsonl(index)
        for n, row in enumerate(rows):
            if row.get("id") in (None, "") or not row.get("shard"):
                raise ValueError(f"{index}, row {n + 1}: 'id' and 'shard' are both needed, got {row}")
        return [_record(row, source=row["shard"], fallback_split="train") for row in rows]
    for name, read in (("captions.jsonl", _read_jsonl), ("captions.csv", _read_csv)):
        if (catalogue / name).exists():
            rows = read(catalogue / name)
            break
    else:
        raise FileNotFoundError(
            f"{catalogue} has neither tar shards with an index, nor captions.csv, nor captions.jsonl"
        )
    captions: dict[str, str] = {}  # a picture of several goes by its first
    for n, row in enumerate(rows):
        if not row.get("file") or not row.get("caption"):
            raise ValueError(f"{catalogue}, row {n + 1}: 'file' and 'caption' are both needed, got {row}")
        captions.setdefault(row["file"], row["caption"].casefold())
        row.setdefault("id", Path(row["file"]).with_suffix("").as_posix())
    held_out = _held_out(set(captions.values()), val_share)
    return [_record(row, row["file"], "val" if captions[row["file"]] in held_out else "train") for row in rows]


def _held_out(captions: set[str], share: float) -> set[str]:
    """By a hash, so that further captions move none of these; of several at least one, unless the share is 0."""
    hashes = {caption: zlib.crc32(caption.encode()) / 2**32 for caption in captions}
    if not share or len(captions) < 2:
        return set()
    least = min(captions, key=lambda caption: (hashes[caption], caption))
    return {caption for caption, at in hashes.items() if at < share} | {least}


def read_pictures(catalogue: Path, records: list[Record], size: int) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """Yield ((source, id), (size, size, 3) uint8) for each record, from shards or loose files.

    Raises ValueError naming a picture that a shard lacks or that can't be decoded.
    """
    by_source: dict[str, list[Record]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append(record)
    bar = tqdm(total=len(records), desc=f"{records[0].split}: pictures", unit="img")
    for source, members in by_source.items():
        if source.endswith(".tar"):
            wanted = {f"{r.id}.webp": r.id for r in members}
            with tarfile.open(catalogue / source) as tar:
                for member in tar:
                    if (name := wanted.pop(member.name, None)) is not None:
                        yield (source, name), _decode(tar.extractfile(member).read(), size, source, name)
                        bar.update()
            if wanted:
                raise ValueError(f"{source} lacks {len(wanted)} pictures of the index, as {next(iter(wanted))}")
        else:
            picture = _decode((catalogue / source).read_bytes(), size, source, members[0].id)
            for record in members:
                yield (source, record.id), picture
                bar.update()
    bar.close()


def _decode(data: bytes, size: int, source: str, name: str) -> np.ndarray:
    try:
        return decode_picture(data, size)
    except Exception as error:  # Pillow has many for broken files, and one for pictures too large to be meant
        raise ValueError(f"{source}: picture {name} can't be decoded: {error}") from error


def decode_picture(data: bytes, size: int) -> np.ndarray:
    """Decode to (size, size, 3) uint8 sRGB: upright, on white, padded to a square, resized."""
    image = _upright(Image.open(io.BytesIO(data)))
    if image.has_transparency_data:
        image = image.convert("LA" if image.mode in ("L", "LA") else "RGBA")
        white = Image.new("RGB", image.size, "white")
        image = Image.composite(_to_srgb(image), white, image.getchannel("A"))
    else:
        image = _to_srgb(image)
    if image.size != (size, size):
        image = ImageOps.pad(image, (size, size), Image.Resampling.LANCZOS, color="white")
    return np.asarray(image)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says; as it is where that can't be read."""
    try:
        return ImageOps.exif_transpose(image)
    except OSError:  # of the pixels
        raise
    except Exception:
        return image


def _to_srgb(image: Image.Image) -> Image.Image:
    """RGB without transparency, by the colour profile that the picture holds, where that can be read."""
    if profile := image.info.get("icc_profile"):
        mode = {"L": "L", "LA": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")
        srgb = ImageCms.createProfile("sRGB")
        try:
            return ImageCms.profileToProfile(image.convert(mode), io.BytesIO(profile), srgb, outputMode="RGB")
        except ImageCms.PyCMSError:  # broken, or of another mode
            pass
    return image.convert("RGB")


def _record(row: dict, source: str, fallback_split: str) -> Record:
    split = row.get("split") or fallback_split
    if split not in SPLITS:
        raise ValueError(f"picture {row['id']}: split '{split}' is none of {', '.join(SPLITS)}")
    return Record(
        id=str(row["id"]),
        caption=row.get("caption") or "",
        split=split,
        article=_known("article", row),
        colour=_known("colour", row),
        gender=_known("gender", row),
        on_model=_truth(row),
        effective_px=int(row.get("effective_px", 0) or 0),
        usage=_known("usage", row),
        source=source,
    )


def _known(column: str, row: dict) -> str:
    """A row's value as the code spells it, where it knows it."""
    value = row.get(column) or ""
    return _spellings()[column].get(str(value).strip().casefold(), value)


@functools.cache
def _spellings() -> dict[str, dict[str, str]]:
    from . import captions  # which words records, and so imports this

    names = {"article": captions.ARTICLES, "gender": captions.PEOPLE, "usage": captions.USAGES,
             "colour": [*captions.COLOURS, *map(str.capitalize, captions.BASIC_COLOURS)]}  # fmt: skip
    return {column: {name.casefold(): name for name in known} for column, known in names.items()}


def _truth(row: dict) -> bool:
    value = row.get("on_model")
    word = "" if value is None else str(value).strip().lower()
    if word in ("true", "1", "1.0", "yes"):
        return True
    if word in ("false", "0", "0.0", "no", "nan", ""):
        return False
    raise ValueError(f"picture {row['id']}: on_model '{value}' is none of true, false, 1, 0, yes, no")


def _read_jsonl(path: Path) -> list[dict]:
    rows = []
    for n, line in enumerate(_open(path)):
        try:
            if line.strip():
                rows.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}, line {n + 1} is not JSON: {error}") from error
    return rows


def _read_csv(path: Path) -> list[dict]:
    return list(csv.DictReader(_open(path, newline="")))


def _open(path: Path, newline: str | None = None) -> io.StringIO:
    """Its lines. Raises ValueError naming a file that is not UTF-8."""
    try:
        return io.StringIO(path.read_bytes().decode("utf-8-sig"), newline)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: {error}; save it as UTF-8") from error


def _side(text: str) -> int:
    if (pixels := int(text)) <= 0 or pixels % 16:
        raise argparse.ArgumentTypeError(f"{text} is no multiple of 16, a cell's pixels a side")
    return pixels


def main() -> None:
    parser = argparse.ArgumentParser(description="Prepare a catalogue for training.")
    parser.add_argument("--catalogue", required=True, help="folder with shards and index, or pictures and captions")
    parser.add_argument("--out", required=True, help="folder for the prepared arrays")
    parser.add_argument("--size", type=_side, default=256, help="pixels a side (default 256, which stage II's presets take)")
    parser.add_argument("--val-share", type=float, default=0.05, help="held out where the index names no splits")
    args = parser.parse_args()
    for split, count in prepare(args.catalogue, args.out, args.size, args.val_share).items():
        print(f"{split}: {count} pictures -> {Path(args.out) / f'{split}.npy'}")


if __name__ == "__main__":
    main()
