"""Turn a catalogue of captioned garment pictures into arrays that training can read at memory speed.

    python -m toile.data --catalogue path/to/catalogue --out path/to/prepared

A catalogue is a folder in one of two forms:

* an index `*.jsonl` whose lines hold `id`, `caption`, `split` and `shard`, beside tar shards of `<id>.webp`;
* any pictures, with one `captions.csv` or `captions.jsonl` that has the columns `file` and `caption` and may
  have `article`, `colour`, `gender`, `usage`, `on_model` and `split`. Without a split, the hash of its caption gives
  a picture to val, to test or to train, so that pictures of one caption stay together.

Articles, colours, genders and usages that `toile.captions` has words for are known in any case ("t-shirt", "NAVY BLUE");
others stay as they are written.

Per split this writes `<split>.npy`, (N, size, size, 3) uint8 sRGB, and `<split>.jsonl`, one record a picture in
the same order. Pictures that are missing or damaged are told all together, and nothing is written then, unless
`--skip-broken` leaves them out.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import os
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from tqdm import tqdm

from .accents import accents
from .command_line import CommandParser, number, run_command, whole_number

SPLITS = ("train", "val", "test", "unseen")
DERIVED = ("recoloured",)  # what other scripts make of train's pictures
TEXTS = ("caption", "article", "colour", "gender", "usage", "split")
COLUMNS = (*TEXTS, "file", "id", "shard", "on_model", "effective_px")
SPELLINGS = {"color": "colour"}  # of columns
HINTS = {"val": "toile.data holds one out by --val-share",
         "test": "toile.data holds one out by --test-share, before training",
         "recoloured": "toile.recolour makes it"}  # fmt: skip
SHOWN = 20  # of what may be a long list
Key = tuple[str, str]  # a picture's source and id


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
        hint = "toile.data writes such a folder" if not there else HINTS.get(split, "")
        raise FileNotFoundError(f"no split '{split}' in {folder}; it has: {', '.join(there) or 'none'}. {hint}".strip(". "))
    images = np.load(path, mmap_mode=None if in_memory else "r")
    with open(folder / f"{split}.jsonl", encoding="utf-8") as lines:
        records = [Record(**json.loads(line)) for line in lines]
    if len(images) != len(records):
        raise ValueError(f"{folder} has {len(images)} pictures of the split '{split}' and {len(records)} records: "
                         "prepare it again with toile.data")  # fmt: skip
    return Split(images, records)


def prepare(catalogue: str | Path, out: str | Path, size: int = 256, val_share: float = 0.05, test_share: float = 0.05,
            skip_broken: bool = False) -> dict[str, int]:  # fmt: skip
    """Decode every picture of a catalogue once. Returns the number of pictures a split.

    Splits of an earlier catalogue that this one hasn't, and those made of its pictures, are removed, once all of its own
    are there. Raises ValueError naming all pictures that are missing or damaged, or leaves them out and prints them, as it
    does columns that nothing reads.
    """
    catalogue, out = Path(catalogue), Path(out)
    placed, unused = _placed_records(catalogue, val_share, test_share)
    places: dict[Key, str] = {}
    for place, record in placed:
        places.setdefault((record.source, record.id), place)
    broken = _missing(catalogue, places)
    if broken and not skip_broken:
        raise ValueError(_tell_broken(broken, places))
    by_split: dict[str, list[Record]] = {}
    for _, record in placed:
        if (record.source, record.id) not in broken:
            by_split.setdefault(record.split, []).append(record)
    out.mkdir(parents=True, exist_ok=True)
    try:
        for split, records in by_split.items():
            broken |= _decode_split(catalogue, records, size, _half_written(out / f"{split}.npy"))
        if broken and not skip_broken:
            raise ValueError(_tell_broken(broken, places))
        counts = {split: len(records) for split, records in by_split.items() if records}
        if not counts:
            raise ValueError(f"{catalogue} holds no captioned pictures" + _tell_list(broken, places))
        for split in counts:
            _finish_split(out, split, by_split[split])
    finally:
        for split in by_split:
            for path in _files(out, split):
                _half_written(path).unlink(missing_ok=True)
    for gone in {*SPLITS, *DERIVED} - counts.keys():
        for path in _files(out, gone):
            path.unlink(missing_ok=True)
    if broken:
        print(f"{len(broken)} pictures are left out:{_tell_list(broken, places)}")
    if unused:
        print(f"columns that nothing reads: {', '.join(unused)}")
    return counts


def _missing(catalogue: Path, places: dict[Key, str]) -> dict[Key, str]:
    """What is wrong with pictures, or shards of them, that are not there."""
    there = {source: (catalogue / source).is_file() for source, _ in places}
    return {key: f"{key[0]} is missing" for key in places if not there[key[0]]}


def _tell_broken(broken: dict[Key, str], places: dict[Key, str]) -> str:
    return (f"{len(broken)} of {len(places)} pictures are missing or damaged, so nothing was written; mend them, or leave "
            f"them out by --skip-broken:{_tell_list(broken, places)}")  # fmt: skip


def _tell_list(broken: dict[Key, str], places: dict[Key, str]) -> str:
    return "".join(f"\n  {places[key]}: {why}" for key, why in broken.items())


def _decode_split(catalogue: Path, records: list[Record], size: int, path: Path) -> dict[Key, str]:
    """Write the pictures to `path` as they come, and set the records' accents.

    Records whose pictures can't be decoded are taken out of `records`. Returns what is wrong with those.
    """
    rows: dict[Key, list[int]] = {}
    for row, record in enumerate(records):
        rows.setdefault((record.source, record.id), []).append(row)
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (len(records), size, size, 3))
    broken: dict[Key, str] = {}
    for key, picture in read_pictures(catalogue, records, size):
        if isinstance(picture, str):
            broken[key] = picture
            continue
        for row in rows[key]:
            images[row] = picture
            r = records[row]
            r.accents = accents(picture, r.colour, r.article, r.on_model)
    if broken:
        kept = [row for row, r in enumerate(records) if (r.source, r.id) not in broken]
        for at, row in enumerate(kept):
            images[at] = images[row]
        with open(fewer := _half_written(path), "wb") as file:
            np.save(file, images[: len(kept)])
        os.replace(fewer, path)
        records[:] = [records[row] for row in kept]
    else:
        images.flush()
    return broken


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


def read_index(catalogue: Path, val_share: float, test_share: float) -> list[Record]:
    """The records of a catalogue in either form, each with a split.

    Raises ValueError for shares that leave nothing to train, and naming a line or a file that can't be read.
    """
    return [record for _, record in _placed_records(catalogue, val_share, test_share)[0]]


def _placed_records(catalogue: Path, val_share: float,
                    test_share: float) -> tuple[list[tuple[str, Record]], list[str]]:  # fmt: skip
    """The records, each with its place in the index, as "captions.csv, line 3"; and the columns that nothing reads."""
    if not (val_share >= 0 and test_share >= 0 and val_share + test_share < 1):
        raise ValueError(f"the shares held out are {val_share} for val and {test_share} for test, which are not from 0 up "
                         "and together below 1")  # fmt: skip
    rows = _read_rows(catalogue)
    if not rows:
        raise ValueError(f"{catalogue} holds no captioned pictures")
    unused = list(dict.fromkeys(name for _, row in rows for name in row if name not in COLUMNS))
    for place, row in rows:
        for column in TEXTS:
            if not isinstance(row.get(column) or "", str):
                raise ValueError(f"{place}: {column} {row[column]!r} is no text")
    if any(catalogue.glob("*.tar")):
        for place, row in rows:
            if row.get("id") in (None, "") or not isinstance(row.get("shard"), str) or not row["shard"]:
                raise ValueError(f"{place}: 'id' and 'shard' are both needed, got {row}")
        return [(place, _record(place, row, row["shard"], "train")) for place, row in rows], unused
    captions: dict[str, str] = {}  # a picture of several goes by its first
    for place, row in rows:
        file, caption = row.get("file"), (row.get("caption") or "").strip()
        if not isinstance(file or "", str):
            raise ValueError(f"{place}: file {file!r} is no text")
        if not file or not caption:
            raise ValueError(f"{place}: 'file' and 'caption' are both needed, got {row}")
        captions.setdefault(file, caption.casefold())
        row.setdefault("id", Path(file).with_suffix("").as_posix())
    if any((row.get("split") or "").strip().lower() == "test" for _, row in rows):
        test_share = 0.0
    held_out = _held_out(set(captions.values()), val_share, test_share)
    placed = [(place, _record(place, row, row["file"], held_out.get(captions[row["file"]], "train")))
              for place, row in rows]  # fmt: skip
    return placed, unused


def _read_rows(catalogue: Path) -> list[tuple[str, dict]]:
    """Of the index, or of the captions: each row with its place, "captions.csv, line 3"."""
    if not catalogue.is_dir():
        raise FileNotFoundError(f"{catalogue} is no folder, where a catalogue is one")
    if any(catalogue.glob("*.tar")):
        index = next(catalogue.glob("*.jsonl"), None)
        if index is None:
            raise FileNotFoundError(f"{catalogue} has tar shards and no .jsonl index beside them")
        return _read_jsonl(index)
    for name, read in (("captions.jsonl", _read_jsonl), ("captions.csv", _read_csv)):
        if (catalogue / name).exists():
            return read(catalogue / name)
    raise FileNotFoundError(f"{catalogue} has neither tar shards with an index, nor captions.csv, nor captions.jsonl")


def _held_out(captions: set[str], val_share: float, test_share: float) -> dict[str, str]:
    """The split of each caption that is held out, by a hash, so that further captions move none of these.

    Val has the lowest hashes and test the highest: of several captions at least one each, unless its share is 0.
    """
    hashes = {caption: zlib.crc32(caption.encode()) / 2**32 for caption in captions}
    order = sorted(captions, key=lambda caption: (hashes[caption], caption))
    found = {caption: "val" for caption in order if hashes[caption] < val_share}
    found |= {caption: "test" for caption in order if hashes[caption] >= 1 - test_share}
    if val_share and len(order) > 1:
        found[order[0]] = "val"
    if test_share and len(order) > 2:
        found[order[-1]] = "test"
    return found


def read_pictures(catalogue: Path, records: list[Record], size: int) -> Iterator[tuple[Key, np.ndarray | str]]:
    """Yield ((source, id), (size, size, 3) uint8) for each record, from shards or loose files.

    What is wrong stands in the place of a picture that a shard lacks or that can't be decoded.
    """
    by_source: dict[str, list[Record]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append(record)
    bar = tqdm(total=len(records), desc=f"{records[0].split}: pictures", unit="img")
    for source, members in by_source.items():
        if source.endswith(".tar"):
            wanted = {f"{r.id}.webp": r.id for r in members}
            try:
                with tarfile.open(catalogue / source) as tar:
                    for member in tar:
                        if (name := wanted.pop(member.name, None)) is not None:
                            yield (source, name), _decode(tar.extractfile(member).read(), size, f"{source}, {member.name}")
                            bar.update()
                why = "lacks"
            except tarfile.TarError as error:
                why = f"can't be read as far as it holds ({error})"
            for file, name in wanted.items():
                yield (source, name), f"{source} {why} {file}"
        else:
            picture = _decode((catalogue / source).read_bytes(), size, source)
            for record in members:
                yield (source, record.id), picture
                bar.update()
    bar.close()


def _decode(data: bytes, size: int, source: str) -> np.ndarray | str:
    """The picture, or what is wrong with it."""
    try:
        return decode_picture(data, size)
    except UnidentifiedImageError:  # it tells an address in memory
        return f"{source} can't be decoded: it is no picture of a known kind"
    except Exception as error:  # Pillow has many for broken files, and one for pictures too large to be meant
        return f"{source} can't be decoded: {error}"


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


def _record(place: str, row: dict, source: str, fallback_split: str) -> Record:
    split = (row.get("split") or "").strip().lower() or fallback_split
    if split not in SPLITS:
        raise ValueError(f"{place}: split '{row['split']}' is none of {', '.join(SPLITS)}")
    return Record(
        id=str(row["id"]),
        caption=(row.get("caption") or "").strip(),
        split=split,
        article=_known("article", row),
        colour=_known("colour", row),
        gender=_known("gender", row),
        on_model=_truth(place, row),
        effective_px=_pixels(place, row),
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


def _truth(place: str, row: dict) -> bool:
    value = row.get("on_model")
    word = "" if value is None else str(value).strip().lower()
    if word in ("true", "1", "1.0", "yes"):
        return True
    if word in ("false", "0", "0.0", "no", "nan", ""):
        return False
    raise ValueError(f"{place}: on_model '{value}' is none of true, false, 1, 0, yes, no")


def _pixels(place: str, row: dict) -> int:
    value = row.get("effective_px") or 0
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{place}: effective_px {value!r} is no whole number") from None


def _read_jsonl(path: Path) -> list[tuple[str, dict]]:
    rows = []
    for n, line in enumerate(_open(path), 1):
        place = f"{path.name}, line {n}"
        try:
            row = json.loads(line) if line.strip() else None
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}, line {n} is not JSON: {error}") from error
        if isinstance(row, dict):
            rows.append((place, {_column(name): value for name, value in row.items()}))
        elif line.strip():
            raise ValueError(f'{place}: {line.strip()} is no object, as {{"file": …, "caption": …}}')
    return rows


def _read_csv(path: Path) -> list[tuple[str, dict]]:
    reader = csv.DictReader(_open(path, newline=""), skipinitialspace=True)
    try:
        columns = reader.fieldnames = [_column(name) for name in reader.fieldnames or ()]
        if columns and (lacking := {"file", "caption"} - {*columns}):
            hint = "; commas part them" if any(mark in name for name in columns for mark in ";\t|") else ""
            raise ValueError(f"{path.name}, line 1: no column '{min(lacking)}' among: {', '.join(columns)}{hint}")
        rows = [(f"{path.name}, line {reader.line_num}", row) for row in reader]
    except csv.Error as error:
        raise ValueError(f"{path.name}, line {reader.line_num}: {error}") from error
    for place, row in rows:
        more = row.pop(None, [])
        if any(more):
            got = ",".join([*(value or "" for value in row.values()), *more])
            raise ValueError(f"{place} has {len(columns) + len(more)} values for {len(columns)} columns: put quotes around "
                             f"one that holds a comma, got {got}")  # fmt: skip
        row["file"] = (row["file"] or "").strip()
    return rows


def _column(name: str) -> str:
    name = name.strip().casefold()
    return SPELLINGS.get(name, name)


def unknown_labels(records: list[Record]) -> dict[str, Counter]:
    """By column the labels that `toile.captions` has no words for, with how many pictures have each."""
    found = {column: Counter(value for r in records if (value := getattr(r, column)) and value.casefold() not in known)
             for column, known in _spellings().items()}  # fmt: skip
    return {column: counts for column, counts in found.items() if counts}


def _open(path: Path, newline: str | None = None) -> io.StringIO:
    """Its lines. Raises ValueError naming a file that is not UTF-8."""
    try:
        return io.StringIO(path.read_bytes().decode("utf-8-sig"), newline)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: {error}; save it as UTF-8") from error


def main() -> None:
    parser = CommandParser("Prepare a catalogue for training.")
    parser.add_argument("--catalogue", required=True, type=Path,
                        help="folder with shards and index, or pictures and captions")  # fmt: skip
    parser.add_argument("--out", required=True, type=Path, help="folder for the prepared arrays")
    parser.add_argument("--size", type=whole_number(128, step=16), default=256,
                        help="pixels a side (default 256, which stage II's presets take)")  # fmt: skip
    parser.add_argument("--val-share", type=number(0, 1), default=0.05, help="held out for val where a row names no split")
    parser.add_argument("--test-share", type=number(0, 1), default=0.05,
                        help="held out for test where a row names no split, and no other row names test")  # fmt: skip
    parser.add_argument("--skip-broken", action="store_true", help="leave out pictures that are missing or damaged")
    args = parser.parse_args()
    made_before = [split for split in DERIVED if (args.out / f"{split}.npy").exists()]
    counts = prepare(args.catalogue, args.out, args.size, args.val_share, args.test_share, args.skip_broken)
    for split, count in counts.items():
        print(f"{split}: {count} pictures -> {args.out / f'{split}.npy'}")
    for split in made_before:
        print(f"{split} was of what lay here before, and is removed: {HINTS[split]}")
    for split in ("train", "val", "test"):
        if split not in counts:
            needed = "the evaluation takes one" if split == "test" else "training takes one"
            print(f"there is no {split} split: {needed}")
    records = [record for split in counts for record in load_split(args.out, split, in_memory=False).records]
    for column, labels in unknown_labels(records).items():
        told = ", ".join(f"{label} ({count})" for label, count in labels.most_common(SHOWN))
        more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
        print(f"{column}: kept as written, since toile.captions has no words for: {told}{more}")


if __name__ == "__main__":
    run_command(main)
