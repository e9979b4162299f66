"""Stage II: condition sequences, who sees whom, training masks, presets, and that a transformer of the kind learns."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from toile.data import Split, load_split, save_split
from toile.export import HeadGraph, ProcessorHeadGraph
from toile.origins import pictures_checksum
from toile.stage_two import negatives
from toile.stage_two.attend import Dropout, attend
from toile.stage_two.batches import Batches, Cells
from toile.stage_two.conditions import EOT, EOV, PADDING, SEP, TEXT, VISUAL, VisualCondition, build_conditions
from toile.stage_two.masking import STRATEGIES, apply_mask, corrupt_visible, sample_masks
from toile.stage_two.muon import WideMuon
from toile.stage_two.negatives import FAULTS, SWAPS, Examples, area_under_curve, draw_examples, judge_estimators
from toile.stage_two.samples import Samples
from toile.stage_two.smart import choose_kept
from toile.stage_two.train import cell_weights, describe_estimators, make_optimizers, token_loss
from toile.stage_two.transformer import PRESETS, DepthHead, Transformer, TransformerConfig
from toile.tokenizer import train_tokenizer

TINY = TransformerConfig(layers=2, width=32, heads=2, size=16, grid=4, vocabulary=50, dropout=0.0)


def make_model(**options) -> Transformer:
    """Untrained, but with weights large enough that everything seen shows in the outputs."""
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(**(TINY.__dict__ | options))).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1 and "head" not in name:
                parameter.normal_(std=0.3)
        model.estimators.normal_()
    return model


def reference(*positions: int, seed=0, groups=4) -> VisualCondition:
    codes = np.random.default_rng(seed).integers(0, 16, (len(positions), groups))
    return VisualCondition(codes, np.array(positions))


def random_codes(batch: int, model: Transformer, seed=0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, model.config.size, (batch, model.config.cells, model.config.groups), generator=generator)


# condition sequences


def test_a_sequence_runs_from_references_over_eov_and_text_to_eot():
    first, second = reference(0, 1, 16), reference(5, seed=1)
    found = build_conditions([[7, 9]], [[first, second]])
    assert found.kind[0].tolist() == [VISUAL, VISUAL, VISUAL, SEP, VISUAL, EOV, TEXT, TEXT, EOT]
    assert found.visual_positions[0].tolist() == [0, 1, 16, 0, 5, 0, 0, 0, 0]
    assert found.visual_codes[0, :3].tolist() == first.codes.tolist()
    assert found.visual_codes[0, 4].tolist() == second.codes[0].tolist()
    assert found.text_ids[0].tolist() == [0, 0, 0, 0, 0, 0, 7, 9, 0]
    assert found.text_positions[0].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0]


def test_without_any_condition_the_two_ends_are_left():
    assert build_conditions([[]]).kind.tolist() == [[EOV, EOT]]


def test_shorter_rows_are_padded_at_their_end():
    found = build_conditions([[], [4, 5]], [[reference(3)], []])
    assert found.kind.tolist() == [[VISUAL, EOV, EOT, PADDING], [EOV, TEXT, TEXT, EOT]]
    assert found.present.tolist() == [[True, True, True, False], [True] * 4]


def test_a_reference_with_more_positions_than_codes_is_refused():
    with pytest.raises(ValueError):
        build_conditions([[]], [[VisualCondition(np.zeros((2, 4), int), np.arange(3))]])


def test_a_padded_batch_gives_what_its_rows_give_alone():
    model = make_model()
    texts, visuals = [[3, 8, 2, 30], [], [11]], [[], [reference(0, 1, 4), reference(2)], []]
    codes = random_codes(3, model)
    with torch.no_grad():
        together = model(codes, build_conditions(texts, visuals), estimate=True)
        for n in range(3):
            alone = model(codes[n : n + 1], build_conditions(texts[n : n + 1], visuals[n : n + 1]), estimate=True)
            for whole, row in zip(together, alone, strict=True):
                torch.testing.assert_close(whole[n : n + 1], row, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("texts, visuals", [
    ([[3], [4]], None), ([[3, 4], [4, 3]], None), ([[], []], [[reference(1)], [reference(2)]]),
    ([[], []], [[reference(1, seed=0)], [reference(1, seed=1)]]), ([[], []], [[], [reference(1)]]),
    ([[], []], [[reference(1), reference(2, seed=1)], [reference(2, seed=1), reference(1)]]),
])  # fmt: skip
def test_conditions_that_differ_give_different_cells(texts, visuals):
    model = make_model()
    with torch.no_grad():
        hidden, _, _ = model(random_codes(1, model).repeat(2, 1, 1), build_conditions(texts, visuals))
    # references in another order are the same set: their tokens carry no order of their own
    reordered = visuals is not None and len(visuals[0]) == len(visuals[1]) == 2
    assert torch.allclose(hidden[0], hidden[1], atol=1e-5) == reordered


# who sees whom


def watch_keys(model: Transformer) -> list[torch.Tensor]:
    """Collects the conditions' keys as each block's attention is given them beside the cells."""
    seen = []
    for block in model.blocks:
        block.attention.register_forward_hook(
            lambda _, given, __: seen.append(given[1][0].detach().clone()) if given[1] is not None else None
        )
    return seen


def test_changing_a_target_code_changes_no_conditions_keys():
    model, conditions = make_model(), build_conditions([[3, 8]], [[reference(0, 1)]])
    codes = random_codes(1, model)
    changed = codes.clone()
    changed[0, 5] = (changed[0, 5] + 1) % 16
    keys = watch_keys(model)
    with torch.no_grad():
        before, after = model(codes, conditions)[0], model(changed, conditions)[0]
    assert not torch.allclose(before, after)
    assert len(keys) == 2 * model.config.layers
    assert all(torch.equal(a, b) for a, b in zip(keys[: len(keys) // 2], keys[len(keys) // 2 :], strict=True))


def test_every_cell_sees_every_condition_and_every_cell():
    model = make_model(layers=1)
    with torch.no_grad():
        hidden = model(random_codes(1, model), build_conditions([[3, 8]]))[0]
        other_text = model(random_codes(1, model), build_conditions([[3, 9]]))[0]
        changed = random_codes(1, model)
        changed[0, 0] = (changed[0, 0] + 1) % 16
        other_cell = model(changed, build_conditions([[3, 8]]))[0]
    assert ((hidden - other_text).abs().amax(2) > 1e-6).all()
    assert ((hidden - other_cell).abs().amax(2) > 1e-6).all()


def test_cells_see_neither_rel_nor_fdl():
    model, conditions = make_model(), build_conditions([[3, 8]])
    codes = random_codes(2, model)
    with torch.no_grad():
        alone, _, _ = model(codes[:1], conditions)
        beside, relevance, fidelity = model(codes[:1], conditions, estimate=True)
        model.estimators.mul_(-3)
        moved, other_relevance, other_fidelity = model(codes[:1], conditions, estimate=True)
    torch.testing.assert_close(beside, alone)
    assert torch.equal(beside, moved)
    assert relevance != other_relevance and fidelity != other_fidelity


@pytest.mark.parametrize("moved", [0, 1])
def test_rel_and_fdl_do_not_see_each_other(moved):
    model, conditions = make_model(), build_conditions([[3, 8]])
    codes = random_codes(1, model)
    with torch.no_grad():
        before = model(codes, conditions, estimate=True)[1:]
        model.estimators[moved] *= -3
        after = model(codes, conditions, estimate=True)[1:]
    assert before[moved] != after[moved] and before[1 - moved] == after[1 - moved]


def test_rel_sees_the_conditions_and_fdl_does_not():
    # one layer: through more of them the cells, which have seen the conditions, pass some of it on to [FDL]
    model = make_model(layers=1)
    codes = random_codes(1, model)
    with torch.no_grad():
        found = [model(codes, build_conditions([text]), estimate=True)[1:] for text in ([3, 8], [40, 41])]
        seen_cells = model(random_codes(1, model, seed=1), build_conditions([[3, 8]]), estimate=True)[1:]
    (relevance, fidelity), (other_relevance, other_fidelity) = found
    assert relevance != other_relevance and fidelity == other_fidelity
    assert seen_cells[0] != relevance and seen_cells[1] != fidelity


def test_the_estimators_have_no_neighbours_on_the_grid():
    block = make_model().blocks[0]
    x = torch.randn(1, TINY.cells + 2, TINY.width)
    with torch.no_grad():
        mixed, alone = block.mix_near(x), block.mix_near(x[:, : TINY.cells])
    assert torch.equal(mixed[:, TINY.cells :], x[:, TINY.cells :]) and torch.equal(mixed[:, : TINY.cells], alone)


# training masks


def lies_in_boxes(mask: np.ndarray) -> bool:
    """Whether every true cell belongs to a 2x2 square of true cells, as every box has at least that size."""
    square = mask[:-1, :-1] & mask[1:, :-1] & mask[:-1, 1:] & mask[1:, 1:]
    covered = np.zeros_like(mask)
    for y in (0, 1):
        for x in (0, 1):
            covered[y : y + square.shape[0], x : x + square.shape[1]] |= square
    return bool((covered == mask).all())


def masks(strategy: str, count=300, seed=0) -> np.ndarray:
    return sample_masks(count, 16, np.random.default_rng(seed), {strategy: 1.0}).view(count, 16, 16).numpy()


def test_all_masks_every_cell():
    assert masks("all").all()


def test_random_masks_scattered_cells_of_a_share_from_a_tenth_to_all():
    found = masks("random")
    shares = found.mean((1, 2))
    assert 0.1 <= shares.min() < 0.13 and 0.97 < shares.max() <= 1 and abs(shares.mean() - 0.55) < 0.05
    assert not any(lies_in_boxes(mask) for mask in found if mask.mean() < 0.8)


def test_inside_masks_boxes_and_outside_leaves_them():
    inside, outside = masks("inside"), masks("outside")
    assert all(lies_in_boxes(mask) for mask in inside)
    assert all(lies_in_boxes(~mask) for mask in outside)
    assert 0.2 < inside.mean() < 0.6 and np.array_equal(inside, ~outside)
    assert not inside.all((1, 2)).any()


def test_strategies_come_in_the_papers_shares():
    assert STRATEGIES == {"random": 0.70, "all": 0.10, "inside": 0.10, "outside": 0.10}
    found = sample_masks(3000, 16, np.random.default_rng(0)).view(-1, 16, 16).numpy()
    whole = found.all((1, 2))
    boxes = ~whole & np.array([lies_in_boxes(mask) or lies_in_boxes(~mask) for mask in found])
    assert abs(whole.mean() - 0.10) < 0.02 and abs(boxes.mean() - 0.20) < 0.025


def test_masks_are_the_same_for_the_same_draws():
    assert np.array_equal(masks("inside", 5, seed=3), masks("inside", 5, seed=3))
    assert not np.array_equal(masks("inside", 5, seed=3), masks("inside", 5, seed=4))


def test_corruption_never_touches_masked_cells():
    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 256, (64, 256, 4), generator=generator)
    masked = torch.rand(64, 256, generator=generator) < 0.5
    corrupted, doubted = corrupt_visible(codes, masked, 0.2, generator)
    assert torch.equal(corrupted[masked], codes[masked]) and not (doubted & masked).any()
    assert abs(doubted[~masked].float().mean() - 0.2) < 0.02


def test_three_in_four_doubted_tokens_are_another_pictures_of_the_same_cell():
    generator = torch.Generator().manual_seed(0)
    codes = torch.arange(64)[:, None, None] * 1000 + torch.arange(256)[None, :, None].expand(64, 256, 4)
    corrupted, doubted = corrupt_visible(codes, torch.zeros(64, 256, dtype=torch.bool), 0.3, generator)
    changed = (corrupted != codes).any(2)
    assert not (changed & ~doubted).any()
    assert abs(changed.sum() / doubted.sum() - 0.75 * 63 / 64) < 0.02
    assert torch.equal(corrupted % 1000, codes % 1000)


def hidden_cells(model: Transformer, guesses: list[int]) -> Cells:
    """Pictures with their upper half hidden, of which `guesses` cells are to show the model's own guess."""
    codes = random_codes(len(guesses), model)
    masked = (torch.arange(model.config.cells) < model.config.cells // 2).expand(len(guesses), -1)
    wanted = masked.flatten().nonzero()[:, 0]
    return Cells(apply_mask(codes, masked, model.config.size), codes, wanted, torch.zeros(len(wanted), dtype=torch.bool),
                 build_conditions([[]] * len(guesses)), torch.tensor(guesses))  # fmt: skip


def test_the_model_is_shown_as_many_of_its_own_guesses_as_asked_and_predicts_all_that_was_hidden():
    model = make_model()
    cells = hidden_cells(model, [0, 3, 8])
    shown = cells.guess(model)
    half = model.config.cells // 2
    assert torch.equal(shown.given[:, half:], cells.given[:, half:])  # true tokens stay
    filled = (shown.given != model.config.size).all(2)
    assert filled[:, :half].sum(1).tolist() == [0, 3, 8]
    assert ((shown.given == model.config.size).all(2) | filled).all()  # no token is half a guess
    assert torch.equal(shown.wanted, cells.wanted) and torch.equal(shown.codes, cells.codes)


def test_with_little_chance_the_likeliest_guesses_are_shown(monkeypatch):
    monkeypatch.setattr("toile.stage_two.batches.CHANCE", (1e-6, 2e-6))
    model, told = make_model(), []
    sample = DepthHead.sample
    monkeypatch.setattr(DepthHead, "sample", lambda *args: told.append(sample(*args)) or told[-1])
    shown = hidden_cells(model, [3]).guess(model)
    (guessed, log_prob), half = told[0], model.config.cells // 2
    best = log_prob[0, :half].topk(3).indices
    assert torch.equal(shown.given[0, best], guessed[0, best])


def test_the_guesses_that_are_shown_are_those_that_smart_keeps_by_the_same_draws(monkeypatch):
    monkeypatch.setattr("toile.stage_two.batches.CHANCE", (2.0, 2.0))
    model, told, draws = make_model(), [], torch.rand(1, TINY.cells, generator=torch.Generator().manual_seed(3))
    sample = DepthHead.sample
    monkeypatch.setattr(DepthHead, "sample", lambda *args: told.append(sample(*args)) or told[-1])
    monkeypatch.setattr(torch, "rand_like", lambda _: draws)
    shown, half = hidden_cells(model, [3]).guess(model), TINY.cells // 2
    kept = choose_kept(told[0][1][0, :half].numpy(), 3, draws[0, :half].numpy(), 2.0)
    assert (shown.given[0, :half, 0] != TINY.size).nonzero()[:, 0].tolist() == kept.tolist()


def test_guesses_are_drawn_group_by_group_from_what_the_head_says_of_those_before():
    torch.manual_seed(0)
    head, hidden = DepthHead(replace(TINY, size=4)), torch.randn(1, TINY.width).expand(4000, -1)
    with torch.no_grad():
        codes, told = head.sample(hidden)
        given = head(hidden, codes).log_softmax(-1)  # (4000, M, size)
    torch.testing.assert_close(told, given.gather(-1, codes[..., None])[..., 0].mean(-1))
    for group in range(head.groups):
        drawn = torch.nn.functional.one_hot(codes[:, group], 4).float().mean(0)
        torch.testing.assert_close(drawn, given[:, group].exp().mean(0), atol=0.03, rtol=0)


def test_masking_puts_the_mask_code_into_every_sub_code():
    masked = torch.tensor([[True, False]])
    assert apply_mask(torch.ones(1, 2, 4, dtype=torch.int64), masked, 16).tolist() == [[[16] * 4, [1] * 4]]


# what is quick on a CPU


@pytest.mark.parametrize("bias", [None, (2, 1, 1, 7), (2, 1, 5, 7)])
def test_attention_that_is_learned_from_in_bf16_is_the_same_attention(bias):
    generator = torch.Generator().manual_seed(0)
    shapes = [(2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 8)]
    exact = [torch.randn(shape, generator=generator, requires_grad=True) for shape in shapes]
    rough = [x.detach().bfloat16().requires_grad_() for x in exact]
    hidden = None if bias is None else (torch.rand(bias, generator=generator) < 0.4) * -1e4
    found = [attend(*inputs, hidden) for inputs in (exact, rough)]
    torch.testing.assert_close(found[1].float(), found[0], atol=0.03, rtol=0.03)
    for y in found:
        y.float().square().sum().backward()
    for x, y in zip(exact, rough, strict=True):
        assert (x.grad - y.grad.float()).norm() < 0.03 * x.grad.norm()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dropout_drops_its_share_and_keeps_the_mean(dtype):
    torch.manual_seed(0)
    found = Dropout(0.25)(torch.ones(301, 333, dtype=dtype))  # no multiple of eight values
    assert set(found.unique().tolist()) == {0.0, torch.tensor(4 / 3, dtype=dtype).item()}
    assert abs((found == 0).float().mean() - 0.25) < 0.01
    assert not torch.equal(found[0], found[1])


def test_nothing_is_dropped_of_what_is_not_learned_from():
    x = torch.ones(9, 9)
    assert Dropout(0.25).eval()(x) is x and torch.equal(Dropout(0.0)(x), x)
    assert not Dropout(1.0)(x).any()


# presets


@pytest.mark.parametrize("shape", [(24, 8), (8, 24), (16, 16)])
def test_muon_in_float32_takes_pytorchs_steps_but_for_their_rounding_and_shares_its_state(shape):
    generator = torch.Generator().manual_seed(0)
    start, *gradients = (torch.randn(shape, generator=generator) for _ in range(4))
    weights = [nn.Parameter(start.clone()) for _ in range(2)]
    options = {"lr": 0.1, "weight_decay": 0.045, "adjust_lr_fn": "match_rms_adamw"}
    narrow, wide = (kind([weight], **options) for kind, weight in zip((torch.optim.Muon, WideMuon), weights, strict=True))
    for gradient in gradients:
        for weight, optimizer in zip(weights, (narrow, wide), strict=True):
            weight.grad = gradient.clone()
            optimizer.step()
    moved = [weight.detach() - start for weight in weights]
    assert (moved[0] - moved[1]).norm() < 0.03 * moved[0].norm()
    wide.load_state_dict(narrow.state_dict())
    torch.testing.assert_close(wide.state[weights[1]]["momentum_buffer"], narrow.state[weights[0]]["momentum_buffer"])


@pytest.mark.parametrize(("fast", "kind"), [(True, torch.optim.Muon), (False, WideMuon)])
def test_a_cpu_without_bf16_takes_muons_steps_in_float32(monkeypatch, fast, kind):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: fast)
    assert type(make_optimizers(make_model(), 1e-3)[0]) is kind


