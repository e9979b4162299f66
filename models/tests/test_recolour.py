import numpy as np
import pytest
from paints import LEATHER, PAINTS, SKIN, garment

from toile import recolour as script
from toile.accents import accents, colour_shares
from toile.data import Record, Split, load_split, save_split
from toile.recolour import HUES, recolour, recolour_split, turned_accents, turned_colours, without_colours

STRIPED = garment(PAINTS["white"], (PAINTS["red"], 100, 120), (LEATHER, 190, 200))


def shoe(**changes) -> Record:
    told = {"id": "7", "caption": "Men White Red Sports Shoe", "article": "sports shoe", "colour": "White",
            "accents": ["red"]}  # fmt: skip
    return Record(**(told | changes))


@pytest.mark.parametrize("new", ["green", "blue", "purple", "pink", "black"])
def test_one_colour_becomes_another_and_the_rest_stays(new):
    ((_, made),) = recolour(STRIPED, "red", [new])
    assert accents(made, "White") == [new] if new != "black" else colour_shares(made)["black"] > 0.1
    others = np.r_[0:100, 120:256]
    assert np.array_equal(made[others], STRIPED[others])


def test_a_colour_that_is_not_there_cannot_be_turned():
    with pytest.raises(ValueError, match="shows no blue"):
        list(recolour(STRIPED, "blue", ["green"]))


def test_every_turn_of_an_accent_is_what_its_record_says():
    found = list(turned_accents(STRIPED, shoe()))
    assert {record.accents[0] for _, record in found} >= {"green", "blue", "purple"}
    assert all(accents(image, "White") == record.accents and record.colour == "White" for image, record in found)
    assert "red" not in {record.accents[0] for _, record in found}


def test_hues_of_skin_stay_on_a_model_and_a_picture_without_an_accent_gives_none():
    assert list(turned_accents(STRIPED, shoe(on_model=True))) == []
    assert list(turned_accents(STRIPED, shoe(accents=[]))) == []
    assert list(turned_accents(STRIPED, shoe(accents=["white"]))) == []


def test_a_patterned_garment_turns_to_the_pairs_that_the_catalogue_has():
    checked = garment(PAINTS["blue"], (PAINTS["white"], 100, 130), (SKIN, 64, 70))
    record = shoe(caption="Men Checks Blue Shirt", article="shirt", colour="Blue", accents=["white"])
    known = {("shirt", "Blue"), ("shirt", "Green"), ("shirt", "Purple"), ("dress", "Red")}
    found = list(turned_colours(checked, record, known))
    assert {r.colour for _, r in found} == {"Green", "Purple"}
    for image, r in found:
        assert colour_shares(image)[r.colour.lower()] > 0.5 and r.accents == ["white"]
        assert np.array_equal(image[64:70], checked[64:70])


@pytest.mark.parametrize("changes", [{"caption": "Men Blue Shirt"}, {"colour": "Navy Blue"}, {"colour": "Red"}])
def test_what_is_plain_or_of_a_hue_of_skin_or_of_none_keeps_its_colour(changes):
    image = garment(PAINTS["red" if changes.get("colour") == "Red" else "blue"])
    record = shoe(**({"caption": "Men Checks Blue Shirt", "article": "shirt", "colour": "Blue", "accents": []} | changes))
    assert list(turned_colours(image, record, {("shirt", name.capitalize()) for name in HUES})) == []


def test_a_caption_loses_the_colours_that_are_no_longer_true():
    assert without_colours(shoe(), "White") == "Men White Sports Shoe"
    assert without_colours(shoe(caption="Navy Blue And Red Cap"), "Navy Blue") == "Navy Blue And Cap"


def test_a_split_has_so_many_turns_a_picture_and_a_seed_repeats_it():
    split = Split(np.stack([STRIPED, garment(PAINTS["white"])]), [shoe(), shoe(id="8", accents=[])])
    made, again = recolour_split(split, turns=3), recolour_split(split, turns=3)
    assert len(made.images) == len(made) == 3 and len({record.accents[0] for record in made.records}) == 3
    assert np.array_equal(made.images, again.images) and made.records == again.records
    assert all(r.split == "recoloured" and r.made_of == "7" and r.caption == "Men White Sports Shoe" for r in made.records)
    assert len({record.id for record in made.records}) == 3
    nothing = recolour_split(Split(split.images[1:], split.records[1:]), turns=3)
    assert nothing.images.shape == (0, 256, 256, 3) and nothing.records == []


@pytest.mark.parametrize(
    ("colour", "told"),
    [
        ("", "no train picture of .* has a colour, .*: prepare a catalogue that has"),
        ("White", "none of the 1 train pictures of .* has a second colour, or a"),
    ],
)
def test_a_catalogue_with_nothing_to_turn_is_told_why_and_gets_no_split(tmp_path, monkeypatch, colour, told):
    plain = Record(id="7", caption="White T-shirt", colour=colour)
    save_split(tmp_path, "train", Split(garment(PAINTS["white"])[None], [plain]))
    monkeypatch.setattr("sys.argv", ["recolour", "--data", str(tmp_path)])
    with pytest.raises(ValueError, match=told):
        script.main()
    assert not (tmp_path / "recoloured.npy").exists()


def test_the_command_writes_a_split_beside_the_others(tmp_path, monkeypatch, capsys):
    data = tmp_path
    save_split(data, "train", Split(np.stack([STRIPED, garment(PAINTS["white"])]), [shoe(), shoe(id="8", accents=[])]))
    monkeypatch.setattr("sys.argv", ["recolour", "--data", str(data), "--turns", "1"])
    script.main()
    split = load_split(data, "recoloured")
    assert len(split.images) == len(split.records) == 1
    assert f"recoloured: {len(split)} pictures" in capsys.readouterr().out
