"""Carrying a transformer over to other codes: a renaming is undone whole, and what training gained is kept."""

import pytest
import torch
from test_stage_two import TINY, make_model, random_codes

from toile.stage_two.carry_over import carry_over
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
            return token_loss(model, hidden, codes, masked, torch.ones(SIZE), 0.0)[1]

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
