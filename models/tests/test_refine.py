"""The adversarial stage of stage I: its losses, what the discriminator sees, and refining a bundle for some steps."""

import json
import math
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from ticking_clock import train_by_ticks
from torch import nn

from toile.bundle import load_stage_one, load_transformer, runs_of
from toile.evaluator.metrics import structural_similarity
from toile.export import check_graph, graphs, make_graph
from toile.origins import codebook_checksum
from toile.stage_one import between, compare, perceptual, refine
from toile.stage_one import train as stage_one
from toile.stage_one.adversary import Adversary, AdversaryOptions, adaptive_weight
from toile.stage_one.box_mixing import mix_boxes, sample_boxes
from toile.stage_one.diff_augment import Draws, diff_augment
from toile.stage_one.discriminator import Discriminator, discriminator_loss, generator_loss, gradient_penalty
from toile.stage_one.losses import edge_strength, feature_distance
from toile.stage_one.perceptual_network import PerceptualConfig, PerceptualNetwork, make_perceptual_loss
from toile.training import load, save


class Linear(nn.Module):
    """Logits that are each a fixed weighting of all the pixels, weights (P, 3, H, W)."""

    def __init__(self, weights: torch.Tensor):
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, pixels):
        return torch.einsum("bchw,pchw->bp", pixels, self.weights), []


# the discriminator


def test_the_gradient_penalty_of_a_linear_discriminator_is_its_squared_weights():
    weights = torch.randn(1, 3, 8, 8)
    found = gradient_penalty(Linear(weights), torch.rand(4, 3, 8, 8))
    torch.testing.assert_close(found, weights.square().sum())


def test_the_penalty_of_patches_with_nothing_in_common_is_the_mean_of_their_own():
    weights = torch.zeros(2, 3, 8, 8)
    weights[0, :, :4], weights[1, :, 4:] = torch.randn(3, 4, 8), torch.randn(3, 4, 8)
    linear = Linear(weights)
    found = gradient_penalty(linear, torch.rand(4, 3, 8, 8))
    torch.testing.assert_close(found, weights.square().sum((1, 2, 3)).mean())
    found.backward()
    torch.testing.assert_close(linear.weights.grad[0, :, :4], weights[0, :, :4])  # 2 w / P


def test_each_logit_sees_a_patch_of_72_pixels():
    discriminator = Discriminator()
    pixels = torch.rand(1, 3, 256, 256, requires_grad=True)
    logits, features = discriminator(pixels)
    assert logits.shape == (1, 30, 30) and [f.shape[-1] for f in features] == [128, 64, 32, 31]
    (seen,) = torch.autograd.grad(logits[0, 15, 15], pixels)
    rows = seen.abs().sum((0, 1, 3)).nonzero()
    assert rows.max() - rows.min() + 1 == 72
    assert 1e6 < sum(p.numel() for p in discriminator.parameters()) < 2e6


def test_the_losses_are_log_2_where_the_discriminator_is_undecided_and_fall_where_it_is_right():
    even = torch.zeros(2, 3, 3)
    assert discriminator_loss(even, even).item() == pytest.approx(2 * math.log(2))
    assert generator_loss(even).item() == pytest.approx(math.log(2))
    assert discriminator_loss(even + 3, even - 3) < 0.2 and generator_loss(even - 3) > 3


def test_the_discriminator_learns_to_tell_noise_from_plain_pictures():
    torch.manual_seed(0)
    adversary = Adversary(AdversaryOptions(rate=1e-3))
    for step in range(12):
        real = torch.rand(4, 3, 1, 1).expand(4, 3, 64, 64).contiguous()
        adversary.learn(real, torch.rand(6, 3, 64, 64) * 2 - 1, step)
    assert adversary.told["real"] > adversary.told["fake"] + 0.3 and "r1" in adversary.told
    fake = (torch.rand(6, 3, 64, 64) * 2 - 1).requires_grad_()
    adversary.judge(fake, real).backward()
    assert fake.grad.abs().sum() > 0 and all(p.grad is None for p in adversary.discriminator.parameters())