@pytest.mark.parametrize("preset, least, most", [("s", 16.5, 19.5), ("b", 41, 45), ("paper", 300, 320)])
def test_presets_have_the_sizes_they_are_named_for(preset, least, most):
    with torch.device("meta"):
        model = Transformer(PRESETS[preset])
    assert least < sum(p.numel() for p in model.parameters()) / 1e6 < most


def test_the_papers_preset_takes_a_training_step():
    config = PRESETS["paper"]
    assert (config.layers, config.width, config.heads, config.cells) == (24, 1024, 16, 256)
    model = Transformer(config)
    optimizers = make_optimizers(model, 1e-3)
    codes, masked = torch.randint(0, 256, (1, 256, 4)), torch.rand(1, 256) < 0.6
    conditions = build_conditions([[5, 6, 7]], [[reference(0, 1)]])
    hidden, relevance, fidelity = model(apply_mask(codes, masked, 256), conditions, estimate=True)
    loss, nats = token_loss(model, hidden, codes, masked.flatten(), torch.ones(256), 0.05)
    assert nats.mean().item() == pytest.approx(math.log(256), abs=0.5)
    (loss + relevance.sum() + fidelity.sum()).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
    for block in model.blocks[1:]:  # the update of one block stands for all: those of 24 take a CPU a minute
        for parameter in block.parameters():
            parameter.grad = None
    before = [w.detach().clone() for w in (model.blocks[0].attention.qkv.weight, model.word.weight)]
    for optimizer in optimizers:
        optimizer.step()
    for old, new in zip(before, (model.blocks[0].attention.qkv.weight, model.word.weight), strict=True):
        assert torch.isfinite(new).all() and 0 < (new - old).abs().max() < 0.02


