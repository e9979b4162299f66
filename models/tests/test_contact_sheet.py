"""The page of designers' prompts, with pictures from a stand-in for the command line."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from toile import contact_sheet
from toile.contact_sheet import GAP, LABEL, SHOWN, SMALL, Sheet, designers_prompts, pick, read_prompts
from toile.data import Record, Split

PROMPTS = Path(contact_sheet.__file__).parents[1] / "prompts.txt"


class GreyPictures:
    """Pictures whose grey tells their request and variant."""

    def __init__(self):
        self.lines = []

    def ask(self, request: dict) -> int:
        self.lines.append(request)
        return len(self.lines) - 1

    def run(self) -> None:
        pass

    def made(self, number: int, variant: int) -> np.ndarray:
        return np.full((256, 256, 3), 40 * number + 10 * variant, np.uint8)


def test_every_prompt_has_its_four_pictures_side_by_side(tmp_path):
    batch = GreyPictures()
    designers_prompts(batch, ["navy polo", "red shirt", "blue jeans", "cap", "grey tee"], tmp_path / "page.png")
    assert [(line["prompt"], line["variants"]) for line in batch.lines][3:] == [("cap", 4), ("grey tee", 4)]
    page = np.asarray(Image.open(tmp_path / "page.png").convert("L"))
    assert page.shape == (2 * (SMALL + LABEL + GAP) + GAP, 4 * (4 * SMALL + GAP) + GAP)
    for number in range(5):
        top = GAP + number // 4 * (SMALL + LABEL + GAP)
        left = GAP + number % 4 * (4 * SMALL + GAP)
        middles = page[top + SMALL // 2, left + SMALL // 2 : left + 4 * SMALL : SMALL]
        assert middles.tolist() == [40 * number + 10 * variant for variant in range(4)]
        words = page[top + SMALL : top + SMALL + LABEL, left : left + 4 * SMALL]
        assert words.min() < 100  # dark letters on the light ground


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_a_large_page_stays_small_enough_for_a_browser(tmp_path, suffix):
    rng = np.random.default_rng(0)
    sheet = Sheet(4, width=400, height=300)
    for _ in range(4):
        cells = [rng.integers(100, 220, (300, 400, 3)).astype(np.uint8) for _ in range(4)]
        sheet.row(*((cell, "noise") for cell in cells))
    sheet.save(tmp_path / f"page{suffix}")
    assert (tmp_path / f"page{suffix}").stat().st_size < 3_000_000
    assert Image.open(tmp_path / f"page{suffix}").size == (1640, 1344)


def test_there_are_a_hundred_different_prompts_of_ordinary_words():
    prompts = read_prompts(PROMPTS)
    assert len(prompts) == len(set(prompts)) == 100
    wanted = {"navy polo", "black ankle boots", "white sneakers with green stripe", "ladies floral top", "checked shirt"}
    assert wanted <= set(prompts)


def test_a_file_without_prompts_is_refused(tmp_path):
    (tmp_path / "none.txt").write_text("\n  \n")
    with pytest.raises(ValueError, match=r"none\.txt holds no prompt"):
        read_prompts(tmp_path / "none.txt")


def test_a_test_split_without_what_the_tasks_are_shown_on_is_told_all_that_it_lacks():
    records = [Record(id="1", caption="", article=article, colour=colour) for article, colour in SHOWN]
    images = np.arange(6, dtype=np.uint8)[:, None, None, None]
    assert [picture.item() for picture in pick(Split(images, records), SHOWN)] == list(range(6))
    with pytest.raises(ValueError, match="the test split has no Red T-shirt, no Black handbag, which the page"):
        pick(Split(images[1:5], records[1:5]), SHOWN)


def test_a_picture_of_another_format_is_refused_before_anything_is_made(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["contact_sheet", "--bundle", "garments", "--out", "page.gif"])
    with pytest.raises(SystemExit):
        contact_sheet.main()
    assert "'page.gif' ends in none of: .png, .webp" in capsys.readouterr().err
