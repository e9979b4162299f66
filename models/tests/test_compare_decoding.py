"""SMART beside autoregression on the tiny bundle: every way draws, takes its turn and is told."""

import json
import sys

import numpy as np
import pytest

from toile.bundle import load_transformer
from toile.compare_decoding import NO_CACHE, compare_speed, decoders, main, parse_options
from toile.onnx_networks import OnnxNetworks
from toile.stage_two.autoregressive import Baseline, export_baseline
from toile.stage_two.smart import SmartOptions


def test_options_differ_from_the_bundles_where_the_json_says_so():
    found = parse_options('{"passes": 3, "guidance": 1.5}', SmartOptions(temperature=0.9))
    assert (found.passes, found.guidance, found.temperature) == (3, 1.5, 0.9)


@pytest.mark.parametrize("text, told", [("passes=3", "is not JSON"), ('{"steps": 3}', "some of: passes, alpha"),
                                        ("[3]", "takes an object")])  # fmt: skip
def test_options_that_are_none_are_named_beside_those_there_are(text, told):
    with pytest.raises(ValueError, match=told):
        parse_options(text, SmartOptions())


def test_every_way_draws_whole_pictures_and_is_timed(bundle, tmp_path, capsys):
    model = load_transformer(bundle, causal=True)
    export_baseline(model, tmp_path)
    networks = OnnxNetworks(bundle, threads=1)
    ways = decoders(networks, Baseline(tmp_path, model, threads=1), ['{"passes": 2}', '{"passes": 1}'])
    drawn = {name: draw([5, 6], 3) for name, draw in ways.items()}
    assert list(drawn) == ['SMART {"passes": 2}', 'SMART {"passes": 1}', "autoregression, cached", NO_CACHE]
    assert all(codes.shape == (256, 4) and codes.min() >= 0 and codes.max() < 256 for codes in drawn.values())
    assert np.array_equal(drawn["autoregression, cached"], drawn[NO_CACHE])
    del ways[NO_CACHE]
    seconds = compare_speed(ways, [[5, 6], [7]])
    assert set(seconds) == set(ways) and all(s > 0 for s in seconds.values())
    assert json.dumps(seconds) and 'over SMART {"passes": 2}' in capsys.readouterr().out


@pytest.mark.parametrize("options, told", [(["--limit", "-1"], "'-1' is no whole number from 0 up"),
                                           (["--limit", "3"], "--limit 3 is neither 0 nor at least 4"),
                                           (["--timed", "0"], "'0' is no whole number from 1 up")])  # fmt: skip
def test_numbers_of_pictures_that_make_no_sense_are_refused(options, told, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["compare_decoding", "--bundle", "garments", "--data", "prepared", *options])
    with pytest.raises(SystemExit):
        main()
    assert told in capsys.readouterr().err


def test_a_bundle_without_an_evaluator_says_why_no_quality_is_told(bundle, prepared, monkeypatch, capsys):
    options = ["--bundle", bundle, "--data", prepared, "--timed", 1, "--threads", 1, "--smart", '{"passes": 1}']
    monkeypatch.setattr(sys, "argv", ["compare_decoding", *map(str, options)])
    main()
    told = capsys.readouterr().out
    assert "quality is not compared: the bundle has no evaluator" in told and NO_CACHE in told