# learning


def test_a_tiny_model_memorises_a_tiny_set_and_one_shot_restores_every_masked_token():
    torch.manual_seed(0)
    model = Transformer(TINY)
    codes = random_codes(4, model)
    conditions = build_conditions([[1], [2, 3], [4], [5, 6, 7]])
    optimizer = torch.optim.AdamW(model.parameters(), 4e-3)
    rng, losses = np.random.default_rng(0), []
    for _ in range(220):
        masked = sample_masks(4, 4, rng, {"random": 0.5, "all": 0.5})
        hidden, _, _ = model(apply_mask(codes, masked, 16), conditions)
        loss, _ = token_loss(model, hidden, codes, masked.flatten(), torch.ones(16), 0.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(math.log(16), abs=0.5) and np.mean(losses[-10:]) < 0.1 * losses[0]
    with torch.no_grad():
        everything = torch.full_like(codes, 16)
        hidden, _, _ = model(everything, conditions)
        zero = torch.zeros(4, 16, 4)
        cold, unbounded = torch.full((4,), 1e-3), torch.zeros(4)
        found, _ = HeadGraph(model)(hidden[None], torch.ones(1), everything, zero + 0.5, cold, unbounded)
    assert (found == codes).float().mean() > 0.98


class ParallelHead(DepthHead):
    """The baseline: four softmaxes of the cell alone, none of which knows the other sub-codes."""

    def forward(self, hidden, codes):
        state = self.norm(hidden)
        return torch.stack([self.group_logits(m, state) for m in range(self.groups)], -2)


def dependent_codes(count: int, seed: int) -> torch.Tensor:
    """(n, 4): the first of 16 codes is drawn, each next one is a fixed other order of it."""
    generator = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(16, generator=torch.Generator().manual_seed(n)) for n in range(3)]
    first = torch.randint(0, 16, (count,), generator=generator)
    return torch.stack([first, *(order[first] for order in orders)], 1)


