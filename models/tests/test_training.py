"""Time budgets, checkpoints, and each stage's training script on a drawn catalogue for some steps."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ticking_clock import train_by_ticks
from torch import nn

from toile import export, tokenizer
from toile.bundle import load_stage_one, load_transformer
from toile.data import Split, load_split, save_split
from toile.evaluator import train as evaluator
from toile.evaluator.network import Evaluator, EvaluatorConfig
from toile.origins import codebook_checksum, file_checksum, pictures_checksum
from toile.stage_one import refine
from toile.stage_one import train as stage_one
from toile.stage_one.networks import StageOne, StageOneConfig
from toile.stage_one.perceptual_network import PerceptualConfig, PerceptualNetwork
from toile.stage_two import tokens
from toile.stage_two import train as stage_two
from toile.stage_two.batches import Batches
from toile.stage_two.transformer import PRESETS, Transformer, preset_of
from toile.training import (
    Average,
    Budget,
    Every,
    kind_of,
    load,
    lower_precision,
    read_checkpoint,
    save,
    start,
)


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self) -> float:
        return self.now


# precision


@pytest.mark.parametrize(("fast", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_cpu_computes_in_bf16_only_where_it_has_instructions_for_it(monkeypatch, fast, dtype):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: fast)
    with lower_precision("cpu"):
        assert torch.nn.functional.conv2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 1, 1)).dtype == dtype


# budget


def test_a_budget_runs_out_after_its_minutes():
    clock = Clock()
    budget = Budget(10, clock=clock)
    assert (budget.spent, budget.progress, budget.over) == (0, 0, False)
    clock.now += 450
    assert (budget.spent, budget.progress, budget.over) == (450, 0.75, False)
    clock.now += 150
    assert budget.over and budget.progress == 1
    clock.now += 60
    assert budget.progress == 1 and budget.spent == 660


def test_a_budget_counts_on_from_what_earlier_runs_spent():
    clock = Clock(5.0)
    budget = Budget(10, spent=540, clock=clock)
    assert budget.progress == pytest.approx(0.9) and not budget.over
    clock.now += 60
    assert budget.over and budget.spent == 600


def test_a_budget_spends_nothing_while_it_is_paused():
    clock = Clock()
    budget = Budget(10, clock=clock)
    clock.now += 60
    with budget.paused():
        clock.now += 6000
        assert budget.spent == 60
    clock.now += 60
    assert budget.spent == 120 and not budget.over


def test_the_bar_of_a_run_that_took_longer_than_its_minutes_shows_them_and_warns_of_nothing(recwarn):
    clock = Clock()
    for spent in (0, 90):
        budget = Budget(1, spent=spent, clock=clock)
        bar = budget.bar()
        clock.now += 90
        budget.move(bar)
        assert bar.n == 1.0
        bar.close()
    assert not recwarn.list


def test_a_longer_budget_lets_a_finished_run_go_on():
    assert Budget(10, spent=600, clock=Clock()).over and not Budget(11, spent=600, clock=Clock()).over


def test_a_budget_of_samples_runs_out_after_them_however_long_they_take():
    clock = Clock()
    budget = Budget(10, samples=400, seen=100, clock=clock)
    clock.now += 6000
    assert budget.progress == 0.25 and not budget.over
    budget.seen += 300
    assert budget.over and budget.progress == 1


def test_only_a_checkpoint_of_the_asked_network_is_read(tmp_path):
    path = tmp_path / "last.pt"
    assert load(path, "stage I") is None
    save({"config": {"encoder_widths": (8,)}}, path)
    assert read_checkpoint(path) == load(path, "stage I") == {"config": {"encoder_widths": (8,)}}
    with pytest.raises(ValueError, match="last.pt is no checkpoint of an evaluator, but of stage I"):
        load(path, "an evaluator")
    torch.save([1], path)
    with pytest.raises(ValueError, match="last.pt is no checkpoint of a training$"):
        read_checkpoint(path)
    for held in (b"", b"{}", b"PK\x03\x04"):
        path.write_bytes(held)
        with pytest.raises(ValueError, match="last.pt is no checkpoint of a training: "):
            read_checkpoint(path)


@pytest.mark.parametrize(
    "kind, network",
    [
        ("stage I", lambda: StageOne(StageOneConfig().narrowed(0.1))),
        ("stage II", lambda: Transformer(PRESETS["tiny"])),
        ("an evaluator", lambda: Evaluator(EvaluatorConfig(widths=(8,) * 4))),
        ("a perceptual network", lambda: PerceptualNetwork(PerceptualConfig((8,) * 4))),
    ],
)
def test_every_networks_checkpoint_is_known_for_what_it_is(kind, network):
    assert kind_of(network().save_form()) == kind


def test_a_preset_is_known_by_its_shape():
    assert preset_of(replace(PRESETS["xs"], vocabulary=300, dropout=0.3, causal=True)) == "xs"
    assert preset_of(replace(PRESETS["xs"], layers=7)) is None


def test_the_rate_warms_up_stays_flat_and_ends_at_its_floor():
    clock = Clock()
    budget = Budget(10, clock=clock)
    assert budget.rate(0, warmup=4) == pytest.approx(0.25)
    assert budget.rate(3, warmup=4) == budget.rate(100, warmup=4) == pytest.approx(1.0)
    found = []
    for share in (0.0, 0.2, 0.4, 0.7, 1.0, 1.5):
        clock.now = 1000 + 600 * share
        found.append(budget.rate(100, warmup=4, floor=0.05, flat=0.4))
    assert found == pytest.approx([1, 1, 1, 0.05 + 0.95 / 2, 0.05, 0.05])
    assert budget.progress == 1 and budget.rate(100, warmup=4, flat=1.0) == 1


def test_the_rate_never_rises_after_the_warm_up():
    clock = Clock()
    budget = Budget(1, clock=clock)
    found = []
    for second in range(70):
        clock.now = 1000 + second
        found.append(budget.rate(10, warmup=1))
    assert all(a >= b for a, b in zip(found, found[1:], strict=False)) and found[-1] == pytest.approx(0.02)


def test_every_is_true_once_a_period():
    clock = Clock()
    due, found = Every(120, clock=clock), []
    for now in (1000, 1119, 1120, 1121, 1239, 1240, 2000, 2001):
        clock.now = now
        found.append(due())
    assert found == [False, False, True, False, False, True, True, False]


# averages and checkpoints


def test_averaged_weights_follow_fast_at_first_and_slowly_later():
    module = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(module.weight)
    early, late = Average(module, 0.99), Average(module, 0.99)
    nn.init.ones_(module.weight)
    early.follow(module, step=0)
    late.follow(module, step=100_000)
    assert early.weights["weight"].item() == pytest.approx(0.9)
    assert late.weights["weight"].item() == pytest.approx(0.01)


def test_an_average_is_its_own_copy_and_takes_whole_numbers_as_they_are():
    module = nn.BatchNorm1d(2)
    average = Average(module, 0.99)
    module.num_batches_tracked += 7
    nn.init.constant_(module.weight, 5)
    assert average.weights["weight"].tolist() == [1, 1]
    average.follow(module, step=10_000)
    assert average.weights["num_batches_tracked"] == 7


def test_a_checkpoint_that_fails_half_way_leaves_the_old_one(tmp_path):
    path = tmp_path / "run" / "last.pt"
    assert load(path) is None
    save({"step": 1}, path)
    with pytest.raises((AttributeError, TypeError, RuntimeError)):
        save({"step": 2, "unsaveable": lambda: None}, path)
    assert load(path) == {"step": 1}
    save({"step": 3}, path)
    assert load(path) == {"step": 3} and [p.name for p in path.parent.iterdir()] == ["last.pt"]


# the start


@pytest.mark.parametrize("there", [True, False])
def test_training_on_a_cpu_without_a_compiler_goes_on_uncompiled_and_says_so(tmp_path, monkeypatch, capsys, there):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    if there:
        (tmp_path / "g++").touch(mode=0o755)
    options = ["--data", "prepared", "--run", str(tmp_path / "run"), "--device", "cpu", "--threads", "1"]
    args = stage_one.arguments().parse_args(options)
    start(args)
    assert args.no_compile != there and ("no C++ compiler 'g++'" in capsys.readouterr().out) != there


# the scripts


def run_main(module, *options) -> None:
    """A script's main, with the command line it would be given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["script", *map(str, options)])
        module.main()


