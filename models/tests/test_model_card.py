"""The model card: what it tells of a bundle, and what becomes of figures that are measured apart."""

import json
import shutil
import sys

import pytest

from toile import model_card

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
