"""The model card: what it tells of a bundle, and what becomes of figures that are measured apart."""

import json
import shutil
import sys

import pytest

from toile import evaluate, model_card

FIGURES = {"colours": {"all": {"generated": {"colour": 0.8, "article": 0.7, "both": 0.6, "pictures": 40}}}}
EDITS = {"exact": {"pixels changed outside": 0}}


@pytest.fixture
def card(bundle, tmp_path, monkeypatch):
    """Writes the card of a copy of the bundle from files of figures; returns its text and model.json's figures."""
    copy = shutil.copytree(bundle, tmp_path / "bundle")

    def write(**files: dict) -> tuple[str, dict]:
        options = ["--bundle", str(copy)]
        for name, figures in files.items():
            (tmp_path / name).write_text(json.dumps(figures))
            options += [f"--{name}", str(tmp_path / name)]
        monkeypatch.setattr(sys, "argv", ["model_card", *options])
        model_card.main()
        return (copy / "MODEL_CARD.md").read_text(), json.loads((copy / "model.json").read_text())["figures"]

    return write


def test_a_bundle_that_nobody_measured_says_so(card):
    text, figures = card()
    assert "None measured." in text and figures == {}


def test_the_card_of_a_crisp_bundle_says_so(card, tmp_path):
    assert "crispness" not in card()[0]
    path = tmp_path / "bundle" / "model.json"
    model = json.loads(path.read_text())
    model["networks"]["stage_one"]["crispness"] = 0.3
    path.write_text(json.dumps(model))
    assert "codes out of 256; decoded with crispness 0.3, " in card()[0]


def test_figures_and_edits_stand_on_the_card_and_in_the_bundle(card):
    text, figures = card(figures=FIGURES, edits=EDITS)
    assert "| pairs all, generated | 80.0 % | 70.0 % | 60.0 % | 40 |" in text and "| Exactness |  |" in text
    assert figures == FIGURES | {"edits": EDITS}


@pytest.mark.parametrize("first", ["figures", "edits"])
def test_what_is_measured_later_leaves_the_rest_as_it_was(card, first):
    files = {"figures": FIGURES, "edits": EDITS}
    card(**{first: files.pop(first)})
    text, figures = card(**files)
    assert "| pairs all, generated |" in text and "| Exactness |  |" in text
    assert figures == FIGURES | {"edits": EDITS}


FLOOR = {"fd": 1.5, "kid": 0.004, "is": 4.2, "precision": 0.93, "recall": 0.94, "pictures": 700}
SET = FLOOR | {"fd": 3.0, "kid": 0.02, "precision": 0.5}
HITS = {"colour": 0.62, "article": 0.5, "both": 0.4, "pictures": 600}


def made_set(**more) -> dict:
    return {"set": SET, "floor": FLOOR, "reconstruction": 0.2, "seeds": 1, "range": {}, **more}


def test_sets_of_pictures_stand_above_the_floor_of_real_photos(card):
    words = made_set(test={"generated": HITS, "real": HITS | {"colour": 0.734}})
    text, _ = card(figures={"words": words, "unconditional": made_set(set=SET | {"fd": 6.0})})
    assert "| captions test, generated | 62.0 % | 50.0 % | 40.0 % | 600 |" in text
    assert "| captions test, real | 73.4 % |" in text and "captions unseen" not in text
    assert "| made of its captions | 3.00 | 15.00 | 2.00 | 20.00 | 4.20 | 0.50 | 0.94 | 700 |" in text
    assert "| made without words | 6.00 | 30.00 | 4.00 |" in text and "| real train photos | 1.50 | 7.50 | 1.00 |" in text
    assert "Real train photos themselves lie at the floor" in text and "seeds" not in text


def test_val_photos_stand_below_the_floor_and_are_read_against_it(card):
    words = made_set() | {"val floor": FLOOR | {"fd": 2.4, "pictures": 500}}
    text, _ = card(figures={"words": words, "passes": {"floor": FLOOR, "val floor": words["val floor"]}})
    assert "| real val photos | 2.40 | 12.00 | 1.60 |" in text and "and not from the val photos." in text
    assert "| real val photos | 2.40 | 4.00 | 0.93 |" in text