def test_the_weight_makes_the_adversarys_gradient_a_share_of_the_reconstructions():
    rec, gan = torch.full((4,), 3.0), torch.full((4,), 0.5)  # norms 6 and 1
    assert adaptive_weight(rec, gan, 0.5, 100).item() == pytest.approx(0.5 * 6 / (1 + 1e-4))
    assert adaptive_weight(rec, gan * 0, 0.5, 100) == 100
    assert adaptive_weight(rec * 0, gan, 0.5, 100) == 0


# what it sees


def test_augmenting_moves_and_cuts_and_keeps_the_colours_of_what_is_left():
    pixels = torch.rand(3, 3, 16, 16) + 0.1
    shifts, corners = torch.tensor([[2, -1], [0, 0], [-2, 2]]), torch.tensor([[4, 5], [-4, 12], [12, -4]])
    made = diff_augment(pixels, Draws(shifts, corners, hole=8))
    for n, ((dx, dy), (left, top)) in enumerate(zip(shifts.tolist(), corners.tolist(), strict=True)):
        for y in range(16):
            for x in range(16):
                cut = left <= x < left + 8 and top <= y < top + 8
                inside = 0 <= y - dy < 16 and 0 <= x - dx < 16
                expected = pixels[n, :, y - dy, x - dx] if inside and not cut else torch.zeros(3)
                assert torch.equal(made[n, :, y, x], expected)


def test_draws_stay_within_reach_and_differ_by_picture():
    draws = Draws.sample(200, 64, torch.Generator().manual_seed(0))
    assert draws.hole == 32 and (draws.shifts.min(), draws.shifts.max()) == (-8, 8)
    assert (draws.corners.min(), draws.corners.max()) == (-16, 48)
    assert len(draws.shifts.unique(dim=0)) > 50


def test_gradients_pass_through_what_is_kept_only():
    pixels = torch.rand(1, 3, 8, 8, requires_grad=True)
    diff_augment(pixels, Draws(torch.tensor([[1, 0]]), torch.tensor([[0, 0]]), hole=4)).sum().backward()
    expected = torch.ones(8, 8)
    expected[:, 7] = 0  # moved out
    expected[:4, :3] = 0  # cut after the move
    assert torch.equal(pixels.grad[0, 1], expected)


def test_mixing_takes_exactly_the_box_from_the_other_map():
    base, other = torch.zeros(2, 4, 8, 6, dtype=torch.int64), torch.ones(2, 4, 8, 6, dtype=torch.int64)
    mixed = mix_boxes(base, other, [(1, 2, 4, 7), (0, 0, 6, 1)])
    expected = torch.zeros(2, 8, 6, dtype=torch.int64)
    expected[0, 2:7, 1:4], expected[1, 0, :] = 1, 1
    assert torch.equal(mixed, expected[:, None].expand_as(mixed)) and base.sum() == 0


def test_boxes_lie_within_the_map_and_leave_some_of_both():
    boxes = sample_boxes(300, 8, 16, np.random.default_rng(0))
    sizes = {(right - left, bottom - top) for left, top, right, bottom in boxes}
    assert all(0 <= left < right <= 16 and 0 <= top < bottom <= 8 for left, top, right, bottom in boxes)
    assert {w for w, _ in sizes} == set(range(4, 13)) and {h for _, h in sizes} == set(range(2, 7))


# the perceptual loss


@pytest.mark.parametrize("whole_weight", [0.0, 0.5])
@pytest.mark.parametrize("blur", [False, True])
def test_the_perceptual_loss_is_nought_for_equal_pictures_and_positive_otherwise(blur, whole_weight):
    loss = make_perceptual_loss("random", whole_weight=whole_weight)
    pixels = torch.rand(2, 3, 64, 64) * 2 - 1
    assert loss(pixels, pixels).item() == 0
    other = nn.functional.avg_pool2d(pixels, 3, 1, 1) if blur else -pixels
    other.requires_grad_()
    found = loss(other, pixels)
    found.backward()
    assert 0 < found.item() <= (99 if whole_weight else 4) and other.grad.abs().sum() > 0


def test_at_half_the_size_what_is_read_of_the_whole_counts_too():
    near, far = make_perceptual_loss("random"), make_perceptual_loss("random", whole_weight=1.0)
    pixels = torch.rand(2, 3, 64, 64) * 2 - 1
    assert far(-pixels, pixels).item() > near(-pixels, pixels).item()
    assert make_perceptual_loss("random", whole_weight=9.0)(-pixels, pixels) > far(-pixels, pixels)


