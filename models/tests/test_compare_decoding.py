"""SMART beside autoregression on the tiny bundle: every way draws, takes its turn and is told."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from toile import compare_decoding
from toile.bundle import load_transformer
from toile.compare_decoding import (
    NO_CACHE,
    compare_quality,
    compare_speed,
    compare_wordless,
    decoders,
    main,
)
from toile.data import Record, Split, load_split, save_split
from toile.evaluator.bench import Photos
from toile.evaluator.judge import Verdicts
from toile.onnx_networks import OnnxNetworks
from toile.stage_two.autoregressive import Baseline, export_baseline
from toile.stage_two.smart import SmartOptions, parse_options


def test_options_differ_from_the_bundles_where_the_json_says_so():
    found = parse_options('{"passes": 3, "guidance": 1.5}', SmartOptions(temperature=0.9))
    assert (found.passes, found.guidance, found.temperature) == (3, 1.5, 0.9)


@pytest.mark.parametrize("text, told", [("passes=3", "is not JSON"), ('{"steps": 3}', "some of: passes, alpha"),
                                        ("[3]", "takes an object"), ('{"alpha": "wide"}', "alpha is no number"),
                                        ('{"final_choice_share": 2}', "2 is not between 0 and 1")])  # fmt: skip
def test_options_that_are_none_are_named_beside_those_there_are(text, told):
    with pytest.raises(ValueError, match=told):
        parse_options(text, SmartOptions())


def test_a_wrong_option_ends_the_command_with_a_line(bundle, monkeypatch, capsys):
    options = ["--bundle", str(bundle), "--data", "prepared", "--smart", '{"x": 1}']
    monkeypatch.setattr(sys, "argv", ["compare_decoding", *options])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err.startswith('compare_decoding: --smart {"x": 1}: takes an object of some of: passes')


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
                                           (["--limit", "0", "--wordless", "8"], "which --limit 0 leaves out"),
                                           (["--variants", "0"], "'0' is no whole number from 1 up")])  # fmt: skip
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


class Greys:
    """A bundle of 2×2 cells that paints each cell in the grey of its first code, and a judge that reads the greys."""

    model = {"grid": {"size": 2}}
    articles, colours = ["shirt", "cap"], ["grey"]

    def decode(self, maps):
        return np.repeat(maps[:, :1] / 127.5 - 1, 3, 1).astype(np.float32)

    def __call__(self, images):
        features = images[..., 0].reshape(len(images), -1) / 255
        logits = np.ones((len(images), 1))
        return Verdicts(features, logits, logits, np.array(["shirt"] * len(images)), np.array(["grey"] * len(images)))


def test_ways_are_told_apart_by_how_near_their_pictures_lie_to_photos(capsys):
    greys = np.random.default_rng(0).integers(0, 256, (8, 2, 2, 1))
    images = np.repeat(greys, 3, -1).astype(np.uint8)
    records = [Record(id=str(n), caption="grey shirt", article="shirt", colour="grey") for n in range(4)]
    records += [replace(record, caption="grey cap", article="cap") for record in records]
    photos, asked = Photos(images, records, Greys()(images)), Photos(images[:4], records[:4], Greys()(images[:4]))

    def exact(text, seed):
        return np.repeat(greys[seed].reshape(4, 1), 4, 1)

    def white(text, seed):
        return np.full((4, 4), 255 - seed)

    ways = {"SMART exact": exact, "SMART white": white, "autoregression, cached": exact}
    found = compare_quality(ways, Greys(), photos, asked, [[5]] * 4, 2, Greys())
    assert abs(found["SMART exact"]["fd"]) < 1e-6 < found["SMART white"]["fd"]
    assert found["real photos"] == {"hits": found["SMART exact"]["hits"] | {"pictures": 4}}
    spread = {name: found[name]["spread"] for name in ways}
    assert spread["SMART exact"]["prompts with two such"] == 4
    assert 0 < spread["SMART white"]["of article"] < 0.1 < spread["SMART exact"]["of article"]
    wordless = compare_wordless(ways, Greys(), photos, 8, Greys())
    assert list(wordless) == ["SMART exact", "SMART white"]
    assert wordless["SMART white"]["fd"] == found["SMART white"]["fd"]
    told = capsys.readouterr().out
    assert "Pictures without words, against 8 photos" in told and "Distance between two pictures of a prompt" in told
    bare = [replace(record, article="", colour="") for record in records]
    unlabelled = Photos(images, bare, photos.verdicts)
    assert compare_quality(ways, Greys(), unlabelled, unlabelled, [[5]] * 8, 1, Greys()).keys() == ways.keys()


def test_too_few_photos_for_the_quality_are_told_before_anything_is_drawn(prepared, tmp_path, monkeypatch, capsys):
    test = load_split(prepared, "test")
    save_split(tmp_path, "test", Split(test.images[:3], test.records[:3]))
    monkeypatch.setattr(compare_decoding, "find_judge", lambda *_: Greys())
    monkeypatch.setattr(sys, "argv", ["compare_decoding", "--bundle", "garments", "--data", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()
    told = f"compare_decoding: --split test of {tmp_path} has 3 photos, and the quality of a set takes at least 4"
    assert capsys.readouterr().err.splitlines()[-1].startswith(told)
