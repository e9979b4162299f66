"""How edits are judged: the measures themselves, on pictures whose answer is known."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from toile.data import Record, Split
from toile.evaluate_edits import (
    ColourNames,
    changed_outside,
    colour_distance,
    draw_mask,
    edge_steps,
    evaluate_choose,
    evaluate_inpaint,
    evaluate_mix,
    evaluate_reference,
    evaluate_words,
    garment_of,
    histogram,
    masked_psnr,
    mean_fill,
    relief,
    swatch_of,
)
from toile.evaluator.parts import Unmeasurable


def shirt(colour=(200, 30, 30), side: int = 256) -> np.ndarray:
    image = np.full((side, side, 3), 255, np.uint8)
    image[60:220, 50:200] = colour
    return image


def square(top: int, left: int, side: int) -> np.ndarray:
    mask = np.zeros((256, 256), np.uint8)
    mask[top : top + side, left : left + side] = 255
    return mask


def test_only_pixels_outside_the_mask_count_as_touched():
    base, mask = shirt(), square(100, 100, 40)
    made = base.copy()
    made[100:140, 100:140] = 0
    assert changed_outside(base, made, mask) == 0
    made[99, 100] = 0
    assert changed_outside(base, made, mask) == 1


def test_psnr_in_the_mask_ignores_what_lies_outside():
    base, mask = shirt(), square(100, 100, 40)
    made = base.copy()
    made[:50] = 0
    made[mask > 0] += 10
    assert masked_psnr(base, made, mask) == pytest.approx(10 * np.log10(255**2 / 100))


def test_a_flat_garment_has_no_step_at_the_edge_and_a_patch_has_its_own():
    base, mask = shirt(), square(100, 100, 40)
    assert np.median(edge_steps(base, mask)) == 0
    made = base.copy()
    made[mask > 0] += 12
    steps = edge_steps(made, mask)
    assert len(steps) == 4 * 40 and np.median(steps) == 12


def test_masks_lie_on_the_garment():
    rng, base = np.random.default_rng(0), shirt()
    for _ in range(20):
        mask = draw_mask(base, rng, (0.2, 0.5)) > 0
        assert mask.any() and (mask & garment_of(base)).sum() > 0.9 * mask.sum()


def test_a_picture_without_a_garment_has_masks_too():
    rng, white = np.random.default_rng(0), np.full((256, 256, 3), 255, np.uint8)
    masks = [draw_mask(white, rng, (0.2, 0.5)) for _ in range(20)]
    assert all(0 < mask.astype(bool).mean() < 0.3 for mask in masks)


class Unchanged:
    """Stands in for the command line: what it makes is the base."""

    def __init__(self):
        self.images, self.lines = {}, []

    def image(self, name, pixels):
        self.images[name] = pixels
        return name

    def ask(self, request):
        self.lines.append(request)
        return len(self.lines) - 1

    def run(self):
        return []

    def made(self, number):
        return self.images[self.lines[number]["base"]["asset"]]


def test_a_small_test_split_says_how_many_pictures_were_filled(capsys):
    images = np.stack([shirt((20 * n, 30, 30)) for n in range(5)])
    test = Split(images, [Record(id=str(n), caption="") for n in range(5)])

    def judge(pictures):
        return SimpleNamespace(features=pictures[:, ::50, ::50].reshape(len(pictures), -1) / 255)

    found = evaluate_inpaint(Unchanged(), test, judge, np.random.default_rng(0), 200)
    assert found["Toile"] == {"psnr": 100.0, "fd": pytest.approx(0, abs=1e-3)} and found["pixels changed outside"] == 0
    out = capsys.readouterr().out
    assert "of 5 edits" in out and "200" not in out


def test_parts_that_a_small_catalogue_has_too_little_for_say_what_is_missing(tmp_path):
    records = [Record(id=str(n), caption="", article="shirt", colour="Teal") for n in range(7)]
    test, rng = Split(np.stack([shirt()] * 7), records), np.random.default_rng(0)
    judge = SimpleNamespace(articles=["shirt"], colours=["Red"])
    with pytest.raises(Unmeasurable, match="it takes 22 test photos of a T-shirt, shirt, .* or kurta, got 7"):
        evaluate_reference(Unchanged(), test, rng, 100)
    with pytest.raises(Unmeasurable, match="no test photo of a T-shirt, .* has a colour of Black, White"):
        evaluate_words(Unchanged(), test, tmp_path, rng, 100)
    with pytest.raises(Unmeasurable, match="no article has the 8 test photos"):
        evaluate_mix(Unchanged(), test, judge, rng, 50)
    with pytest.raises(Unmeasurable, match="trained on too few pictures to know: Black, White"):
        evaluate_choose(Unchanged(), judge)
    with pytest.raises(Unmeasurable, match="no train photo has a colour of Black"):
        ColourNames(test)


def test_near_colours_are_nearer_than_far_ones():
    red, dark_red, blue = (histogram(np.tile(np.array([c], np.uint8), (50, 1))) for c in
                           ((200, 30, 30), (185, 28, 32), (30, 40, 200)))  # fmt: skip
    assert colour_distance(red, red) == pytest.approx(0, abs=1e-6)
    assert colour_distance(red, dark_red) < colour_distance(red, blue) <= 1


def test_folds_that_were_kept_correlate_and_flat_cloth_does_not():
    mask, rng = square(80, 70, 100), np.random.default_rng(0)
    wave = (20 * np.sin(np.arange(256) / 8)).astype(int)
    folded = np.clip(shirt((120, 60, 60)).astype(int) + wave[None, :, None], 0, 255).astype(np.uint8)
    other = np.clip(shirt((40, 90, 150)).astype(int) + wave[None, :, None], 0, 255).astype(np.uint8)
    noise = np.clip(shirt((40, 90, 150)) + rng.normal(0, 3, (256, 256, 1)), 0, 255).astype(np.uint8)
    assert np.corrcoef(relief(folded, mask), relief(other, mask))[0, 1] > 0.95
    assert abs(np.corrcoef(relief(folded, mask), relief(noise, mask))[0, 1]) < 0.4


def test_colours_are_named_after_their_neighbours():
    inks = {"Red": (200, 30, 30), "Blue": (40, 60, 200), "White": (250, 250, 250)}
    names = [name for name in inks for _ in range(20)]
    images = np.stack([shirt(inks[name]) for name in names])
    namer = ColourNames(Split(images, [Record(id=str(n), caption="", colour=name) for n, name in enumerate(names)]))
    lab = namer.colours[25] + 3
    assert namer(lab) == "Blue"


def test_a_swatch_lies_inside_the_garment_and_a_mean_fill_takes_its_colour():
    base = shirt()
    for picture in (base, cv2.resize(base, (144, 144)), cv2.resize(base, (272, 272))):
        x, y, side = swatch_of(picture)
        assert side == len(picture) * 3 // 8
        assert garment_of(picture)[y : y + side, x : x + side].mean() > 0.98
    assert (mean_fill(base, square(100, 100, 40)) == base).all()