def test_the_random_network_is_the_same_each_time_and_draws_from_no_other_stream():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, second = make_perceptual_loss("random"), make_perceptual_loss("random")
    assert torch.equal(torch.rand(1), expected) and make_perceptual_loss("off") is None
    pairs = zip(first.networks[0].parameters(), second.networks[0].parameters(), strict=True)
    assert all(torch.equal(a, b) and not a.requires_grad for a, b in pairs)


def test_features_lie_at_strides_2_to_16_and_their_length_does_not_count():
    features = PerceptualNetwork(PerceptualConfig()).features(torch.rand(1, 3, 64, 64))
    assert [64 // f.shape[-1] for f in features] == [2, 4, 8, 16]
    assert feature_distance([5 * f for f in features], features).item() == pytest.approx(0, abs=1e-5)
    assert feature_distance([-f for f in features], features).item() == pytest.approx(4, abs=1e-3)


def test_a_blurred_picture_has_weaker_gradients():
    pixels = torch.rand(2, 3, 32, 32)
    ramp = torch.arange(8.0).expand(1, 3, 8, 8)
    assert edge_strength(ramp).tolist() == [0.5]  # 1 across, 0 down
    assert (edge_strength(nn.functional.avg_pool2d(pixels, 3, 1, 1)) < 0.6 * edge_strength(pixels)).all()


def test_a_view_is_part_of_the_picture_at_the_asked_size():
    image = np.full((64, 64, 3), (10, 200, 30), np.uint8)
    rng = np.random.default_rng(0)
    views = [perceptual.draw_view(image, rng, side=32) for _ in range(20)]
    assert all(v.shape == (32, 32, 3) and np.abs(v.astype(int) - image[:32, :32]).max() <= 8 for v in views)


# the scripts


def run_script(module, run, minutes: float, *options):
    shared = ["--run", run, "--minutes", minutes, "--no-compile", "--device", "cpu", "--threads", 1, "--batch", 4]
    return train_by_ticks(module, module.arguments().parse_args([*map(str, [*shared, *options])]))


def run_refine(prepared, bundle, run, minutes: float, *options):
    return run_script(refine, run, minutes, "--data", prepared, "--init-from", bundle, "--warmup", 3, *options)


@pytest.fixture(scope="module")
def perceptual_run(prepared, tmp_path_factory):
    run = tmp_path_factory.mktemp("perceptual")
    run_script(perceptual, run, 0.4, "--data", prepared, "--least", 2)
    return run


@pytest.fixture(scope="module")
def refined(prepared, bundle, perceptual_run, tmp_path_factory):
    run = tmp_path_factory.mktemp("refined")
    run_refine(prepared, bundle, run, 0.6, "--perceptual", perceptual_run / "last.pt")
    return run / "last.pt"


def test_refining_leaves_encoder_and_codebooks_as_they_are(bundle, refined):
    saved, known = load(refined), load_stage_one(bundle).state_dict()
    assert saved["step"] > 5 and saved["seen"] == 4 * (saved["step"] - 3)  # of its warm-up
    for weights in (saved["weights"], saved["average"]):
        changed = {key for key, value in weights.items() if not torch.equal(value, known[key])}
        assert "decoder.smooth.weight" in changed and all(key.startswith("decoder.") for key in changed)


def test_a_refined_run_tells_its_options_and_no_paths(refined):
    (run,) = runs_of(refined, "stage_one")
    expected = {"freeze_encoder": True, "adversary": True, "augment": True, "mix_share": 0.5, "perceptual": "trained",
                "adversarial": 0.65, "r1_every": 16, "warmup": 3}  # fmt: skip
    assert expected.items() <= run["options"].items() and not {"data", "run", "init_from"} & run["options"].keys()


def test_a_refined_checkpoint_exports_with_the_bundles_codebook(bundle, refined, tmp_path):
    stage = load_stage_one(refined).eval()
    assert codebook_checksum(stage) == json.loads((bundle / "model.json").read_text())["codebook"]["checksum"]
    made = graphs(stage, load_transformer(bundle))
    for name in ("encoder", "decoder"):
        module, inputs, _, _ = made[name]
        (tmp_path / f"{name}.onnx").write_bytes(make_graph(name, *made[name]).SerializeToString())
        assert check_graph(tmp_path / f"{name}.onnx", module, inputs) < 0.02


def test_only_the_discriminator_learns_in_the_warm_up(prepared, bundle, tmp_path):
    told = r"last.pt ended after \d+ of 1000 steps in which only the discriminator learns, .*: give more --minutes"
    with pytest.raises(SystemExit, match=told):
        run_refine(prepared, bundle, tmp_path, 0.4, "--warmup", 1000, "--no-freeze-encoder")
    saved, known = load(tmp_path / "last.pt"), load_stage_one(bundle).state_dict()
    assert all(torch.equal(value, known[key]) for key, value in saved["weights"].items())
    assert saved["adversary"]["optimizer"]["state"][0]["step"] == saved["step"] > 0


def learned(saved: dict) -> list[torch.Tensor]:
    """All that refining goes on from: weights, averages, the discriminator's weights, and both optimizers' state."""
    adversary = saved["adversary"]
    states = [value for optimizer in (saved["optimizer"], adversary["optimizer"])
              for state in optimizer["state"].values() for value in state.values()]  # fmt: skip
    return [value for part in (saved["weights"], saved["average"], adversary["weights"]) for value in part.values()] + states


def test_refining_goes_on_from_where_it_stopped(prepared, bundle, refined, tmp_path):
    before = load(refined)
    save(before, tmp_path / "last.pt")
    run_refine(prepared, bundle, tmp_path, 0)
    assert all(torch.equal(*pair) for pair in zip(learned(before), learned(load(tmp_path / "last.pt")), strict=True))
    run_refine(prepared, bundle, tmp_path, before["spent"] / 60 + 0.3)
    after = load(tmp_path / "last.pt")
    steps = after["step"] - before["step"]
    assert steps > 0 and after["spent"] > before["spent"] and len(after["runs"]) == 1
    for of in (lambda s: s["optimizer"], lambda s: s["adversary"]["optimizer"]):
        assert of(after)["state"][0]["step"] == of(before)["state"][0]["step"] + steps
    key = "decoder.smooth.weight"
    for kind in ("weights", "average"):
        assert not torch.equal(after[kind][key], before[kind][key])


def test_a_resumed_run_takes_the_rate_that_it_is_given(prepared, bundle, tmp_path):
    run_refine(prepared, bundle, tmp_path, 0.1, "--no-adversary")
    before = load(tmp_path / "last.pt")
    run_refine(prepared, bundle, tmp_path, before["spent"] / 60 + 0.1, "--no-adversary", "--rate", 0)
    after = load(tmp_path / "last.pt")
    assert after["step"] > before["step"]
    assert all(torch.equal(value, after["weights"][key]) for key, value in before["weights"].items())


def test_a_run_goes_on_with_an_adversary_only_if_it_began_with_one(prepared, bundle, refined, tmp_path):
    save(load(refined), tmp_path / "last.pt")
    with pytest.raises(SystemExit, match="last.pt has an adversary: leave out --no-adversary, or choose another --run"):
        run_refine(prepared, bundle, tmp_path, 9, "--no-adversary")
    save(load(refined) | {"adversary": None}, tmp_path / "last.pt")
    with pytest.raises(SystemExit, match="last.pt has no adversary: give --no-adversary, or choose another --run"):
        run_refine(prepared, bundle, tmp_path, 9)


def test_a_start_that_brings_its_discriminator_is_refined_at_once(prepared, refined, tmp_path):
    run_refine(prepared, refined, tmp_path, 0.001, "--samples", 4, "--warmup", 1000)
    before, after = load(refined), load(tmp_path / "last.pt")
    assert after["step"] == 1 and after["warmup"] == 0 and after["adversary"]["optimizer"]["state"][0]["step"] == \
        before["adversary"]["optimizer"]["state"][0]["step"] + 1  # fmt: skip
    key = "decoder.smooth.weight"
    assert not torch.equal(after["weights"][key], load_stage_one(refined).state_dict()[key])
    options = ["--data", prepared, "--samples", 8, "--warmup", 1000]  # resumed without its start, it goes on as it was
    run_script(refine, tmp_path, 0.001, *options)
    again = load(tmp_path / "last.pt")
    assert again["step"] == 2 and not torch.equal(again["weights"][key], after["weights"][key])


def test_a_decoder_lies_between_the_plain_and_the_refined_one(bundle, refined, tmp_path, monkeypatch):
    out = tmp_path / "between.pt"
    options = ["--plain", bundle, "--refined", refined, "--share", 0.25, "--out", out]
    monkeypatch.setattr("sys.argv", ["between", *map(str, options)])
    between.main()
    plain, sharp, made = (load_stage_one(path).state_dict() for path in (bundle, refined, out))
    for key, value in made.items():
        wanted = torch.lerp(plain[key], sharp[key], 0.25) if key.startswith("decoder.") else plain[key]
        assert torch.equal(value, wanted)
    assert "25 %" in runs_of(out, "stage_one")[-1]["note"]


def test_between_two_of_other_crispness_it_is_the_first_ones(bundle):
    plain, other = load_stage_one(bundle), load_stage_one(bundle)
    other.config.crispness = 0.3
    assert between.between(plain, other, 0.5).config.crispness == 0
    assert between.between(other, plain, 0.5).config.crispness == 0.3


def test_nothing_lies_between_decoders_of_other_codes(bundle):
    plain, other = load_stage_one(bundle), load_stage_one(bundle)
    with torch.no_grad():
        other.quantizer.books[0].words.add_(1)
    with pytest.raises(ValueError, match="quantizer.books.0.words"):
        between.between(plain, other, 0.5)


def test_without_freezing_encoder_and_codebooks_learn_too(prepared, bundle, tmp_path):
    run_refine(prepared, bundle, tmp_path, 0.5, "--no-freeze-encoder", "--untrained-perceptual", "off")
    saved, known = load(tmp_path / "last.pt"), load_stage_one(bundle).state_dict()
    for key in ("encoder.stem.weight", "quantizer.books.0.words", "decoder.smooth.weight"):
        assert not torch.equal(saved["weights"][key], known[key])


def test_without_an_adversary_all_steps_are_the_decoders(prepared, bundle, tmp_path):
    whole = ("--side", 256, "--whole-weight", 1)
    run_refine(prepared, bundle, tmp_path, 0.3, "--no-adversary", "--warmup", 1000, *whole)
    saved = load(tmp_path / "last.pt")
    assert saved["adversary"] is None and saved["optimizer"]["state"][0]["step"] == saved["step"] > 0
    assert saved["runs"][0]["options"]["perceptual"] == "random"
    assert {"side": 256, "whole_weight": 1.0}.items() <= saved["runs"][0]["options"].items()


def test_refining_asks_for_a_start_and_refuses_another_scripts_run(prepared, bundle, tmp_path):
    options = ["--data", prepared, "--run", tmp_path, "--no-compile"]
    with pytest.raises(SystemExit, match="--init-from"):
        refine.train(refine.arguments().parse_args([*map(str, options)]))
    run_script(stage_one, tmp_path, 0, "--data", prepared, "--init-from", bundle)
    with pytest.raises(SystemExit, match="of another script"):
        run_refine(prepared, bundle, tmp_path, 0.1)


def test_a_perceptual_run_holds_its_labels_accuracy_and_averages(perceptual_run):
    saved = load(perceptual_run / "last.pt")
    assert set(saved["config"]["labels"]["articles"]) == {"T-shirt", "handbag", "other"}
    assert saved["accuracy"]["article_pictures"] == 4 and saved["weights"].keys() == saved["average"].keys()
    loss = make_perceptual_loss("trained", [perceptual_run / "last.pt"])
    assert torch.equal(loss.networks[0].article.weight, saved["average"]["article.weight"])


def test_a_perceptual_run_of_other_widths_is_not_gone_on_with(perceptual_run, prepared, tmp_path):
    shutil.copy(perceptual_run / "last.pt", tmp_path)
    with pytest.raises(SystemExit, match="last.pt has 24 48 96 160 channels, and 8 16 24 32 are asked for: give --widths"):
        run_script(perceptual, tmp_path, 0.5, "--data", prepared, "--least", 2, "--widths", 8, 16, 24, 32)


def test_several_perceptual_networks_count_as_much_each(perceptual_run, prepared, bundle, tmp_path):
    other = tmp_path / "other"
    run_script(perceptual, other, 0.1, "--data", prepared, "--least", 2, "--widths", 8, 16, 24, 32, "--seed", 3)
    checkpoints = [perceptual_run / "last.pt", other / "last.pt"]
    pixels = torch.rand(2, 3, 64, 64) * 2 - 1
    alone = [make_perceptual_loss("trained", [path])(-pixels, pixels).item() for path in checkpoints]
    both = make_perceptual_loss("trained", checkpoints)(-pixels, pixels).item()
    assert alone[0] != alone[1] and both == pytest.approx(sum(alone) / 2)
    run_refine(prepared, bundle, tmp_path / "run", 0.1, "--no-adversary", "--structure-weight", 0.3, "--perceptual",
               *checkpoints)  # fmt: skip
    (run,) = runs_of(tmp_path / "run/last.pt", "stage_one")
    assert run["options"]["perceptual"] == "2 trained" and run["options"]["structure_weight"] == 0.3


def test_the_gradient_of_structural_similarity_leads_where_it_grows():
    pixels = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(3)) * 2
    painted = (pixels * 0.5 + 0.3).requires_grad_()
    before = structural_similarity(painted, pixels, span=2.0).mean()
    before.backward()
    after = structural_similarity(painted.detach() + 5 * painted.grad, pixels, span=2.0).mean()
    assert before < after <= 1