@pytest.fixture(scope="module")
def heads():
    """The chain and the baseline, trained alike where sub-codes depend on each other and the cell tells nothing."""
    trained = {}
    for kind in (DepthHead, ParallelHead):
        torch.manual_seed(0)
        model = Transformer(TINY)
        model.head = kind(TINY)
        optimizer = torch.optim.Adam(model.head.parameters(), 1e-2)
        for step in range(200):
            codes = dependent_codes(128, step)
            logits = model.head(torch.ones(128, TINY.width), codes)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), codes.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        trained[kind] = model.eval()
    return trained


def nats(model: Transformer) -> torch.Tensor:
    codes = dependent_codes(1024, 10_000)
    with torch.no_grad():
        logits = model.head(torch.ones(1024, TINY.width), codes)
    return nn.functional.cross_entropy(logits.flatten(0, 1), codes.flatten(), reduction="none").view(-1, 4).mean(0)


def test_the_depth_chain_is_likelier_than_parallel_softmaxes_where_sub_codes_depend_on_each_other(heads):
    chain, parallel = nats(heads[DepthHead]), nats(heads[ParallelHead])
    assert parallel.tolist() == pytest.approx([math.log(16)] * 4, abs=0.15)
    assert chain[0].item() == pytest.approx(math.log(16), abs=0.15) and chain[1:].max() < 0.1
    assert chain.mean() < 0.35 * parallel.mean()