def test_pictures_without_words_can_stand_alone_and_say_how_seeds_differ(card):
    text, _ = card(figures={"unconditional": made_set(seeds=3, range={"set: fd": [2.5, 3.5]})})
    assert "pictures made without words are means over 3 seeds; Garment-FD ranged over 2.50-3.50." in text
    assert "made of its captions" not in text and "Said by a caption" not in text


def test_parts_of_other_sizes_and_seeds_each_stand_by_their_own(card):
    fewer = {"set": SET | {"fd": 8.0}, "floor": FLOOR | {"fd": 2.0, "pictures": 100}, "reconstruction": 0.5}
    words = made_set(seeds=3, range={"set: fd": [2.5, 3.5]})
    text, _ = card(figures={"words": words, "unconditional": made_set(**fewer)})
    assert "| made of its captions | 3.00 | 15.00 | 2.00 |" in text
    assert "| made without words | 8.00 | 16.00 | 4.00 |" in text
    assert "| real train photos | 1.50 | 7.50 | 1.00 |" in text and "| real train photos | 2.00 | 4.00 | 1.00 |" in text
    assert "made of its captions are means over 3 seeds; Garment-FD ranged over 2.50-3.50." in text
    assert "made without words are means" not in text


def test_diversity_copies_and_passes_have_their_lines(card):
    lot = {"nearest": 0.0, "median": 1.825, "share": 0.01, "pictures": 700}
    figures = {
        "accents": {"asked": 0.525, "not asked": 0.075, "pictures": 120, "white sneakers with … stripe": 0.5},
        "diversity": {
            "captions": {"of article": 0.772, "of article and colour": 0.981, "prompts with two such": 43},
            "articles alone": {"of article": 0.845},
            "real photos": {"of article": 0.62, "captions": 51},
            "prompts": 50,
            "variants": 4,
        },
        "memorised": {
            "test photos": lot,
            "reconstructed train photos": lot | {"share": 0.235, "pictures": 200},
            "made of test captions": lot | {"share": 0.0},
            "near": 0.66,
            "train pictures": 9104,
        },
        "passes": {"4": SET | {"article": 0.6, "colour": 0.7, "seconds": 0.35}, "floor": FLOOR},
    }
    text, _ = card(figures=figures)
    assert "is 77.2 % of that between two real photos" in text and "98.1 % of that between two of its article" in text
    assert "| A second colour is seen in 120 pictures | share |" in text and "| not asked | 7.5 % |" in text
    assert "Asked for the article alone, it is 84.5 % of that" in text
    assert "one caption lie 62.0 % as far apart as those of its article (51 captions that two or more share)" in text
    assert "(50 prompts, 4 pictures each" in text
    assert "| Distance from the nearest of 9,104 train photos | median | at most 0.66 | pictures |" in text
    assert "| made of test captions | 1.82 | 0.0 % | 700 |" in text
    assert "| reconstructed train photos | 1.82 | 23.5 % | 200 |" in text and "of such the bound finds 23.5 %." in text
    assert "| 4 | 3.00 | 20.00 | 0.50 | 0.94 | 60.0 % | 70.0 % | 0.35 | 700 |" in text
    assert "| real train photos (floor) | 1.50 | 4.00 | 0.93 | 0.94 | - | - | - | 700 |" in text


def test_figures_that_are_not_there_are_named_with_who_writes_them(bundle, tmp_path, monkeypatch):
    options = ["--bundle", str(bundle), "--edits", str(tmp_path / "edits.json")]
    monkeypatch.setattr(sys, "argv", ["model_card", *options])
    with pytest.raises(FileNotFoundError, match="--edits .*edits.json is not there: toile.evaluate_edits writes it by"):
        model_card.main()
    (tmp_path / "edits.json").write_text("{")
    with pytest.raises(ValueError, match="--edits .*edits.json is not JSON"):
        model_card.main()


@pytest.mark.parametrize("holds", [["inpaint"], {"version": "1.0"}, {"mix": 1}, {"colours": {"all": {}}}])
def test_a_file_of_other_figures_is_refused(tmp_path, holds):
    (tmp_path / "edits.json").write_text(json.dumps(holds))
    with pytest.raises(ValueError, match="holds other things than figures of some of inpaint, .*: toile.evaluate_edits"):
        model_card.read_figures(tmp_path / "edits.json", "--edits", "toile.evaluate_edits", model_card.EDITS)


def test_the_card_knows_every_part_of_the_evaluation():
    assert set(model_card.FIGURES) == {"evaluator", *evaluate.PARTS, "edits"}