def run_training(module, run: Path, minutes: float, *options):
    """A script with its options, on a clock that makes a minute about 10 steps."""
    shared = ["--run", run, "--minutes", minutes, "--no-compile", "--device", "cpu", "--threads", "1"]
    return train_by_ticks(module, module.arguments().parse_args([*map(str, [*shared, *options])]))


def train_stage_one(prepared: Path, run: Path, minutes: float, *options):
    return run_training(stage_one, run, minutes, "--data", prepared, "--batch", 4, "--warmup", 2, *options)


@pytest.fixture(scope="session")
def stage_one_run(prepared, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("stage-one")
    train_stage_one(prepared, run, 0.8)
    return run


@pytest.fixture(scope="session")
def token_files(prepared, stage_one_run, tmp_path_factory) -> Path:
    """The tokenizer and the tokens that stage two trains on."""
    out = tmp_path_factory.mktemp("tokens")
    run_main(tokenizer, "--data", prepared, "--out", out / "tokenizer.json", "--vocabulary", 300)
    run_main(tokens, "--data", prepared, "--stage-one", stage_one_run / "last.pt", "--out", out, "--device", "cpu")
    return out


def test_all_splits_are_looked_for_before_one_is_encoded(prepared, bundle, tmp_path):
    out = tmp_path / "tokens"
    with pytest.raises(FileNotFoundError, match="no split 'vall'"):
        run_main(
            tokens, "--data", prepared, "--stage-one", bundle, "--out", out, "--splits", "test", "vall", "--device", "cpu"
        )
    assert not out.exists()


def train_stage_two(prepared: Path, token_files: Path, run: Path, minutes: float, *options):
    return run_training(stage_two, run, minutes, "--data", prepared, "--tokens", token_files, "--tokenizer",
                        token_files / "tokenizer.json", "--preset", "tiny", "--batch", 4, *options)  # fmt: skip


@pytest.fixture(scope="session")
def bundle_tokens(prepared, token_files, bundle, tmp_path_factory) -> Path:
    """The same in the bundle's codes."""
    out = tmp_path_factory.mktemp("bundle-tokens")
    run_main(tokens, "--data", prepared, "--stage-one", bundle, "--out", out, "--device", "cpu")
    return Path(shutil.copy(token_files / "tokenizer.json", out)).parent


def started_from(bundle: Path) -> list:
    """Options of a stage two that goes on from a bundle, by its own tokenizer."""
    return ["--init-from", bundle, "--tokenizer", bundle / "tokenizer.json"]


@pytest.fixture(scope="session")
def stage_two_run(prepared, token_files, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("stage-two")
    train_stage_two(prepared, token_files, run, 1.5)
    return run


@pytest.fixture(scope="session")
def evaluator_run(prepared, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("evaluator")
    run_training(evaluator, run, 0.5, "--data", prepared, "--batch", 4, "--least", 2)
    return run


@pytest.fixture(params=["stage_one", "stage_two", "evaluator"])
def finished(request, prepared):
    """A finished run's checkpoint, and the way to train it further in another folder."""
    run = request.getfixturevalue(f"{request.param}_run")

    def go_on(folder: Path, minutes: float):
        if request.param == "stage_one":
            return train_stage_one(prepared, folder, minutes)
        if request.param == "stage_two":
            return train_stage_two(prepared, request.getfixturevalue("token_files"), folder, minutes)
        return run_training(evaluator, folder, minutes, "--data", prepared, "--batch", 4, "--least", 2)

    return torch.load(run / "last.pt", weights_only=False), go_on


def test_a_script_writes_a_checkpoint_with_its_weights_averages_and_time(finished):
    saved, _ = finished
    assert saved["step"] > 5 and saved["spent"] >= 30
    assert saved["weights"].keys() == saved["average"].keys()
    (run,) = saved["runs"]
    assert run["minutes"] == pytest.approx(saved["spent"] / 60, abs=0.1) and run["pictures"] == 16
    assert run["samples"] > 0 and run["options"]["batch"] == 4


def learned(saved: dict) -> list[torch.Tensor]:
    """All that a run goes on from: weights, averages, and the optimizers' state."""
    optimizers = saved.get("optimizers") or [saved["optimizer"]]
    states = [value for optimizer in optimizers for state in optimizer["state"].values() for value in state.values()]
    return [*saved["weights"].values(), *saved["average"].values(), *states]


def test_a_finished_script_does_nothing_more(finished, tmp_path, capsys):
    saved, go_on = finished
    save(saved, tmp_path / "last.pt")
    go_on(tmp_path, 0.5)
    again = load(tmp_path / "last.pt")
    assert again["step"] == saved["step"] and f"at step {saved['step']}" in capsys.readouterr().out
    assert any(not torch.equal(value, saved["weights"][key]) for key, value in saved["average"].items())
    assert all(torch.equal(*pair) for pair in zip(learned(saved), learned(again), strict=True))


def test_a_script_goes_on_from_where_it_stopped(finished, tmp_path):
    saved, go_on = finished
    save(saved, tmp_path / "last.pt")
    go_on(tmp_path, saved["spent"] / 60 + 0.3)
    again = load(tmp_path / "last.pt")
    assert again["step"] > saved["step"] and again["spent"] >= saved["spent"] + 18
    (run,) = again["runs"]
    assert run["samples"] > saved["runs"][0]["samples"]
    assert any(not torch.equal(value, again["weights"][key]) for key, value in saved["weights"].items())


@pytest.mark.parametrize("train", ["stage_one", "stage_two"])
def test_a_script_stops_after_the_asked_samples(prepared, token_files, tmp_path, train):
    options = (prepared, tmp_path, 0.001) if train == "stage_one" else (prepared, token_files, tmp_path, 0.001)
    {"stage_one": train_stage_one, "stage_two": train_stage_two}[train](*options, "--samples", 24)
    saved = load(tmp_path / "last.pt")
    assert saved["seen"] == saved["runs"][0]["samples"] == 24


def test_stage_two_keeps_the_averages_that_did_best_on_val_apart(prepared, token_files, tmp_path, monkeypatch):
    nats, seen = iter([2.0, 1.0, *[3.0] * 100]), []

    def scripted(model, *_):
        seen.append({key: value.clone() for key, value in model.state_dict().items()})
        return {"nll": {"all": next(nats)}, "groups": [0.0]}

    monkeypatch.setattr(stage_two, "validate", scripted)
    train_stage_two(prepared, token_files, tmp_path, 0.5, "--validate-every", 0)
    best = load(tmp_path / "best.pt")
    assert best["nats"] == 1.0 and len(seen) > 2
    assert all(torch.equal(value, seen[1][key]) for key, value in best["average"].items())
    train_stage_two(prepared, token_files, tmp_path, 0.7)  # resumed, and judged by 3 nats, it keeps what did better
    assert load(tmp_path / "best.pt")["nats"] == 1.0
    assert load_transformer(tmp_path / "best.pt").config.width == 32


def test_a_run_that_starts_anew_does_not_mind_the_best_of_one_before(prepared, token_files, tmp_path):
    save({"nats": -1.0}, tmp_path / "best.pt")
    train_stage_two(prepared, token_files, tmp_path, 0.1)
    assert load(tmp_path / "best.pt")["nats"] > 0


def test_tokens_of_other_pictures_than_the_splits_are_refused(prepared, token_files, tmp_path):
    shutil.copytree(prepared, tmp_path / "fewer")
    lines = (tmp_path / "fewer" / "train.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "fewer" / "train.jsonl").write_text("".join(lines[1:]))
    np.save(tmp_path / "fewer" / "train.npy", np.load(prepared / "train.npy")[1:])
    with pytest.raises(ValueError, match="train.npz holds the tokens of 16 pictures, and the split of .* has 15"):
        train_stage_two(tmp_path / "fewer", token_files, tmp_path / "run", 0.1)


def test_tokens_of_as_many_other_pictures_or_in_another_order_are_refused(prepared, token_files, tmp_path):
    told = "train.npz holds the tokens of other pictures than .* has, or in another order: run toile.stage_two.tokens again"
    split = load_split(prepared, "train")
    others = {"order": Split(split.images[::-1], split.records[::-1]), "pictures": Split(split.images[::-1], split.records)}
    for name, other in others.items():
        data = shutil.copytree(prepared, tmp_path / name)
        save_split(data, "train", other)
        with pytest.raises(ValueError, match=told):
            train_stage_two(data, token_files, tmp_path / "run", 0.1)


def test_tokens_that_do_not_tell_whose_they_are_are_refused(prepared, token_files, tmp_path):
    older = shutil.copytree(token_files, tmp_path / "older")
    found = dict(np.load(older / "train.npz"))
    del found["pictures"]
    np.savez(older / "train.npz", **found)
    with pytest.raises(ValueError, match="train.npz is of an earlier version, .*: run toile.stage_two.tokens again"):
        train_stage_two(prepared, older, tmp_path / "run", 0.1)


def test_a_split_without_tokens_is_named_beside_those_with(prepared, token_files, tmp_path):
    with pytest.raises(FileNotFoundError, match="no tokens of a split 'recolored' in .*; there are those of: train, val. "):
        train_stage_two(prepared, token_files, tmp_path, 0.1, "--also", "recolored")


def test_a_tokenizer_that_is_none_is_named(prepared, token_files, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no tokenizer .*none.json: toile.tokenizer makes one"):
        train_stage_two(prepared, token_files, tmp_path, 0.1, "--tokenizer", tmp_path / "none.json")
    (tmp_path / "wrong.json").write_text("{}")
    with pytest.raises(ValueError, match="wrong.json is no tokenizer: "):
        train_stage_two(prepared, token_files, tmp_path, 0.1, "--tokenizer", tmp_path / "wrong.json")


def test_tokens_of_pictures_of_another_size_are_refused(prepared, tmp_path):
    run_main(tokenizer, "--data", prepared, "--out", tmp_path / "tokenizer.json", "--vocabulary", 300)
    for split, count in (("train", 16), ("val", 4)):
        codes, pictures = np.zeros((count, 1, 1024, 4), np.uint8), pictures_checksum(load_split(prepared, split))
        np.savez(tmp_path / f"{split}.npz", codes=codes, crops=codes[:, :, :64], accents=codes[..., 0],
                 pictures=np.array(pictures))  # fmt: skip
    with pytest.raises(SystemExit, match="holds 1024 cells a picture, and the transformer makes 256: .* --size 256"):
        train_stage_two(prepared, tmp_path, tmp_path / "run", 0.1)


def test_a_tokenizer_of_another_vocabulary_than_the_starts_is_refused(prepared, token_files, bundle, tmp_path):
    path = tmp_path / "tokenizer.json"
    run_main(tokenizer, "--data", prepared, "--out", path, "--vocabulary", 260)
    with pytest.raises(SystemExit, match=r"tokenizer.json has 260 tokens, and .* was trained with \d+: give --tokenizer"):
        train_stage_two(prepared, token_files, tmp_path, 0.1, "--init-from", bundle, "--tokenizer", path)


def test_a_run_knows_the_codebook_and_the_tokenizer_it_began_with(stage_two_run, stage_one_run, token_files):
    codebook = codebook_checksum(load_stage_one(stage_one_run / "last.pt"))
    expected = {"codebook": codebook, "tokenizer": file_checksum(token_files / "tokenizer.json")}
    assert all(load(stage_two_run / name)["origins"] == expected for name in ("last.pt", "best.pt"))


def test_a_run_does_not_go_on_with_another_codebook_or_tokenizer(prepared, token_files, bundle_tokens, stage_two_run,
                                                                 tmp_path):  # fmt: skip
    saved = load(stage_two_run / "last.pt")
    save(saved, tmp_path / "last.pt")
    with pytest.raises(SystemExit, match="last.pt has learned by another codebook than that of .*bundle-tokens"):
        train_stage_two(prepared, bundle_tokens, tmp_path, 2)
    edited = (token_files / "tokenizer.json").read_text().replace('"version"', ' "version"')
    (tmp_path / "edited.json").write_text(edited)
    with pytest.raises(SystemExit, match="last.pt has learned by another tokenizer than that of .*edited.json: give what"):
        train_stage_two(prepared, token_files, tmp_path, 2, "--tokenizer", tmp_path / "edited.json")
    del saved["origins"]  # as older runs
    save(saved, tmp_path / "last.pt")
    train_stage_two(prepared, bundle_tokens, tmp_path, 0)


def test_a_run_from_a_bundle_takes_tokens_in_its_codes(prepared, token_files, bundle_tokens, bundle, tmp_path):
    with pytest.raises(SystemExit, match="another codebook than that of .* from what toile.stage_two.carry_over"):
        train_stage_two(prepared, token_files, tmp_path, 0, *started_from(bundle))
    grown = shutil.copy(bundle / "tokenizer.json", tmp_path / "grown.json")
    grown.write_text(grown.read_text() + "\n")
    with pytest.raises(SystemExit, match="another tokenizer than that of .*grown.json: give --tokenizer its own"):
        train_stage_two(prepared, bundle_tokens, tmp_path, 0, "--init-from", bundle, "--tokenizer", grown)


def test_splits_encoded_by_several_codebooks_are_refused(prepared, token_files, bundle_tokens, tmp_path):
    shutil.copytree(token_files, tmp_path / "tokens")
    shutil.copy(bundle_tokens / "val.npz", tmp_path / "tokens")
    with pytest.raises(ValueError, match="the tokens of train, val in .* are of several codebooks"):
        train_stage_two(prepared, tmp_path / "tokens", tmp_path / "run", 0, "--also", "val")


@pytest.mark.parametrize(
    "wrong, told",
    [
        ("stage_one", "best.pt has learned by another codebook than that of .*bundle"),
        ("tokenizer", "best.pt has learned by another tokenizer than that of"),
        ("tokens", "has learned by another codebook .*: run toile.stage_two.tokens again"),
    ],
)
def test_parts_that_do_not_belong_together_make_no_bundle(stage_one_run, stage_two_run, token_files, bundle, bundle_tokens,
                                                          tmp_path, wrong, told):  # fmt: skip
    parts = {"stage_one": stage_one_run / "last.pt", "tokenizer": token_files / "tokenizer.json", "tokens": token_files}
    parts |= {wrong: {"stage_one": bundle, "tokenizer": bundle / "tokenizer.json", "tokens": bundle_tokens}[wrong]}
    with pytest.raises(SystemExit, match=told):
        run_main(export, "--stage-one", parts["stage_one"], "--transformer", stage_two_run / "best.pt", "--tokenizer",
                 parts["tokenizer"], "--tokens", parts["tokens"], "--out", tmp_path / "out")  # fmt: skip


def test_a_checkpoints_codebook_is_that_of_the_bundle_made_of_it():
    stage = stage_one.StageOne(StageOneConfig().narrowed(0.1))
    before = codebook_checksum(stage)
    export.round_weights(stage)
    assert codebook_checksum(stage) == before


@pytest.mark.parametrize("script", ["stage_one", "stage_two"])
def test_a_resumed_run_draws_another_first_batch_than_its_start_did(request, prepared, tmp_path, monkeypatch, script):
    saved, drawn = load(request.getfixturevalue(f"{script}_run") / "last.pt"), []
    owner, name = {"stage_one": (stage_one, "sample_crops"), "stage_two": (Batches, "cells")}[script]
    draw = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *given: drawn.append(draw(*given)) or drawn[-1])

    def first_batch(run: str, minutes: float) -> torch.Tensor:
        drawn.clear()
        if script == "stage_one":  # all on crops
            train_stage_one(prepared, tmp_path / run, minutes, "--seed", 5, "--crop-share", 1)
            return drawn[0]
        tokens = request.getfixturevalue("token_files")
        train_stage_two(prepared, tokens, tmp_path / run, minutes, "--seed", 5, "--estimate-every", 0)
        return drawn[0].given

    start = first_batch("start", 0.1)
    assert torch.equal(first_batch("again", 0.1), start)
    save(saved, tmp_path / "resumed" / "last.pt")
    resumed = first_batch("resumed", saved["spent"] / 60 + 0.1)
    assert resumed.shape == start.shape and not torch.equal(resumed, start)
    assert torch.initial_seed() == 5 + saved["step"]


@pytest.mark.parametrize("options, told", [(["--estimate-every", "1"], "leaves no batch to predict from"),
                                           (["--samples", "-4"], "'-4' is no number from 0 to 1e+12"),
                                           (["--samples", "inf"], "'inf' is no number from 0 to 1e+12"),
                                           (["--dropout", "1.5"], "--dropout: '1.5' is no number from 0 to 1"),
                                           (["--minutes", "soon"], "'soon' is no number from 0 up"),
                                           (["--batch", "0"], "'0' is no whole number from 1 up"),
                                           (["--threads", "0"], "'0' is no whole number from 1 up"),
                                           (["--device", "cuda"], "PyTorch finds no CUDA GPU here"),
                                           (["--device", "tpu"], "'tpu' is neither cpu nor cuda")])  # fmt: skip
def test_a_run_that_would_never_end_or_begin_is_refused(options, told, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit):
        stage_two.arguments().parse_args(["--data", "d", "--run", "r", "--tokens", "t", "--tokenizer", "j", *options])
    assert told in capsys.readouterr().err


def test_stage_two_trains_on_batches_that_other_processes_draw(prepared, token_files, tmp_path):
    train_stage_two(prepared, token_files, tmp_path, 0.001, "--samples", 40, "--workers", 2)
    saved = load(tmp_path / "last.pt")
    assert saved["seen"] == 40 and saved["runs"][0]["options"]["workers"] == 2


def test_stage_one_quantizes_after_its_warm_up(stage_one_run, prepared):
    saved = torch.load(stage_one_run / "last.pt", weights_only=False)
    assert saved["quantizing"]
    words = torch.stack([saved["weights"][f"quantizer.books.{m}.words"] for m in range(4)])
    assert words.shape == (4, 256, 16) and len(words[0].unique(dim=0)) > 200
    found = load_stage_one(stage_one_run / "last.pt")
    averaged = saved["average"]["decoder.smooth.weight"]
    assert torch.equal(found.decoder.smooth.weight, averaged)


@pytest.fixture(scope="session")
def warming_up(prepared, tmp_path_factory) -> Path:
    """A run of stage one that ended before its quantizer joined."""
    run = tmp_path_factory.mktemp("warming-up")
    with pytest.raises(SystemExit, match="ended after 0 steps, before its quantizer joined, .*: give more --minutes"):
        train_stage_one(prepared, run, 0)
    return run


def test_a_warm_up_takes_a_quarter_of_a_run_at_most(prepared, tmp_path):
    train_stage_one(prepared, tmp_path, 0.8, "--warmup", 1000)
    saved = load(tmp_path / "last.pt")
    assert saved["quantizing"] and saved["step"] < 20


def test_a_run_that_has_not_quantized_goes_on(prepared, warming_up, tmp_path):
    save(load(warming_up / "last.pt"), tmp_path / "last.pt")
    train_stage_one(prepared, tmp_path, 0.3)
    assert load(tmp_path / "last.pt")["quantizing"]


def test_nothing_is_made_of_codes_that_mean_nothing_yet(prepared, warming_up, tmp_path):
    checkpoint = warming_up / "last.pt"
    with pytest.raises(ValueError, match="last.pt has never quantized, .* --run .*warming-up"):
        run_main(tokens, "--data", prepared, "--stage-one", checkpoint, "--out", tmp_path, "--device", "cpu")
    with pytest.raises(ValueError, match="last.pt has never quantized"):
        run_training(refine, tmp_path / "refined", 0.1, "--data", prepared, "--init-from", checkpoint)
    with pytest.raises(ValueError, match="last.pt has never quantized"):
        train_stage_one(prepared, tmp_path / "further", 0.1, "--init-from", checkpoint)


def test_stage_one_learns_from_further_folders_too(prepared, tmp_path):
    train_stage_one(prepared, tmp_path, 0.2, "--also", prepared)
    assert load(tmp_path / "last.pt")["runs"][0]["pictures"] == 32


@pytest.mark.parametrize("options", [["--quantizer", "vq"], ["--quantizer", "rq"], ["--gradient-codebook"]])
def test_stage_one_trains_with_another_quantizer_and_says_which(prepared, tmp_path, options):
    train_stage_one(prepared, tmp_path, 0.3, *options, "--group-drop", 0.35)
    saved = load(tmp_path / "last.pt")
    expected = {"quantizer": "pq", "gradient_codebook": False}
    expected |= {"gradient_codebook": True} if len(options) == 1 else {"quantizer": options[1]}
    assert saved["quantizing"] and expected.items() <= saved["config"].items()
    assert load_stage_one(tmp_path / "last.pt").config.size in (256, 1024)
    # only a product quantizer drops groups and evens their use, so no other run may tell that it did
    expected = (0, 0) if "--quantizer" in options else (0.35, 0.02)
    told = saved["runs"][0]["options"]
    assert (told["group_drop"], told["even_use"]) == expected


def test_tokens_are_those_of_the_averaged_stage_one(prepared, stage_one_run, token_files):
    found = np.load(token_files / "train.npz")
    assert found["codebook"] == codebook_checksum(load_stage_one(stage_one_run / "last.pt"))
    assert found["codes"].shape == (16, 2, 256, 4) and found["crops"].shape == (16, 1, 64, 4)
    model = load_stage_one(stage_one_run / "last.pt").eval()
    pictures = torch.from_numpy(np.load(prepared / "train.npy")[:4]).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad(), lower_precision("cpu"):
        codes = model.encode(pictures).flatten(2).transpose(1, 2).numpy()
    # a vector between two words may fall either way in a batch of another size
    assert (found["codes"][:4, 0] == codes).mean() > 0.98
    assert found["accents"].shape == (16, 2, 256)
    assert (found["codes"][:, 0] != found["codes"][:, 1]).any((1, 2)).all()


def test_the_tokenizer_file_holds_at_most_the_asked_vocabulary(token_files):
    described = json.loads((token_files / "tokenizer.json").read_text())
    assert 256 < len(described["model"]["vocab"]) <= 300 and described["model"]["vocab"]["<pad>"] == 0


def test_stage_one_starts_from_a_bundles_weights(prepared, bundle, tmp_path):
    train_stage_one(prepared, tmp_path, 0, "--init-from", bundle)
    saved, known = load(tmp_path / "last.pt"), load_stage_one(bundle)
    assert saved["step"] == 0 and saved["quantizing"]
    for weights in (saved["weights"], saved["average"]):
        assert all(torch.equal(value, weights[key]) for key, value in known.state_dict().items())
    assert codebook_checksum(load_stage_one(tmp_path / "last.pt")) == \
        json.loads((bundle / "model.json").read_text())["codebook"]["checksum"]  # fmt: skip


def test_a_resumed_run_keeps_its_own_shape(prepared, tmp_path):
    narrow = ["--width", 0.2, "--groups", 2, "--code-words", 32, "--warmup", 0, "--gradient-codebook"]
    train_stage_one(prepared, tmp_path, 0.3, *narrow)
    train_stage_one(prepared, tmp_path, 0.4, *narrow)
    train_stage_one(prepared, tmp_path, 0.5)
    saved = load(tmp_path / "last.pt")
    assert list(saved["config"]["decoder_widths"]) == [8, 16, 32, 48] and saved["config"]["groups"] == 2
    options = saved["runs"][-1]["options"]
    assert (options["width"], options["groups"], options["code_words"]) == (48 / 256, 2, 32)
    assert options["gradient_codebook"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--groups", 2], "--groups 2 is asked for, and .*last.pt, .* has 4: leave"),
        (["--width", 0.5], "--width 0.5 is asked for, and .* has 1.0"),
        (["--quantizer", "vq"], "--quantizer vq is asked for, .* has pq"),
        (["--gradient-codebook"], "--gradient-codebook True .* has False"),
    ],
)
def test_a_resumed_run_of_another_shape_than_is_asked_for_is_refused(prepared, stage_one_run, tmp_path, options, told):
    shutil.copy(stage_one_run / "last.pt", tmp_path)
    with pytest.raises(SystemExit, match=told):
        train_stage_one(prepared, tmp_path, 2, *options)


def test_a_start_of_another_shape_than_is_asked_for_is_refused(prepared, bundle, tmp_path):
    with pytest.raises(SystemExit, match="--code-words 64 is asked for, and .*bundle.* has 256: leave --code-words out"):
        train_stage_one(prepared, tmp_path, 0.1, "--init-from", bundle, "--code-words", 64)


def test_a_resumed_run_of_another_preset_is_refused_in_one_line(prepared, token_files, stage_two_run, tmp_path):
    shutil.copy(stage_two_run / "last.pt", tmp_path)
    with pytest.raises(SystemExit, match="has 2×32×2 layers, .* 8×256×4 are asked for: give --preset tiny, or choose"):
        train_stage_two(prepared, token_files, tmp_path, 2, "--preset", "xs")


@pytest.mark.parametrize(("option", "value", "told"), [("--width", "0", "0 leaves no channels"),
                                                       ("--width", "nan", "'nan' is no number from 0 to 4"),
                                                       ("--code-words", "48", "invalid choice: 48"),
                                                       ("--groups", "3", "invalid choice: 3")])  # fmt: skip
def test_shapes_that_make_no_sense_are_refused(option, value, told, capsys):
    with pytest.raises(SystemExit):
        stage_one.arguments().parse_args(["--data", "d", "--run", "r", option, value])
    assert told in capsys.readouterr().err


def test_narrowed_networks_keep_eights_of_channels_and_the_codes():
    usual = StageOneConfig()
    assert usual.narrowed(1) == usual
    narrow = usual.narrowed(0.25)
    assert (narrow.encoder_widths, narrow.channels, narrow.size) == ((8, 16, 40, 64), 64, 256)


def test_stage_one_goes_on_with_a_bundles_codebook(prepared, bundle, tmp_path):
    train_stage_one(prepared, tmp_path, 0.4, "--init-from", bundle, "--rate", 1e-4)
    saved, known = load(tmp_path / "last.pt"), load_stage_one(bundle)
    assert saved["step"] > 0
    for m, book in enumerate(known.quantizer.books):
        words = saved["weights"][f"quantizer.books.{m}.words"]
        assert not torch.equal(words, book.words)
        # each step moves a word in use by a hundredth of the way; a k-means from anew would move nearly all of them
        distance = (words - book.words).norm(dim=1) / book.words.norm(dim=1)
        assert distance.median() < 0.3


def test_stage_two_starts_from_a_bundles_weights_whatever_the_preset(prepared, bundle_tokens, bundle, tmp_path):
    train_stage_two(prepared, bundle_tokens, tmp_path, 0, *started_from(bundle), "--preset", "xs", "--dropout", 0.25)
    saved, known = load(tmp_path / "last.pt"), load_transformer(bundle)
    assert saved["step"] == 0 and saved["config"]["dropout"] == 0.25
    assert (saved["config"]["layers"], saved["config"]["width"]) == (known.config.layers, known.config.width) == (2, 32)
    for weights in (saved["weights"], saved["average"]):
        assert all(torch.equal(value, weights[key]) for key, value in known.state_dict().items())


def test_a_run_from_a_bundle_tells_the_runs_before_it(prepared, bundle_tokens, bundle, tmp_path):
    described = json.loads((bundle / "model.json").read_text())
    described["training"] = {"transformer": [{"note": "an earlier run"}]}
    folder = shutil.copytree(bundle, tmp_path / "told")
    (folder / "model.json").write_text(json.dumps(described))
    train_stage_two(prepared, bundle_tokens, tmp_path / "run", 0.3, *started_from(folder))
    train_stage_two(prepared, bundle_tokens, tmp_path / "run", 0.6, *started_from(folder))
    first, *rest = load(tmp_path / "run" / "last.pt")["runs"]
    assert first == {"note": "an earlier run"} and len(rest) == 1


def test_the_autoregressive_baseline_goes_on_from_a_bundles_blocks(prepared, bundle_tokens, bundle, tmp_path, capsys):
    train_stage_two(prepared, bundle_tokens, tmp_path, 0.3, *started_from(bundle), "--autoregressive")
    saved, known = load(tmp_path / "last.pt"), load_transformer(bundle)
    assert saved["step"] > 0 and saved["seen"] == saved["step"] * 4  # every batch learns tokens: it has no estimators
    assert saved["config"]["causal"] and not known.config.causal
    assert saved["config"]["width"] == known.config.width
    told = capsys.readouterr().out
    assert "with none masked" in told and "area under the curve" not in told


def test_a_run_goes_on_as_the_kind_that_it_is(prepared, token_files, stage_two_run, tmp_path):
    saved = load(stage_two_run / "last.pt")
    save(saved, tmp_path / "masks" / "last.pt")
    with pytest.raises(SystemExit, match="last.pt is one by masks, and an autoregressive one is asked for: leave out"):
        train_stage_two(prepared, token_files, tmp_path / "masks", 2, "--autoregressive")
    save(saved | {"config": saved["config"] | {"causal": True}}, tmp_path / "cells" / "last.pt")
    with pytest.raises(SystemExit, match="last.pt is an autoregressive one, and one by masks is asked for: give"):
        train_stage_two(prepared, token_files, tmp_path / "cells", 2)


def test_an_unknown_combination_of_conditions_is_named_beside_those_there_are(prepared, token_files, tmp_path):
    with pytest.raises(ValueError, match="no combination p; there are: vt, t, v, none"):
        train_stage_two(prepared, token_files, tmp_path, 0.1, "--conditions", "t=.5,p=.5")
    for shares in ("t", "t=much", "t=-1"):
        with pytest.raises(ValueError, match=f"--conditions {shares} is no list of shares, as vt=0.2,t="):
            train_stage_two(prepared, token_files, tmp_path, 0.1, "--conditions", shares)


def test_stage_two_counts_the_pictures_whose_tokens_it_predicted(stage_two_run):
    saved = torch.load(stage_two_run / "last.pt", weights_only=False)
    estimators = saved["step"] // 8  # each eighth step is theirs
    assert saved["seen"] == saved["runs"][0]["samples"] == 4 * (saved["step"] - estimators) > 0