def test_codes_sampled_down_the_chain_fit_together(heads):
    masked = torch.full((1, 400, 4), 16)
    hidden, uniforms = torch.ones(1, 1, 400, TINY.width), torch.rand(1, 400, 4)
    with torch.no_grad():
        found, _ = HeadGraph(heads[DepthHead])(hidden, torch.ones(1), masked, uniforms, torch.ones(1), torch.zeros(1))
    known = {tuple(row) for row in dependent_codes(2000, 0).tolist()}
    drawn = [tuple(row) for row in found[0].tolist()]
    assert len(known) == 16 and len(set(drawn) & known) == 16
    assert np.mean([row in known for row in drawn]) > 0.95


@pytest.mark.parametrize("graph", [HeadGraph, ProcessorHeadGraph])
def test_no_sub_code_is_drawn_that_is_less_likely_than_min_p_of_the_likeliest(graph):
    torch.manual_seed(3)
    model = Transformer(TINY).eval()
    with torch.no_grad():
        for layer in model.head.logits:
            layer.weight.mul_(30)
        hidden, uniforms = torch.randn(1, 2, 4000, TINY.width), torch.rand(2, 4000, 4)
        masked, hot = torch.full((2, 4000, 4), 16), torch.full((2,), 2.0)
        codes, _ = graph(model)(hidden, torch.ones(1), masked, uniforms, hot, torch.tensor([0.0, 0.2]))
        log_prob = model.head(hidden[0], codes).log_softmax(-1)  # (2, 4000, M, size)
    share = (log_prob.gather(-1, codes[..., None])[..., 0] - log_prob.amax(-1)).exp()
    assert share[1].min() > 0.2 - 1e-4 and share[1].min() < 0.25  # all of the others may come
    assert (share[0] < 0.2).float().mean() > 0.1


# samples and estimators' negatives


TOKENS = ("codes", "crops", "accents")


def write_tokens(data: Path, out: Path, split: str, **tokens: np.ndarray) -> None:
    np.savez(out / f"{split}.npz", pictures=np.array(pictures_checksum(load_split(data, split))), **tokens)


@pytest.fixture
def samples(prepared, tmp_path) -> Samples:
    """The drawn catalogue's captions over tokens that say which picture, view and cell they are of."""
    codes = np.zeros((16, 2, 256, 4), np.uint8)
    codes[..., 0] = np.arange(16)[:, None, None]
    codes[..., 1] = np.arange(2)[None, :, None]
    codes[..., 2] = np.arange(256)
    write_tokens(prepared, tmp_path, "train", codes=codes, crops=codes[:, :, :64] + 100, accents=codes[..., 0] * 0)
    lines = [json.loads(line)["caption"] for line in (prepared / "train.jsonl").read_text().splitlines()]
    return Samples(prepared, tmp_path, train_tokenizer(lines, 300), 64, 0.3)


def test_a_target_is_any_view_of_the_drawn_picture(samples):
    rng = np.random.default_rng(0)
    rows = samples.draw(200, rng)
    target = samples.target(rows, rng)
    assert target.shape == (200, 256, 4) and np.array_equal(target[:, 0, 0].numpy(), rows)
    assert set(target[:, 0, 1].tolist()) == {0, 1} and set(rows) == set(range(16))


