"""Style codes: quantizers behind one interface, codebooks that follow what they encode, and a decoder that stays local."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from toile.bundle import load_stage_one
from toile.onnx_networks import from_bytes
from toile.stage_one.networks import StageOne, StageOneConfig
from toile.stage_one.quantizer import QUANTIZERS, Codebook, make_quantizer
from toile.stage_two.tokens import encode_split

ROOT = Path(__file__).parents[2]
KINDS = {"pq": 4, "vq": 1, "rq": 4}  # codes a cell


def small(kind: str, channels=16, size=32, **options):
    torch.manual_seed(0)
    return make_quantizer(kind, channels, size=size, **({} if kind == "vq" else {"groups": 4}) | options)


def tiny_stage(**options) -> StageOne:
    """Narrow, and with every convolution at work: a fresh residual block would add nothing."""
    torch.manual_seed(0)
    narrow = (8, 8, 8, 8)
    stage = StageOne(StageOneConfig(encoder_widths=narrow, decoder_widths=narrow, style_widths=narrow, **options))
    for block in [*stage.encoder.blocks, stage.encoder.last, *stage.decoder.blocks]:
        torch.nn.init.normal_(block.convs[1].weight, std=0.2)
    return stage.eval()


def blobs(centres: torch.Tensor, each: int, spread: float, seed=0) -> torch.Tensor:
    """`each` vectors around every centre, shuffled."""
    generator = torch.Generator().manual_seed(seed)
    vectors = centres.repeat(each, 1) + spread * torch.randn(each * len(centres), centres.shape[1], generator=generator)
    return vectors[torch.randperm(len(vectors), generator=generator)]


def learnable(batch: int) -> torch.Tensor:
    """(B, 16, 8, 8) around 24 vectors: no codebook of 32 words compresses pure noise of 16 dimensions."""
    torch.manual_seed(1)
    return blobs(torch.randn(24, 16), 64 * batch // 24 + 1, 0.1)[: 64 * batch].view(batch, 8, 8, 16).permute(0, 3, 1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_every_quantizer_gives_codes_words_and_a_loss_of_the_same_form(kind):
    quantizer = small(kind).eval()
    z = torch.randn(3, 16, 4, 6)
    found = quantizer(z)
    assert found.codes.shape == (3, KINDS[kind], 4, 6) and found.codes.dtype == torch.int64
    assert found.values.shape == z.shape and found.loss.ndim == 0 and found.loss > 0
    assert found.codes.min() >= 0 and found.codes.max() < 32
    torch.testing.assert_close(quantizer.lookup(found.codes), found.values)


def test_an_unknown_quantizer_is_named_beside_those_there_are():
    with pytest.raises(ValueError, match="no quantizer 'fsq'; there are: pq, vq, rq"):
        make_quantizer("fsq", 16)


def test_channels_that_do_not_split_into_the_groups_are_refused():
    with pytest.raises(ValueError, match="10 channels do not split into 4 groups"):
        make_quantizer("pq", 10, groups=4)


@pytest.mark.parametrize("kind", ["pq", "vq"])
def test_each_part_of_a_vector_takes_the_nearest_word_of_its_own_codebook(kind):
    quantizer = small(kind).eval()
    z = torch.randn(2, 16, 3, 5)
    codes = quantizer(z).codes
    for m, (book, part) in enumerate(zip(quantizer.books, z.chunk(KINDS[kind], dim=1), strict=True)):
        vectors = part.permute(0, 2, 3, 1).reshape(-1, part.shape[1])
        assert torch.equal(torch.cdist(vectors, book.words).argmin(1), codes[:, m].flatten())


def test_each_residual_code_is_nearest_to_what_the_ones_before_left_over():
    quantizer = small("rq").eval()
    rest = torch.randn(2, 16, 3, 5)
    codes = quantizer(rest).codes
    for m, book in enumerate(quantizer.books):
        vectors = rest.permute(0, 2, 3, 1).reshape(-1, 16)
        assert torch.equal(torch.cdist(vectors, book.words).argmin(1), codes[:, m].flatten())
        rest = rest - book.words[codes[:, m]].permute(0, 3, 1, 2)


def test_product_codes_of_one_part_do_not_depend_on_the_others():
    quantizer = small("pq").eval()
    z = torch.randn(2, 16, 3, 3)
    changed = z.clone()
    changed[:, 4:8] += 3
    before, after = quantizer(z).codes, quantizer(changed).codes
    assert torch.equal(before[:, [0, 2, 3]], after[:, [0, 2, 3]]) and not torch.equal(before[:, 1], after[:, 1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("training", [True, False])
def test_gradients_pass_straight_through(kind, training):
    quantizer = small(kind).train(training)
    z = torch.randn(2, 16, 4, 4, requires_grad=True)
    weights = torch.randn(2, 16, 4, 4)
    (quantizer(z).values * weights).sum().backward()
    torch.testing.assert_close(z.grad, weights)


@pytest.mark.parametrize("kind", KINDS)
def test_the_commitment_pulls_vectors_towards_their_words(kind):
    quantizer = small(kind).eval()
    z = torch.randn(2, 16, 4, 4, requires_grad=True)
    found = quantizer(z)
    found.loss.backward()
    towards = (quantizer.lookup(found.codes) - z).detach()
    torch.testing.assert_close(-z.grad, towards * 0.25 * 2 / z.numel())


@pytest.mark.parametrize("kind", KINDS)
def test_evaluating_moves_no_codebook(kind):
    quantizer = small(kind).eval()
    before = {k: v.clone() for k, v in quantizer.state_dict().items()}
    quantizer(torch.randn(4, 16, 8, 8))
    assert all(torch.equal(before[k], v) for k, v in quantizer.state_dict().items())


def test_words_move_to_the_mean_of_what_they_encode():
    book = Codebook(2, 2)
    book.words.copy_(torch.tensor([[0.0, 0.0], [10.0, 10.0]]))
    book.reset_average()
    vectors = blobs(torch.tensor([[1.0, 2.0], [8.0, 9.0]]), each=64, spread=0.5)
    codes = book.nearest(vectors)
    for _ in range(600):
        book.follow(vectors, codes)
    means = torch.stack([vectors[codes == k].mean(0) for k in range(2)])
    torch.testing.assert_close(book.words, means, atol=0.02, rtol=0)


def test_an_average_moves_words_by_a_hundredth_a_step():
    book = Codebook(1, 2)
    book.words.zero_()
    book.reset_average()
    book.follow(torch.ones(16, 2), torch.zeros(16, dtype=torch.int64))
    torch.testing.assert_close(book.words, torch.full((1, 2), 0.01))


@pytest.mark.parametrize("kind", KINDS)
def test_training_on_the_same_vectors_brings_the_words_nearer(kind):
    quantizer = small(kind).train()
    z = learnable(16)
    error = [(quantizer(z).values - z).square().mean().item() for _ in range(300)]
    assert error[-1] < 0.5 * error[0]


def test_a_word_out_of_use_restarts_among_the_vectors():
    torch.manual_seed(0)
    book = Codebook(4, 2)
    book.words[3] = 1000
    book.reset_average()
    vectors = torch.randn(256, 2)
    for _ in range(400):  # 16 fall under 1 after 276 steps of 0.99
        book.follow(vectors, book.nearest(vectors))
    assert book.words[3].abs().max() < 5
    assert (book.nearest(vectors) == 3).any()


def test_a_word_in_use_is_not_restarted():
    torch.manual_seed(0)
    book = Codebook(2, 2)
    book.words.copy_(torch.tensor([[0.0, 0.0], [10.0, 10.0]]))
    book.reset_average()
    vectors = torch.cat([torch.zeros(60, 2), torch.full((4, 2), 10.0)])
    for _ in range(500):
        book.follow(vectors, book.nearest(vectors))
    torch.testing.assert_close(book.words, torch.tensor([[0.0, 0.0], [10.0, 10.0]]), atol=1e-3, rtol=0)


def test_words_used_alike_stay_where_a_step_has_fewer_vectors_than_words():
    torch.manual_seed(0)
    book = Codebook(64, 2)
    words = 10.0 * torch.stack(torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij"), -1).flatten(0, 1)
    book.words.copy_(words)
    book.reset_average()
    for step in range(1200):
        vectors = words[torch.arange(16) * 4 + step % 4]
        book.follow(vectors, book.nearest(vectors))
    torch.testing.assert_close(book.words, words, atol=0.1, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_codebook_learns_by_its_loss(kind):
    quantizer = small(kind, gradient=True).train()
    assert len(list(quantizer.parameters())) == KINDS[kind]
    z = learnable(8)
    optimizer = torch.optim.Adam(quantizer.parameters(), 1e-2)
    losses = []
    for _ in range(150):
        loss = quantizer(z).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_codebook_is_moved_by_its_optimizer_alone(kind):
    quantizer = small(kind, gradient=True).train()
    before = {k: v.clone() for k, v in quantizer.state_dict().items()}
    quantizer(torch.randn(4, 16, 8, 8))
    assert all(torch.equal(before[k], v) for k, v in quantizer.state_dict().items())


def test_without_the_flag_a_codebook_has_nothing_for_an_optimizer_to_learn():
    assert not list(small("pq").parameters())


def well_apart(size: int, dim: int) -> Codebook:
    torch.manual_seed(0)
    book = Codebook(size, dim)
    book.words.copy_(10 * torch.randn(size, dim))
    return book


def test_words_used_alike_have_no_unevenness_and_one_word_alone_has_all():
    book = well_apart(32, 8)
    near = 0.1 * torch.randn(64, 32, 8)
    assert book.unevenness((book.words + near).flatten(0, 1)).item() == pytest.approx(0, abs=1e-3)
    assert book.unevenness((book.words[:8] + near[:, :8]).flatten(0, 1)).item() == pytest.approx(1 - 3 / 5, abs=1e-3)
    assert book.unevenness(book.words[3] + near[:, 3]).item() == pytest.approx(1, abs=1e-3)


def test_unevenness_moves_the_vectors_until_words_are_used_more_alike():
    book = Codebook(16, 4)
    torch.manual_seed(0)
    vectors = (book.words[0] + 0.2 * torch.randn(256, 4)).requires_grad_()
    optimizer, found = torch.optim.SGD([vectors], lr=20.0), []
    for _ in range(100):
        found.append(book.unevenness(vectors))
        optimizer.zero_grad()
        found[-1].backward()
        assert (vectors.grad.abs().sum(1) > 0).all()
        optimizer.step()
    assert found[-1] < 0.5 * found[0]


@pytest.mark.parametrize(("kind", "training", "told"), [("pq", True, True), ("vq", True, True), ("pq", False, False)])
def test_quantizers_of_slices_tell_their_use_in_training_only(kind, training, told):
    usage = small(kind).train(training)(torch.randn(2, 16, 4, 4)).usage
    assert (usage is not None) == told and (not told or 0 <= usage < 1)


def test_k_means_finds_clusters_and_leaves_every_word_in_use():
    torch.manual_seed(0)
    centres = torch.randn(8, 4) * 10
    vectors = blobs(centres, each=50, spread=0.1)
    book = Codebook(32, 4)
    book.seed(vectors)
    assert (torch.cdist(centres, book.words).min(1).values < 1).all()
    assert len(book.nearest(vectors).unique()) > 28
    assert (vectors - book.words[book.nearest(vectors)]).square().mean() < 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_seeding_a_quantizer_beats_its_random_words_and_stays_after_the_next_batches(kind):
    quantizer = small(kind).train()
    z = learnable(8)

    def error() -> float:
        quantizer.eval()
        found = quantizer(z)
        return (quantizer.train().lookup(found.codes) - z).square().mean().item()

    random = error()
    quantizer.seed(z)
    seeded = error()
    assert seeded < 0.3 * random
    for _ in range(5):  # a seeded word counts as used, so the first batches do not throw it away
        quantizer(z[:1])
    assert error() < 1.2 * seeded


def test_k_means_over_too_few_vectors_says_how_many_it_needs():
    with pytest.raises(ValueError, match="at least 32 vectors, got 31"):
        Codebook(32, 4).seed(torch.randn(31, 4))


@pytest.mark.parametrize("kind", QUANTIZERS)
def test_stage_one_runs_on_each_quantizer(kind):
    stage = tiny_stage(quantizer=kind)
    pixels = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        codes = stage.encode(pixels)
        assert codes.shape == (1, KINDS[kind], 4, 4)
        assert stage.decode(codes).shape == pixels.shape
    tokens = encode_split(stage, (pixels.repeat(1, 1, 4, 4).permute(0, 2, 3, 1) * 127).byte().numpy(), 1, 1, "cpu")
    assert tokens["codes"].shape == (1, 1, 256, KINDS[kind]) and tokens["crops"].shape == (1, 1, 64, KINDS[kind])


# pixels by which a cell's influence spreads beyond it, layer by layer from the grid to the picture: 3x3 convolutions
# of the first style map and block (3 at 16 pixels), of the three ups and blocks after it, and of the last two
REACH = 3 * 16 + 3 * 8 + 3 * 4 + 3 * 2 + 2 + 1


def test_a_changed_code_changes_pixels_near_its_cell_and_none_beyond_the_decoders_reach():
    stage = tiny_stage()
    codes = torch.randint(0, 256, (1, 4, 24, 24))
    changed = codes.clone()
    changed[0, :, 9, 13] = (changed[0, :, 9, 13] + 100) % 256
    with torch.no_grad():
        moved = (stage.decode(codes) - stage.decode(changed)).abs().sum(1)[0]  # (384, 384)
    top, left = 9 * 16, 13 * 16
    near = torch.zeros_like(moved, dtype=torch.bool)
    near[top - REACH : top + 16 + REACH, left - REACH : left + 16 + REACH] = True
    assert moved[~near].max() == 0
    assert moved[top : top + 16, left : left + 16].min() > 0


@pytest.mark.parametrize("cell", [(8, 8), (4, 5), (1, 14)])
def test_a_trained_decoder_keeps_nearly_all_of_a_change_within_a_cells_neighbours(cell):
    stage = load_stage_one(ROOT / "models" / "bundles" / "garments").eval()
    picture = Image.open(ROOT / "test" / "fixtures" / "goldens" / "picture.png").convert("RGB")
    top, left = 16 * cell[0], 16 * cell[1]
    with torch.no_grad():
        codes = stage.encode(torch.from_numpy(from_bytes(np.asarray(picture)[None])))
        changed = codes.clone()
        changed[0, :, cell[0], cell[1]] = (changed[0, :, cell[0], cell[1]] + 100) % 256
        moved = (stage.decode(changed) - stage.decode(codes)).square().sum(1)[0]  # (256, 256)
    assert moved[top - 16 : top + 32, left - 16 : left + 32].sum() > 0.9 * moved.sum() > 0


def test_crispness_adds_what_is_finer_than_three_pixels_and_nothing_to_plain_areas():
    stage = tiny_stage()
    painted = torch.full((1, 3, 8, 8), 0.2)
    painted[..., 4:] = 0.6
    assert torch.equal(stage.finish(painted), painted)
    stage.config.crispness = 0.3
    made = stage.finish(painted)
    assert torch.allclose(made[..., :3], painted[..., :3]) and torch.allclose(made[..., 5:], painted[..., 5:])
    assert torch.allclose(made[..., 3], painted[..., 3] - 0.3 * 0.4 / 3)
    assert torch.allclose(made[..., 4], painted[..., 4] + 0.3 * 0.4 / 3)
    assert stage.finish(painted * 3).abs().max() <= 1


def test_each_group_of_a_cell_reaches_the_picture():
    stage = tiny_stage()
    codes = torch.randint(0, 256, (1, 4, 8, 8))
    with torch.no_grad():
        plain = stage.decode(codes)
        for m in range(4):
            changed = codes.clone()
            changed[0, m, 4, 4] = (changed[0, m, 4, 4] + 100) % 256
            assert (stage.decode(changed) - plain).abs().max() > 0


def test_a_changed_pixel_changes_codes_near_it_alone():
    stage = tiny_stage()
    with torch.no_grad():
        stage.encoder.to_codes.weight.mul_(8)
        pixels = torch.rand(1, 3, 384, 384) * 2 - 1
        changed = pixels.clone()
        changed[..., 190:194, 190:194] *= -1
        moved = (stage.encoder(pixels) - stage.encoder(changed)).abs().sum(1)[0]  # (24, 24)
    at = torch.nonzero(moved)
    assert len(at) > 0 and (at - 11.5).abs().max() < 7


@pytest.mark.parametrize("size", [(64, 256), (256, 128), (48, 80)])
def test_stage_one_takes_any_grid_of_cells(size):
    stage = tiny_stage()
    height, width = size
    with torch.no_grad():
        codes = stage.encode(torch.rand(2, 3, height, width) * 2 - 1)
        assert codes.shape == (2, 4, height // 16, width // 16)
        assert stage.decode(codes).shape == (2, 3, height, width)


def test_a_part_of_a_grid_decodes_as_it_does_within_the_whole():
    stage = tiny_stage()
    codes = torch.randint(0, 256, (1, 4, 4, 24))
    with torch.no_grad():
        whole, part = stage.decode(codes), stage.decode(codes[..., :16])
    unaffected = 16 * 16 - REACH
    torch.testing.assert_close(part[..., :unaffected], whole[..., :unaffected])
    assert not torch.allclose(part[..., -16:], whole[..., 240:256])


def test_nearest_is_exact_under_lower_precision():
    torch.manual_seed(0)
    book = Codebook(256, 16)
    vectors = book.words[torch.randint(256, (500,))] + 0.05 * torch.randn(500, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = book.nearest(vectors)
    assert torch.equal(found, torch.cdist(vectors.double(), book.words.double()).argmin(1))
