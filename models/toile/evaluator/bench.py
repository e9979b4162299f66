"""What the parts of an evaluation share: real photos, reconstructions and made pictures, each judged once a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from ..data import Record, Split, load_split
from ..onnx_networks import OnnxNetworks, from_bytes, to_bytes
from ..requests import Requests
from .judge import Judge, Verdicts
from .metrics import NEIGHBOURS, frechet_distance, inception_score, kernel_distance, precision_recall

PART = 128  # pictures that are held in memory at once
T = TypeVar("T")


@dataclass
class Photos:
    """Real photos (N, H, W, 3) uint8 with their records, and the verdicts on them, if there is a judge."""

    images: np.ndarray
    records: list[Record]
    verdicts: Verdicts | None

    def __len__(self) -> int:
        return len(self.records)


@dataclass
class Reconstruction:
    """Stage I's pictures (N, H, W, 3) uint8 of the test split's, their codes (N, M, h, w), and the Garment-FD."""

    images: np.ndarray
    codes: np.ndarray
    fd: float | None
    verdicts: Verdicts | None


class Bench:
    """Whatever is asked of it is worked out once, when first asked.

    `limit` bounds the pictures of each part, `seeds` says how often sets of pictures are made anew.
    """

    def __init__(self, data: Path, judge: Judge | None, bundle: OnnxNetworks | None = None, *,
                 limit: int | None = None, seeds: int = 1):  # fmt: skip
        self.data, self.judge, self.bundle, self.limit, self.seeds = data, judge, bundle, limit, seeds
        self._kept: dict[tuple, object] = {}

    def photos(self, name: str, count: int | None = None) -> Photos:
        """A split, or `count` photos spread evenly over it. Raises FileNotFoundError where the catalogue lacks it."""
        whole = self._once(("photos", name), lambda: self._judged(name))
        if count is None or count >= len(whole):
            return whole
        rows = np.linspace(0, len(whole) - 1, count).round().astype(int)
        verdicts = take(whole.verdicts, rows) if whole.verdicts else None
        return Photos(whole.images[rows], [whole.records[row] for row in rows], verdicts)

    def photos_if_any(self, name: str, count: int | None = None) -> Photos | None:
        """`photos` of a split that a catalogue may lack."""
        return None if find_split(self.data, name) is None else self.photos(name, count)

    def floor(self, count: int | None = None, name: str = "train") -> dict:
        """Figures of photos of another split, drawn at random, against as many of `count` photos of the test split."""

        def measure() -> dict:
            test, other = self.photos("test", count), load_split(self.data, name, in_memory=False)
            size = min(len(test), len(other))
            rows = np.sort(np.random.default_rng(0).choice(len(other), size, replace=False))
            return set_figures(self.judge(other.images[rows]), self.photos("test", size).verdicts)

        return self._once(("floor", count, name), measure)

    def floors(self, count: int | None = None) -> dict[str, dict]:
        """The floor, and that of the val split, if it has photos enough: the evaluator learned from those of train."""
        found = {"floor": self.floor(count)}
        if len(find_split(self.data, "val") or ()) > NEIGHBOURS:
            found["val floor"] = self.floor(count, "val")
        return found

    def reconstruction(self, count: int | None = None) -> Reconstruction:
        """Of the test split, or of `count` photos of it."""

        def measure() -> Reconstruction:
            test = self.photos("test", count)
            images, codes = reconstruct(self.bundle, test.images)
            if not self.judge:
                return Reconstruction(images, codes, None, None)
            verdicts = self.judge(images)
            return Reconstruction(images, codes, frechet_distance(verdicts.features, test.verdicts.features), verdicts)

        return self._once(("reconstruction", count), measure)

    def from_captions(self, name: str, count: int | None, run: int) -> Verdicts:
        """Verdicts on a picture for each caption of a split, or of `count` records of it."""

        def make() -> Verdicts:
            captions = [record.caption for record in self.photos(name, count).records]
            requests = [{"prompt": caption, "seed": seed_of(run, n)} for n, caption in enumerate(captions)]
            return self.made(requests)[0]

        return self._once(("captions", name, count, run), make)

    def made(self, requests: list[dict], variants: int = 1) -> tuple[Verdicts, list[dict]]:
        """Let the command line make pictures, `variants` of each request.

        Returns the verdicts, a request's variants side by side, and what the command line tells of each request.
        """
        parts, told = self.looked_at(requests, self.judge, variants)
        return join(parts), told

    def looked_at(self, requests: list[dict], look: Callable[[np.ndarray], T],
                  variants: int = 1) -> tuple[list[T], list[dict]]:  # fmt: skip
        """What `look` says of the made pictures, (n, H, W, 3) uint8 at a time, and what the command line tells."""
        with tempfile.TemporaryDirectory() as folder:
            batch = Requests(Path(folder), self.bundle.folder)
            for request in requests:
                batch.ask(request)
            told = batch.run()
            wanted = [(n, variant) for n in range(len(requests)) for variant in range(variants)]
            parts = [wanted[at : at + PART] for at in range(0, len(wanted), PART)]
            return [look(np.stack([batch.made(*which) for which in part])) for part in parts], told

    def _judged(self, name: str) -> Photos:
        split = load_split(self.data, name, in_memory=False)
        if not self.judge:
            return Photos(split.images, split.records, None)
        starts = tqdm(range(0, len(split), PART), desc=f"judge {name}", unit="batch", mininterval=5)
        verdicts = join(self.judge(split.images[at : at + PART]) for at in starts)
        return Photos(split.images, split.records, verdicts)

    def _once(self, key: tuple, work: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = work()
        return self._kept[key]


def seed_of(run: int, number: int) -> int:
    """Seeds of a run's requests, apart from each other and from other runs'."""
    return 1_000_000 * run + 8 * number  # a request's variants take the seeds that follow its own


def find_split(data: Path, name: str) -> Split | None:
    try:
        return load_split(data, name, in_memory=False)
    except FileNotFoundError:
        return None


def set_figures(made: Verdicts, real: Verdicts) -> dict:
    """Garment-FD, KID, IS, precision and recall of a set of pictures against real ones."""
    kid, deviation = kernel_distance(made.features, real.features)
    precision, recall = precision_recall(made.features, real.features)
    return {"fd": frechet_distance(made.features, real.features), "kid": kid, "kid_deviation": deviation,
            "is": inception_score(made.article_logits), "precision": precision, "recall": recall,
            "pictures": len(made)}  # fmt: skip


def reconstruct(bundle: OnnxNetworks, images: np.ndarray, batch: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """(N, H, W, 3) uint8 -> reconstructions of the same form, codes (N, M, h, w)"""
    made, codes = [], []
    for at in tqdm(range(0, len(images), batch), desc="reconstruct", unit="batch"):
        codes.append(bundle.encode(from_bytes(images[at : at + batch])))
        made.append(to_bytes(bundle.decode(codes[-1])))
    return np.concatenate(made), np.concatenate(codes)


def take(verdicts: Verdicts, rows: np.ndarray | slice) -> Verdicts:
    """Those of some pictures."""
    return Verdicts(*(getattr(verdicts, field.name)[rows] for field in fields(Verdicts)))


def join(parts: Iterable[Verdicts]) -> Verdicts:
    """Verdicts on several lots of pictures as those on one."""
    columns = zip(*([getattr(part, field.name) for field in fields(Verdicts)] for part in parts), strict=True)
    return Verdicts(*map(np.concatenate, columns))