@pytest.mark.parametrize("combination, text, visual", [("vt", True, True), ("t", True, False), ("v", False, True),
                                                       ("none", False, False)])  # fmt: skip
def test_each_combination_holds_the_conditions_it_names(samples, combination, text, visual):
    rows, rng = np.arange(8), np.random.default_rng(0)
    found = samples.conditions(rows, combination, rng, samples.words(rows, combination, rng, drop_text=0.0))
    assert (found.kind == TEXT).any(1).tolist() == [text] * 8
    assert (found.kind == VISUAL).any(1).tolist() == [visual] * 8
    if visual:  # a part's own tokens, on the part's own 8x8 grid
        assert (found.visual_codes[found.kind == VISUAL][:, 0] >= 100).all()
        assert found.visual_positions.max() == 7 * 16 + 7


def test_splits_follow_one_another(prepared, tmp_path, samples):
    one = np.load(tmp_path / "train.npz")
    vals = [json.loads(line)["id"] for line in (prepared / "val.jsonl").read_text().splitlines()]
    write_tokens(prepared, tmp_path, "val", **{name: one[name][: len(vals)] for name in TOKENS})
    both = Samples(prepared, tmp_path, samples.tokenizer, 64, 0.3, ["train", "val"])
    assert [r.id for r in both.records[16:]] == vals and len(both.codes) == len(both.crops) == 16 + len(vals)


def test_text_is_dropped_at_the_asked_share(samples):
    words = samples.words(np.zeros(600, int), "t", np.random.default_rng(0), drop_text=0.25)
    assert abs(np.mean([bool(text) for text in words]) - 0.75) < 0.06


def test_a_photo_in_other_colours_is_drawn_in_its_own_place(samples, tmp_path):
    photos, shares = np.load(tmp_path / "train.npz"), samples.shares.copy()
    three = [replace(samples.records[5], id=f"made-{n}", made_of=samples.records[5].id, accents=[c])
             for n, c in enumerate(("red", "green", "blue"))]  # fmt: skip
    save_split(tmp_path, "train", Split(np.zeros((16, 1, 1, 3), np.uint8), samples.records))
    save_split(tmp_path, "recoloured", Split(np.zeros((3, 1, 1, 3), np.uint8), three))
    write_tokens(tmp_path, tmp_path, "train", **{name: photos[name] for name in TOKENS})
    write_tokens(tmp_path, tmp_path, "recoloured", **{name: photos[name][:3] for name in TOKENS})
    both = Samples(tmp_path, tmp_path, samples.tokenizer, 64, 0.3, ["train", "recoloured"])
    assert both.shares.sum() == pytest.approx(1)
    assert np.delete(both.shares[:16], 5) == pytest.approx(np.delete(shares, 5))
    assert both.shares[[5, 16, 17, 18]] == pytest.approx(shares[5] * np.array([1 / 2, 1 / 6, 1 / 6, 1 / 6]))
    alone = Samples(tmp_path, tmp_path, samples.tokenizer, 64, 0.3, ["recoloured"])
    assert alone.shares == pytest.approx(np.full(3, 1 / 3))


def test_cells_of_a_second_colour_are_stressed_where_the_words_name_it(samples):
    samples.records[3].accents = ["green", "white"]
    samples.accents[3, 1, [40, 41]], samples.accents[3, 1, 50] = 1, 2
    rows, views = np.array([3, 3, 3, 3, 0]), np.array([1, 1, 0, 1, 1])
    words = ["grey shoes with Green stripes", "white shoes", "white and green shoes", "blue shoes", "green shoes"]
    found = [row.nonzero()[:, 0].tolist() for row in samples.named_accents(rows, views, words)]
    assert found == [[40, 41], [50], [], [], []]


@pytest.mark.parametrize("spoilt, told", [({"accents": None}, "doesn't tell where second colours show"),
                                          ({"codes": 1}, r"are of \[1, 2\] views a picture"),
                                          ({"crops": 1}, r"are of \[1, 2\] reference parts a picture")])  # fmt: skip
def test_tokens_that_do_not_go_together_are_refused(prepared, tmp_path, samples, spoilt, told):
    one = np.load(tmp_path / "train.npz")
    vals = len((prepared / "val.jsonl").read_text().splitlines())
    parts = {name: one[name][:vals, : spoilt.get(name, 2)] for name in TOKENS if spoilt.get(name, 2)}
    write_tokens(prepared, tmp_path, "val", **parts)
    with pytest.raises(ValueError, match=told):
        Samples(prepared, tmp_path, samples.tokenizer, 64, 0.3, ["train", "val"])


@pytest.fixture
def examples(samples):
    """128 pictures for the estimators, with the row that each was made of."""
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(layers=1, width=16, heads=1, vocabulary=300, dropout=0.0))
    rows = np.tile(np.arange(16), 8)
    return draw_examples(samples, rows, np.random.default_rng(0)).guess(model), torch.from_numpy(rows)


def test_half_of_the_examples_are_right_in_either_way_and_each_negative_comes_up(examples):
    found, _ = examples
    assert found.codes.max() < 256 and (found.conditions.kind == TEXT).any(1).all()
    for labels, kinds in ((found.relevant, found.swap), (found.faithful, found.fault)):
        assert 0.35 < labels.float().mean() < 0.65
        assert torch.equal(labels, kinds == 0)
    assert len(found.swap.unique()) == len(SWAPS) and len(found.fault.unique()) == len(FAULTS)
    assert abs(np.corrcoef(found.relevant, found.faithful)[0, 1]) < 0.3


