import numpy as np
import pytest
from paints import DENIM, LEATHER, PAINTS, SKIN, garment

from toile.accents import NAMES, accent_cells, accents, colour_shares


def test_every_paint_has_its_name():
    assert set(PAINTS) == set(NAMES) - {""}
    for name, paint in PAINTS.items():
        shares = colour_shares(garment(paint))
        assert shares[name] == pytest.approx(1.0), name


def test_a_stripe_in_another_colour_is_an_accent():
    assert accents(garment(PAINTS["white"], (PAINTS["green"], 120, 130)), "White") == ["green"]
    two = garment(PAINTS["black"], (PAINTS["red"], 90, 98), (PAINTS["white"], 120, 150))
    assert accents(two, "Black") == ["white", "red"]


def test_a_plain_garment_has_none():
    for name, colour in {"blue": "Blue", "navy": "Navy Blue", "red": "Red", "white": "White"}.items():
        assert accents(garment(PAINTS[name]), colour) == []


def test_too_little_and_too_much_are_no_accent():
    assert accents(garment(PAINTS["white"], (PAINTS["green"], 120, 123)), "White") == []
    assert accents(garment(PAINTS["blue"], (PAINTS["white"], 120, 132)), "Blue") == []  # lights are white too
    assert accents(garment(PAINTS["white"], (PAINTS["green"], 100, 200)), "White") == []


def test_shades_of_its_own_colour_and_unnamed_tones_are_none():
    assert accents(garment(PAINTS["blue"], (PAINTS["navy"], 120, 150)), "Blue") == []
    assert accents(garment(PAINTS["white"], (LEATHER, 120, 150)), "White") == []
    assert accents(garment(PAINTS["white"], (PAINTS["green"], 120, 150)), "Multi") == []
    assert accents(garment(PAINTS["white"], (PAINTS["green"], 120, 150)), "") == []


def test_white_behind_a_handle_is_no_part_of_a_bag():
    bag = garment(PAINTS["black"])
    bag[80:120, 80:176] = 255
    assert accents(bag, "Black") == []


def test_on_a_model_only_what_is_asked_about_counts():
    worn = garment(PAINTS["white"], (SKIN, 64, 100), (DENIM, 184, 208))
    assert accents(worn, "White", "T-shirt", on_model=True) == []
    assert accents(worn, "White", "T-shirt") == ["blue"]
    legs = garment(PAINTS["black"], (PAINTS["red"], 64, 88))
    assert accents(legs, "Black", "jeans", on_model=True) == []
    assert accents(garment(PAINTS["black"], (PAINTS["red"], 120, 140)), "Black", "jeans", on_model=True) == ["red"]


def test_the_cells_of_a_stripe_are_where_its_colour_shows():
    picture = garment(PAINTS["white"], (PAINTS["green"], 120, 130), (PAINTS["red"], 176, 192))
    found = accent_cells(picture, ["red", "green"], 16)
    assert found.shape == (16, 16) and found.dtype == np.uint8
    rows = {name: np.flatnonzero((found == 1 + n).any(1)).tolist() for n, name in enumerate(("red", "green"))}
    assert rows == {"red": [11], "green": [7, 8]}
    assert (found[:, :3] == 0).all() and (found[:, -3:] == 0).all()  # the background has none
    assert (accent_cells(picture, ["blue"], 16) == 0).all()


def test_on_a_model_cells_count_as_the_accents_do():
    worn = garment(PAINTS["white"], (DENIM, 184, 208))
    assert accent_cells(worn, ["blue"], 16).any()
    assert not accent_cells(worn, ["blue"], 16, "T-shirt", on_model=True).any()
