"""Carrying a transformer over to other codes: a renaming is undone whole, and what training gained is kept."""

import sys

import numpy as np
import pytest
import torch
from test_stage_two import TINY, make_model, random_codes

from toile.data import load_split
from toile.origins import origins_of, pictures_checksum
from toile.stage_two.carry_over import carry_over, main
from toile.stage_two.conditions import build_conditions
from toile.stage_two.masking import apply_mask
from toile.stage_two.train import token_loss

SIZE, GROUPS = TINY.size, TINY.groups


def renaming() -> torch.Tensor:
    """(M, K): what each group's codes are called anew."""
    return torch.stack([torch.randperm(SIZE, generator=torch.Generator().manual_seed(m)) for m in range(GROUPS)])


def rename(codes: torch.Tensor, names: torch.Tensor) -> torch.Tensor:
    return torch.stack([names[m][codes[..., m]] for m in range(GROUPS)], -1)


def test_a_model_says_of_renamed_codes_what_it_said_of_them_before():
    model, codes, conditions = make_model(), random_codes(2, make_model(), seed=4), build_conditions([[3, 8], [5]])
    masked = torch.rand(2, TINY.cells, generator=torch.Generator().manual_seed(0)) < 0.5
    everything = torch.arange(4096)[:, None].expand(-1, GROUPS) % SIZE  # each code as often as any other

    def nats(codes: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            hidden, _, _ = model(apply_mask(codes, masked, SIZE), conditions)
            return token_loss(model, hidden, codes, masked.flatten(), torch.ones(SIZE), 0.0)[1]

    before, names = nats(codes), renaming()
    assert not torch.allclose(nats(rename(codes, names)), before, atol=1e-3)
    carry_over(model, everything, rename(everything, names))
    torch.testing.assert_close(nats(rename(codes, names)), before, atol=1e-4, rtol=1e-4)


def test_codes_that_never_occur_get_what_all_have_on_average():
    model = make_model()
    table = model.code.tables[0].weight.detach().clone()
    old = torch.arange(SIZE)[:, None].expand(-1, GROUPS)
    carry_over(model, old, old // 2)  # the upper half of the new codes stands for nothing
    upper = model.code.tables[0].weight[SIZE // 2 : SIZE]
    assert torch.isfinite(upper).all() and torch.allclose(upper, upper[:1].expand_as(upper))
    assert torch.equal(model.code.tables[0].weight[SIZE], table[SIZE])  # [MASK]


def test_codes_of_other_cells_or_groups_are_refused():
    with pytest.raises(ValueError, match=r"shape \(N, 4\): got \[8, 4\] and \[8, 3\]"):
        carry_over(make_model(), torch.zeros(8, 4, dtype=torch.int64), torch.zeros(8, 3, dtype=torch.int64))


def test_a_token_that_says_the_same_by_other_groups_is_embedded_as_before():
    model, every = make_model(), torch.cartesian_prod(*[torch.arange(SIZE)] * GROUPS)  # (K^M, M): every token once

    def embedded(codes: torch.Tensor) -> torch.Tensor:
        return sum(table.weight[codes[:, m]] for m, table in enumerate(model.code.tables)).detach()

    before, roles_swapped = embedded(every), every.roll(1, dims=1)
    assert not torch.allclose(embedded(roles_swapped), before, atol=0.1)
    carry_over(model, every, roles_swapped)
    torch.testing.assert_close(embedded(roles_swapped), before, atol=1e-4, rtol=1e-4)


def test_a_new_code_starts_as_likely_as_it_is_frequent():
    model = make_model()
    for layer in model.head.logits:
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    old = torch.arange(256 * SIZE)[:, None].expand(-1, GROUPS) % SIZE
    carry_over(model, old, torch.where(old < SIZE // 2, 0, old))  # the first stands for half of all
    for layer in model.head.logits:
        assert layer.bias.softmax(0)[0].item() == pytest.approx(0.5, abs=0.01)


@pytest.fixture
def carry(bundle, prepared, tmp_path, monkeypatch):
    """Runs the script over drawn tokens of so many pictures; returns the checkpoint."""

    def run(pictures: int) -> dict:
        codes = np.random.default_rng(0).integers(0, 256, (pictures, 1, 256, 4)).astype(np.uint8)
        whose = np.array(pictures_checksum(load_split(prepared, "train")))
        np.savez(tmp_path / "train.npz", codes=codes, codebook=np.array("the new codebook"), pictures=whose)
        options = ["--bundle", bundle, "--tokens", tmp_path, "--data", prepared, "--out", tmp_path / "carried.pt"]
        monkeypatch.setattr(sys, "argv", ["carry_over", *map(str, options), "--device", "cpu"])
        main()
        return torch.load(tmp_path / "carried.pt", weights_only=False)

    return run


def test_a_carried_transformer_tells_that_it_was(carry):
    assert carry(16)["runs"][-1] == {"note": "carried over to another stage I's codes"}


def test_a_carried_transformer_goes_with_the_new_codebook_and_its_own_tokenizer(carry, bundle):
    assert carry(16)["origins"] == origins_of(bundle) | {"codebook": "the new codebook"}


def test_tokens_of_another_catalogue_are_refused(carry):
    with pytest.raises(ValueError, match="train.npz holds the tokens of 15 pictures, and the split of .* has 16: run"):
        carry(15)