def test_a_faithful_picture_is_as_it_was_and_each_fault_spoils_it_in_its_way(examples):
    found, rows = examples
    codes, cells = found.codes, torch.arange(256)
    mine, in_place = codes[..., 0] == rows[:, None], codes[..., 2] == cells

    def of(fault: str) -> torch.Tensor:
        return found.fault == FAULTS.index(fault)

    assert (mine & in_place)[of("none")].all()
    foreign, kept = of("foreign box"), (mine & in_place)[of("foreign box")]
    assert in_place[foreign].all() and kept.any(1).all() and (~kept).any(1).float().mean() > 0.8
    shuffled = of("shuffled blocks")
    assert mine[shuffled].all() and (~in_place[shuffled]).any(1).all()
    assert torch.equal(codes[shuffled][..., 2].sort(1).values, cells.expand(int(shuffled.sum()), -1))
    guessed = 1 - (mine & in_place)[of("one-shot")].float().mean(1)
    assert guessed.min() > 0.5


def spoken_of(found: Examples) -> list[int]:
    """The row whose reference each example has."""
    return [int(c[k == VISUAL][0, 0]) - 100 for c, k in zip(found.conditions.visual_codes, found.conditions.kind,
                                                             strict=True)]  # fmt: skip


def test_swapped_conditions_are_of_another_article_or_of_another_colour_of_the_same(samples):
    rows = np.tile(np.arange(16), 8)
    # by a reference, whose tokens say which picture it is of
    found = draw_examples(samples, rows, np.random.default_rng(0), "v")
    spoken = spoken_of(found)
    for row, other, swap in zip(rows, spoken, found.swap.tolist(), strict=True):
        same = samples.articles[row] == samples.articles[other], samples.colours[row] == samples.colours[other]
        assert row == other if swap == 0 else same == (False, same[1]) if swap == 1 else same == (True, False)


@pytest.mark.parametrize("workers", [0, 2])
def test_every_nth_batch_is_for_the_estimators_whoever_draws_them(samples, workers):
    shares = {"t": 0.5, "vt": 0.5}
    config = TransformerConfig(layers=1, width=16, heads=1, vocabulary=300)
    batches = Batches(samples, config, shares, batch=6, estimate_every=4, seed=3, first=2)
    loader = batches.load(workers)
    found = [batch for batch, _ in zip(loader, range(8), strict=False)]
    assert loader.num_workers == workers
    assert [isinstance(batch, Examples) for batch in found] == [n % 4 == 3 for n in range(2, 10)]
    cells = [batch for batch in found if isinstance(batch, Cells)]
    assert len({batch.codes.numpy().tobytes() for batch in cells}) == len(cells)  # no process draws another's
    for batch in cells:
        assert batch.codes.shape == batch.given.shape == (6, 256, 4) and batch.codes.max() < 256
        hidden = (batch.given == 256).all(-1).flatten().nonzero()[:, 0]
        assert len(hidden) and set(hidden.tolist()) <= set(batch.wanted.tolist())


def test_a_batch_tells_which_of_its_cells_show_a_colour_that_its_words_name(samples):
    for record in samples.records:
        record.accents, record.colour = ["green"], "White"
    samples.accents[:, :, :30] = 1
    config = TransformerConfig(layers=1, width=16, heads=1, vocabulary=300)
    batch = next(iter(Batches(samples, config, {"t": 1.0}, batch=64, estimate_every=0)))
    assert batch.stressed.shape == batch.wanted.shape
    assert (batch.wanted[batch.stressed] % 256 < 30).all()
    shown = batch.wanted % 256 < 30
    assert 0.2 < batch.stressed[shown].float().mean() < 0.95  # those whose words don't name it are not


def test_a_stressed_cell_counts_for_several():
    torch.manual_seed(0)
    model = Transformer(TINY)
    codes, conditions = random_codes(2, model), build_conditions([[1], [2, 3]])
    hidden = model(codes, conditions)[0].detach()

    def loss(wanted: list[int], stress: torch.Tensor | float = 1.0) -> float:
        return token_loss(model, hidden, codes, torch.tensor(wanted), torch.ones(16), 0.0, stress)[0].item()

    assert loss([0, 20], torch.tensor([3.0, 1.0])) == pytest.approx(loss([0, 0, 0, 20]), rel=1e-5)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_the_batches_asks_for_guesses_of_what_is_hidden(samples, share):
    config = replace(TINY, grid=16, size=256)
    batches = iter(Batches(samples, config, {"t": 1.0}, batch=6, unrolled=share, estimate_every=0))
    for cells in (next(batches) for _ in range(3)):
        hidden = (cells.given == config.size).all(2).sum(1)
        assert (cells.guesses is not None) == (share == 1)
        assert cells.guesses is None or ((cells.guesses >= 0) & (cells.guesses <= hidden)).all()


def test_the_baseline_is_asked_for_every_cell_and_given_all(samples):
    config = TransformerConfig(layers=1, width=16, heads=1, vocabulary=300, causal=True)
    batch = next(iter(Batches(samples, config, {"t": 1.0}, batch=2, estimate_every=0)))
    assert torch.equal(batch.given, batch.codes) and torch.equal(batch.wanted, torch.arange(512))


