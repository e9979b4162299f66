"""What stage I costs and how far a cell reaches: operations by hand, and a field that is neither crossed nor too wide."""

import numpy as np
import pytest
import torch
from torch import nn

from toile.bundle import load_stage_one
from toile.onnx_networks import OnnxNetworks
from toile.stage_one.measure import convolutions_of, measure_cost, measure_reach, receptive_field
from toile.stage_one.networks import StageOne, StageOneConfig


def test_operations_are_two_a_weight_and_place():
    first, second = nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Conv2d(8, 5, 1)
    found = convolutions_of(nn.Sequential(first, nn.SiLU(), second), torch.zeros(1, 3, 16, 24))
    assert [c.operations for c in found] == [2 * 3 * 8 * 9 * 8 * 12, 2 * 8 * 5 * 8 * 12]


def test_a_convolution_that_runs_twice_counts_twice():
    conv = nn.Conv2d(4, 4, 3, padding=1)
    assert len(convolutions_of(nn.Sequential(conv, conv), torch.zeros(1, 4, 8, 8))) == 2


@pytest.mark.parametrize("crispness", [0.0, 0.4])
def test_no_pixel_beyond_the_receptive_field_depends_on_a_cell_and_one_at_its_rim_does(crispness):
    torch.manual_seed(0)
    config = StageOneConfig(channels=8, decoder_widths=(8, 8, 8, 8), style_widths=(8, 8, 8, 8), crispness=crispness)
    stage = StageOne(config).eval()
    for block in stage.decoder.blocks:  # a fresh residual block adds nothing
        nn.init.normal_(block.convs[1].weight, std=0.2)
    words = torch.randn(1, 8, 16, 16)
    changed = words.clone()
    changed[..., 7, 7] += 3
    with torch.no_grad():
        first, second = (stage.finish(stage.decoder(x) / 9) for x in (words, changed))  # / 9: within what clamping keeps
    rows = (first - second).abs().amax((0, 1, 3)).nonzero()[:, 0]
    field = receptive_field(config)
    assert (7 * 16 - field, 8 * 16 - 1 + field) == (rows.min().item(), rows.max().item())


def test_a_bundles_cost_and_reach_are_told(bundle):
    networks = OnnxNetworks(bundle, threads=1)
    cost = measure_cost(networks, bundle, runs=2)
    assert cost["encode"]["gflop"] > 0 and 0 < cost["decode"]["gflop"] < 1
    assert all(cost[way]["seconds"] > 0 and cost[way]["ratio"] > 0 for way in ("encode", "decode"))
    images = np.random.default_rng(0).integers(0, 256, (5, 256, 256, 3), np.uint8)
    reach = measure_reach(networks, images, load_stage_one(bundle).config)
    assert 0 < reach["furthest"] <= reach["field"] and reach["cells"] > 0
    assert 0 < reach["near_least"] <= reach["near"] <= 1 + 1e-6


def test_a_cell_that_changes_nothing_is_not_counted(bundle):
    plain = np.full((4, 256, 256, 3), 255, np.uint8)
    with pytest.raises(ValueError, match="none of the 4 cells"):
        measure_reach(OnnxNetworks(bundle, threads=1), plain, load_stage_one(bundle).config)


def test_a_cell_whose_new_code_decodes_alike_is_not_counted(bundle):
    networks, images = OnnxNetworks(bundle, threads=1), np.random.default_rng(0).integers(0, 256, (4, 256, 256, 3), np.uint8)
    networks.decode = lambda codes: np.zeros((1, 3, 256, 256), np.float32)
    with pytest.raises(ValueError, match="none of the 4 cells changes a pixel"):
        measure_reach(networks, images, load_stage_one(bundle).config)