def test_comparing_writes_a_row_a_model_with_its_spread_and_storage(prepared, bundle, tmp_path, capsys, monkeypatch):
    options = ["--data", prepared, "--out", tmp_path / "table.json", "--samples", 16, "--seeds", 2, "--limit", 2,
               "--only", "pq-10,vq,no-mixing", "--width", 0.2, "--init-from", bundle, "--device", "cpu",
               "--threads", 1]  # fmt: skip
    monkeypatch.setattr("sys.argv", ["compare", *map(str, options)])
    compare.main()
    rows = json.loads((tmp_path / "table.json").read_text())["rows"]
    assert list(rows) == ["pq-10", "vq", "no-mixing"] and rows["pq-10"]["storage"]["bits"] == 10
    assert len(rows["vq"]["seeds"]) == 2 and len(rows["no-mixing"]["seeds"]) == 2
    assert rows["no-mixing"]["storage"] == {"codes": 4, "bits": 32, "words": 1024}
    assert rows["no-mixing"]["figures"]["fd"] is None and rows["no-mixing"]["figures"]["psnr"]["mean"] > 0
    printed = capsys.readouterr().out
    assert "plain vector, 1024" in printed and "no-mixing" in printed and "table.json" in printed


def test_quantizers_are_compared_by_what_a_cell_stores():
    from toile.stage_one.networks import StageOne, StageOneConfig

    shapes = {"pq": (4, 256), "rq": (4, 256), "vq": (1, 1024), "pq-10": (2, 32)}
    found = {name: compare.storage(StageOne(StageOneConfig(quantizer=name[:2], groups=groups, size=size)))
             for name, (groups, size) in shapes.items()}  # fmt: skip
    assert found["pq"] == found["rq"] == {"codes": 4, "bits": 32, "words": 1024}
    assert found["vq"] == {"codes": 1, "bits": 10, "words": 1024}
    assert found["pq-10"] == {"codes": 2, "bits": 10, "words": 64}


def test_a_spread_is_the_mean_and_half_the_range():
    assert compare.spread([1.0, 2.0, 6.0]) == {"mean": 3.0, "range": 2.5} and compare.spread([None, None]) is None


def test_an_unknown_row_is_named_beside_those_there_are(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["compare", "--data", "d", "--out", "o", "--only", "fsq"])
    with pytest.raises(SystemExit):
        compare.main()
    assert "--only fsq is none of: pq, rq, vq, pq-10, start, refined" in capsys.readouterr().err


def test_a_picture_pressed_by_jpeg_keeps_its_form(monkeypatch):
    pressed, write = [], Image.Image.save
    monkeypatch.setattr(Image.Image, "save", lambda *given, **options: pressed.append(given) or write(*given, **options))
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8))
    rng = np.random.default_rng(1)
    views = [perceptual.draw_view(np.asarray(noise), rng, 16) for _ in range(10)]
    assert {(view.dtype.name, view.shape) for view in views} == {("uint8", (16, 16, 3))} and 0 < len(pressed) < 10
