"""A transformer between two: its weights, its record, and what it refuses."""

import sys
from dataclasses import replace

import pytest
import torch

from toile.bundle import load_transformer, runs_of
from toile.stage_two import between
from toile.stage_two.transformer import Transformer
from toile.training import save


def further(bundle, path):
    """A checkpoint whose weights lie one above the bundle's."""
    model = load_transformer(bundle)
    raised = {name: value + 1 for name, value in model.state_dict().items()}
    save({"config": model.save_form()["config"], "average": raised, "runs": [{"minutes": 1}]}, path)
    return path


def test_weights_lie_as_far_along_as_asked_and_the_record_says_so(bundle, tmp_path, monkeypatch):
    second, out = further(bundle, tmp_path / "second.pt"), tmp_path / "between.pt"
    options = ["--first", str(bundle), "--second", str(second), "--share", "0.25", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["between", *options])
    between.main()
    first, made = load_transformer(bundle).state_dict(), load_transformer(out).state_dict()
    for name, value in first.items():
        torch.testing.assert_close(made[name], value + 0.25)
    assert runs_of(out, "transformer")[0] == {"minutes": 1}
    assert "25 % of the way" in runs_of(out, "transformer")[1]["note"]


def test_nothing_lies_between_two_shapes(bundle):
    model = load_transformer(bundle)
    wider = Transformer(replace(model.config, vocabulary=model.config.vocabulary + 8))
    with pytest.raises(ValueError, match="two shapes of networks have nothing between them: they differ in "):
        between.between(model, wider, 0.5)
