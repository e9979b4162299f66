"""The autoregressive baseline: who sees whom, that both ways of decoding agree, and that it learns."""

import math

import pytest
import torch
from test_stage_two import make_model, random_codes

from toile.export import write_bundle
from toile.stage_one.networks import StageOne
from toile.stage_two.autoregressive import Baseline, export_baseline
from toile.stage_two.conditions import build_conditions
from toile.stage_two.smart import SmartOptions
from toile.stage_two.train import token_loss


def test_a_cell_sees_the_conditions_and_the_cells_before_it_alone():
    model, conditions = make_model(causal=True), build_conditions([[3, 8]])
    codes = random_codes(1, model)
    with torch.no_grad():
        before = model(codes, conditions)[0]
        other_text = model(codes, build_conditions([[3, 9]]))[0]
        for changed in (0, 5, 11):
            moved = codes.clone()
            moved[0, changed] = (moved[0, changed] + 1) % 16
            differs = (model(moved, conditions)[0] - before).abs().amax(2)[0] > 1e-6
            assert differs.tolist() == [cell > changed for cell in range(model.config.cells)]
    assert ((before - other_text).abs().amax(2) > 1e-6).all()


def test_it_has_no_estimators():
    model = make_model(causal=True)
    with pytest.raises(ValueError, match="no estimators"):
        model(random_codes(1, model), build_conditions([[3]]), estimate=True)


def test_it_makes_no_bundle(tmp_path):
    with pytest.raises(ValueError, match="for comparison only"):
        write_bundle(tmp_path / "out", StageOne(), make_model(causal=True), None, [], title="", preset="",
                     smart=SmartOptions(), training={}, figures={})  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_decoding_with_and_without_a_cache_draws_the_same_codes_and_what_pytorch_says(tmp_path):
    model = make_model(causal=True)
    with torch.no_grad():
        for layer in model.head.logits:  # far from even, so that a wrong cell shows
            layer.weight.mul_(30)
    export_baseline(model, tmp_path)
    baseline, conditions = Baseline(tmp_path, model, threads=1), build_conditions([[3, 8, 1]])
    cached = baseline.generate(conditions, seed=3, temperature=1.0)
    assert cached.shape == (16, 4) and cached.min() >= 0 and cached.max() < 16
    assert (cached == baseline.generate(conditions, seed=3, temperature=1.0, cached=False)).all()
    assert (cached != baseline.generate(conditions, seed=4, temperature=1.0)).any()
    coldest = torch.from_numpy(baseline.generate(conditions, seed=3, temperature=1e-4))
    with torch.no_grad():
        hidden, _, _ = model(coldest[None], conditions)
        likeliest = model.head(hidden, coldest[None]).argmax(-1)[0]
    assert (likeliest == coldest).float().mean() > 0.98  # bar a tie's rounding


def test_it_learns_a_tiny_set():
    torch.manual_seed(0)
    model = make_model(causal=True)
    codes, conditions = random_codes(4, model), build_conditions([[1], [2, 3], [4], [5, 6, 7]])
    everything = torch.ones(4, model.config.cells, dtype=torch.bool)
    optimizer = torch.optim.AdamW(model.parameters(), 4e-3)
    losses = []
    for _ in range(150):
        loss, _ = token_loss(model, model(codes, conditions)[0], codes, everything.flatten(), torch.ones(16), 0.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > math.log(16) - 0.5 and losses[-1] < 0.15 * losses[0]