def test_a_negative_that_the_catalogue_lacks_is_told_as_what_took_its_place(samples):
    def swaps() -> set[str]:
        found = draw_examples(samples, np.tile(np.arange(16), 8), np.random.default_rng(0))
        return {SWAPS[kind] for kind in found.swap.tolist()}

    for record in samples.records:
        record.colour = "Red"
    samples.colours[:] = "Red"
    assert swaps() == {"own", "another article"}
    for n, record in enumerate(samples.records):
        record.article, record.colour = "shirt", str(n)
    samples.articles, samples.colours = np.full(16, "shirt"), np.array([str(n) for n in range(16)])
    assert swaps() == {"own", "another colour"}


def test_words_of_another_colour_always_say_it(samples):
    for record in samples.records:
        record.caption = record.article  # as a caption may
    found = draw_examples(samples, np.tile(np.arange(16), 20), np.random.default_rng(0))
    texts = [samples.tokenizer.decode(ids[kind == TEXT].tolist())
             for ids, kind in zip(found.conditions.text_ids, found.conditions.kind, strict=True)]  # fmt: skip
    said = np.array(["red" in text or "blue" in text for text in texts])
    other = found.swap.numpy() == SWAPS.index("another colour")
    assert said[other].all() and 0.5 < said[~other].mean() < 0.95


def test_a_colour_that_no_words_say_is_no_other_colour(samples):
    samples.articles, samples.colours = np.full(16, "shirt"), np.array(["Red", "Blue", "", "NA"] * 4)
    for record, colour in zip(samples.records, samples.colours, strict=True):
        record.article, record.colour = "shirt", str(colour)
    rows = np.repeat([0, 1, 4, 5], 20)
    found = draw_examples(samples, rows, np.random.default_rng(0), "v")
    for row, other, swap in zip(rows, spoken_of(found), found.swap.tolist(), strict=True):
        assert {samples.colours[row], samples.colours[other]} == {"Red", "Blue"} if swap else row == other


def test_without_labels_swapped_conditions_are_of_another_picture(samples):
    samples.articles = samples.colours = np.full(16, "")
    for record in samples.records:
        record.article = record.colour = ""
    rows = np.tile(np.arange(16), 20)
    found = draw_examples(samples, rows, np.random.default_rng(0), "v")
    pairs = zip(rows, spoken_of(found), found.swap.tolist(), strict=True)
    assert found.swap.any() and all((row == other) == (swap == 0) for row, other, swap in pairs)


def test_a_picture_that_is_alone_speaks_for_itself(samples):
    samples.records = samples.records[:1]
    samples.articles, samples.colours, samples.shares = samples.articles[:1], samples.colours[:1], np.ones(1)
    found = draw_examples(samples, np.zeros(20, int), np.random.default_rng(0), "v")
    assert (found.swap == 0).all() and found.conditions.kind.shape[0] == 20


def test_canonical_words_depend_on_no_draw(samples):
    rows = np.arange(16)

    def words(seed: int, worded: bool) -> list:
        return samples.words(rows, "t", np.random.default_rng(seed), drop_text=0.0, worded=worded)

    assert words(0, worded=False) == words(1, worded=False)
    assert words(0, worded=True) != words(1, worded=True)


def test_an_estimator_that_knows_nothing_has_half_the_area_and_one_that_knows_all_the_whole(samples):
    rng = np.random.default_rng(0)
    assert area_under_curve(rng.normal(size=2000), rng.normal(size=2000)) == pytest.approx(0.5, abs=0.03)
    assert area_under_curve(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1.0
    assert area_under_curve(np.ones(3), np.ones(2)) == 0.5
    assert math.isnan(area_under_curve(np.ones(3), np.ones(0)))
    model = Transformer(TransformerConfig(layers=1, width=16, heads=1, vocabulary=300, dropout=0.0))
    told = judge_estimators(samples, model, "cpu", count=16)
    assert set(told["relevance"]) == set(SWAPS[1:]) and set(told["fidelity"]) == set(FAULTS[1:])
    assert str(told) == str(judge_estimators(samples, model, "cpu", count=16))


def test_estimators_are_judged_once_on_each_picture_and_by_no_label_that_there_is_none_of(samples, monkeypatch):
    asked = []
    draw = negatives.draw_examples
    monkeypatch.setattr(negatives, "draw_examples", lambda s, rows, *rest, **more: asked.extend(rows) or
                        draw(s, rows, *rest, **more))  # fmt: skip
    samples.articles[:], samples.colours[:] = "", ""
    for record in samples.records:
        record.article = record.colour = ""
    model = Transformer(TransformerConfig(layers=1, width=16, heads=1, vocabulary=300, dropout=0.0))
    told = judge_estimators(samples, model, "cpu")
    assert asked == list(range(16)) and set(told["relevance"]) == {"another picture"}
    told["fidelity"]["one-shot"] = math.nan
    assert "relevance against another picture 0." in describe_estimators(told) and "nan" not in describe_estimators(told)
    told["relevance"]["another picture"] = math.nan
    assert describe_estimators(told).startswith("area under the curve of fidelity against ")
    assert describe_estimators({"relevance": {}, "fidelity": {}}) == "val has too few pictures to judge the estimators on"


def test_common_cells_weigh_less_and_the_mean_weight_is_one():
    codes = np.zeros((10, 1, 100, 4), np.uint8)
    codes[:, 0, 90:, 0] = 7
    weights = cell_weights(codes, 16, 0.5)
    assert weights[0] < weights[7]
    assert 0.9 * weights[0] + 0.1 * weights[7] == pytest.approx(1.0, abs=1e-5)
    assert torch.unique(cell_weights(codes, 16, 0.0)).numel() == 1
