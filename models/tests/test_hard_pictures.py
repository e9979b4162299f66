"""The page of hard pictures: what comes on it, and in which order."""

import sys

import numpy as np
import pytest
from PIL import Image

from toile.data import Record
from toile.stage_one.hard_pictures import EACH, KINDS, main, pick_hard


def record(n: int, caption: str, article="shirt", effective_px=256) -> Record:
    return Record(str(n), caption, article=article, effective_px=effective_px)


def test_each_kind_brings_its_sharp_pictures_with_the_strongest_edges_first():
    rng = np.random.default_rng(0)
    strength = [3, 1, 9, 5, 7]
    images = np.stack([np.full((32, 32, 3), 200) + rng.integers(-s, s + 1, (32, 32, 3)) for s in strength]).astype(np.uint8)
    records = [record(0, "Striped Shirt"), record(1, "Striped Shirt"), record(2, "Striped Shirt", effective_px=120),
               record(3, "Check Shirt"), record(4, "Plain Shirt")]  # fmt: skip
    assert pick_hard(records, images) == [("stripes", 0), ("stripes", 1), ("stripes", 2), ("checks", 3), ("fine detail", 4)]


def test_a_page_holds_as_many_of_each_kind_and_no_picture_twice():
    count = 3 * EACH
    records = [record(n, "Striped Check Shirt" if n % 2 else "Graphic T-shirt") for n in range(4 * count)]
    images = np.random.default_rng(0).integers(0, 256, (len(records), 16, 16, 3), np.uint8)
    found = pick_hard(records, images)
    assert len(found) == len({row for _, row in found}) == EACH * len(KINDS)
    kinds = [kind for kind, _ in found]
    assert [kinds.count(kind) for kind in ("stripes", "checks", "print")] == [EACH] * 3


def test_the_page_is_saved_with_every_picture_beside_its_reconstruction(bundle, prepared, tmp_path, monkeypatch):
    page = tmp_path / "page.png"
    options = ["--bundle", bundle, "--data", prepared, "--out", page]
    monkeypatch.setattr(sys, "argv", ["hard_pictures", *map(str, options)])
    main()
    pixels = np.asarray(Image.open(page).convert("RGB"))
    original, made = pixels[8:168, 8:168], pixels[8:168, 168:328]
    assert (original != made).any() and np.unique(made).size > 8


def test_a_page_of_another_format_is_refused_before_anything_is_read(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hard_pictures", "--bundle", "garments", "--data", "prepared", "--out", "page.gif"])
    with pytest.raises(SystemExit):
        main()
    assert "'page.gif' ends in none of: .png, .webp" in capsys.readouterr().err
