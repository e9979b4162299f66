"""SMART's arithmetic, the shared generator, and a bundle's way there and back."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from toile.bundle import load_stage_one, load_transformer
from toile.goldens import REQUESTS
from toile.onnx_networks import OnnxNetworks
from toile.random_stream import RandomStream
from toile.stage_one.networks import StageOne, StageOneConfig
from toile.stage_one.quantizer import ProductQuantizer
from toile.stage_two.masking import STRATEGIES, sample_masks
from toile.stage_two.smart import (
    BOUNDS,
    SmartOptions,
    chance_at,
    choose_kept,
    generate,
    is_guided,
    parse_options,
    pass_temperature,
    polishing,
    remask_count,
)
from toile.tokenizer import encode


def test_passes_two_to_ten_remask_the_papers_counts():
    counts = [remask_count(256, step, SmartOptions()) for step in range(2, 11)]
    assert counts == [188, 171, 154, 137, 119, 102, 85, 68, 51]


def test_passes_cool_evenly_from_a_share_of_the_temperature_to_another():
    options = SmartOptions(passes=3, temperature=0.8, final_temperature_share=0.5)
    np.testing.assert_allclose([pass_temperature(step, options) for step in (1, 2, 3)], [0.8, 0.6, 0.4])
    bold = replace(options, first_temperature_share=1.5)
    np.testing.assert_allclose([pass_temperature(step, bold) for step in (1, 2, 3)], [1.2, 0.8, 0.4])
    assert pass_temperature(1, replace(bold, passes=1)) == 0.8


def test_guidance_is_heard_by_the_first_passes():
    guided = {t: [is_guided(step, SmartOptions(passes=t, guided_share=0.2)) for step in (1, 2, 3)] for t in (2, 4, 8, 10)}
    assert {t: sum(steps) for t, steps in guided.items()} == {2: 1, 4: 1, 8: 2, 10: 2}
    assert not is_guided(1, SmartOptions(passes=10, guided_share=0.0))
    assert is_guided(10, SmartOptions(passes=10))


def test_chance_falls_evenly_to_its_share_before_the_last_pass():
    options = SmartOptions(passes=4, choice_temperature=6, final_choice_share=0.5)
    np.testing.assert_allclose([chance_at(step, options) for step in (2, 3, 4)], [6, 4.5, 3])
    assert chance_at(2, SmartOptions(passes=2, choice_temperature=6, final_choice_share=0.5)) == 3


def test_the_last_passes_polish_without_chance_at_half_the_temperature_ever_fewer_tokens():
    options = SmartOptions(passes=5, polish_share=0.4, choice_temperature=6, final_temperature_share=0.7)
    alone = replace(options, passes=3, polish_share=0)
    assert [remask_count(256, step, options) for step in (2, 3)] == [remask_count(256, step, alone) for step in (2, 3)]
    assert [remask_count(256, step, options) for step in (4, 5)] == [51, 26]
    assert [chance_at(step, options) for step in (2, 3, 4, 5)] == [6, 6, 0, 0]
    np.testing.assert_allclose([pass_temperature(step, options) for step in (3, 4, 5)], [0.7, 0.5, 0.5])
    assert polishing(SmartOptions(passes=1, polish_share=1)) == 0


@pytest.mark.parametrize("name", BOUNDS)
def test_an_option_that_no_server_takes_is_named_with_its_bounds(name):
    least, most = BOUNDS[name]
    for value in (least - 1, most + 0.5, math.nan):
        with pytest.raises(ValueError, match=f"{name} {value:g} is not between {least} and {most}"):
            SmartOptions(**{name: value})


def test_passes_and_candidates_are_whole_numbers():
    with pytest.raises(ValueError, match="passes 2.5 is no whole number"):
        SmartOptions(passes=2.5)
    assert str(parse_options('{"passes": 4.0}').passes) == "4"


def test_the_bounds_are_those_of_the_servers_schema():
    shared = Path(__file__).parents[2] / "shared"
    limits = dict(re.findall(r"const (\w+) = (\d+);", (shared / "limits.ts").read_text()))
    schema = re.sub(r"\bMAX_\w+", lambda name: limits[name[0]], (shared / "model.ts").read_text())
    found = dict(re.findall(r"^    (\w+): z\.\w+\(\)(\.min\(\d+\)\.max\(\d+\))", schema, re.M))
    assert found == {name: f".min({least}).max({most})" for name, (least, most) in BOUNDS.items()}


def test_no_choice_temperature_keeps_the_highest_scores():
    scores = np.array([-3.0, -1.0, -2.0, -1.0])
    assert choose_kept(scores, 2, np.full(4, 0.5), 0.0).tolist() == [1, 3]


def test_draws_lie_in_the_unit_interval_and_differ_by_seed_and_candidate():
    draws = [RandomStream(seed, candidate).uniforms(1000) for seed, candidate in ((7, 0), (7, 1), (8, 0))]
    assert all(d.min() >= 0 and d.max() < 1 and abs(d.mean() - 0.5) < 0.05 for d in draws)
    assert not any(np.array_equal(a, b) for a, b in ((draws[0], draws[1]), (draws[0], draws[2])))


def test_every_masking_strategy_masks_something():
    rng = np.random.default_rng(0)
    for strategy in STRATEGIES:
        assert sample_masks(50, 16, rng, {strategy: 1.0}).any(1).all()


def test_product_quantizer_gives_the_nearest_words_and_passes_gradients():
    torch.manual_seed(0)
    quantizer = ProductQuantizer(8, groups=2, size=16).eval()
    z = torch.randn(3, 8, 4, 4, requires_grad=True)
    found = quantizer(z)
    assert torch.equal(found.values, z + (quantizer.lookup(found.codes) - z)) and found.codes.shape == (3, 2, 4, 4)
    found.values.sum().backward()
    assert torch.equal(z.grad, torch.ones_like(z))


def test_stage_one_memorises_one_picture():
    torch.manual_seed(0)
    widths = (8, 8, 16, 16)
    model = StageOne(StageOneConfig(encoder_widths=widths, decoder_widths=widths, style_widths=(8, 8, 8, 8)))
    picture = torch.rand(1, 3, 4, 4).repeat_interleave(16, 2).repeat_interleave(16, 3) * 2 - 1
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for _ in range(60):
        output, _ = model(picture, quantize=False)
        loss = (output - picture).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


def test_a_bundle_gives_back_the_weights_it_was_made_of(bundle):
    stage, model = load_stage_one(bundle), load_transformer(bundle)
    networks = OnnxNetworks(bundle, threads=1)
    pixels = torch.rand(1, 3, 256, 256) * 2 - 1
    with torch.no_grad():
        codes = stage.eval().encode(pixels)
        assert (networks.encode(pixels.numpy()) == codes.numpy()).mean() > 0.999
        assert np.abs(networks.decode(codes.numpy()) - stage.decode(codes).numpy()).max() < 0.01
    described = json.loads((bundle / "model.json").read_text())
    assert described["transformer"]["layers"] == model.config.layers


def test_the_same_request_gives_the_same_tokens_and_another_seed_others(bundle):
    networks = OnnxNetworks(bundle, threads=1)
    text = encode(Tokenizer.from_file(str(bundle / "tokenizer.json")), REQUESTS[0]["prompt"])
    marginals = np.array(networks.model["marginals"])
    a, b, c = (generate(networks, text, s, SmartOptions(passes=3), marginals=marginals).codes for s in (7, 7, 8))
    assert np.array_equal(a, b) and not np.array_equal(a, c) and a.max() < 256
