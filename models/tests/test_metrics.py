"""Distances between sets of pictures, and between pictures, against cases whose answer is known."""

import numpy as np
import pytest
import torch

from toile.evaluator.metrics import (
    distances,
    frechet_distance,
    inception_score,
    kernel_distance,
    mean_distance,
    nearest_distances,
    precision_recall,
    psnr,
    ssim,
    structural_similarity,
)


def test_the_frechet_distance_of_a_set_from_itself_is_zero():
    x = np.random.default_rng(0).normal(size=(300, 24))
    assert abs(frechet_distance(x, x)) < 1e-8


def test_the_frechet_distance_follows_its_closed_form():
    x = np.random.default_rng(0).normal(size=(400, 12))
    shift = np.linspace(0, 1, 12)
    assert frechet_distance(x, x + shift) == pytest.approx((shift**2).sum(), rel=1e-6)
    # scaling by s: the covariance scales by s^2, and tr(C) (1 - s)^2 is left, beside the mean's move
    expected = np.trace(np.cov(x, rowvar=False)) * 0.25 + 0.25 * (x.mean(0) ** 2).sum()
    assert frechet_distance(x, 1.5 * x) == pytest.approx(expected, rel=1e-6)


def test_the_kernel_distance_is_near_zero_for_like_sets_and_grows_with_a_shift():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(500, 8)), rng.normal(size=(500, 8))
    like, far = kernel_distance(a, b)[0], kernel_distance(a, b + 1)[0]
    assert abs(like) < 0.02 < far


def test_the_kernel_distance_of_small_sets_deviates_from_subset_to_subset():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(40, 8)), rng.normal(size=(60, 8))
    assert kernel_distance(a, b)[1] > 0.01
    assert np.isfinite(kernel_distance(a[:2], b)).all()


def test_sets_of_one_picture_have_no_distance():
    with pytest.raises(ValueError, match="at least two rows"):
        frechet_distance(np.zeros((1, 4)), np.zeros((5, 4)))


def test_the_inception_score_runs_from_one_to_the_number_of_classes():
    assert inception_score(np.tile([3.0, 1.0, 0.0], (9, 1))) == pytest.approx(1.0)
    assert inception_score(np.eye(3).repeat(5, 0) * 60) == pytest.approx(3.0, rel=1e-6)


def test_psnr_of_a_known_error():
    a = np.full((2, 16, 16, 3), 100, np.uint8)
    b = a + np.array([0, 10], np.uint8)[:, None, None, None]
    assert psnr(a, b).tolist() == pytest.approx([100.0, 10 * np.log10(255**2 / 100)])


def test_psnr_of_many_pictures_is_that_of_each():
    a, b = np.random.default_rng(0).integers(0, 256, (2, 35, 8, 8, 3), dtype=np.uint8)
    alone = [psnr(a[n : n + 1], b[n : n + 1])[0] for n in range(35)]
    assert psnr(a, b).tolist() == pytest.approx(alone)


def test_ssim_of_equal_pictures_is_one_and_of_flat_ones_follows_its_formula():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    assert ssim(noise, noise).tolist() == pytest.approx([1.0, 1.0, 1.0])
    a, b = np.full((1, 16, 16, 3), 100, np.uint8), np.full((1, 16, 16, 3), 140, np.uint8)
    c1 = (0.01 * 255) ** 2
    assert ssim(a, b)[0] == pytest.approx((2 * 100 * 140 + c1) / (100**2 + 140**2 + c1))
    assert ssim(noise, rng.permutation(noise, axis=1)).max() < 0.3


def test_structural_similarity_does_not_depend_on_the_scale_of_pixels():
    a, b = np.random.default_rng(0).integers(0, 256, (2, 5, 20, 24, 3), dtype=np.uint8)
    near = a // 2 + b // 2
    x, y = (torch.from_numpy(pixels).permute(0, 3, 1, 2) / 127.5 for pixels in (a, near))
    assert structural_similarity(x, y, span=2.0).numpy() == pytest.approx(ssim(a, near), rel=1e-4)


def test_a_set_lies_on_its_own_manifold():
    x = np.random.default_rng(0).normal(size=(60, 8))
    assert precision_recall(x, x) == (1.0, 1.0)


def test_sets_far_apart_share_no_manifold():
    x = np.random.default_rng(0).normal(size=(60, 8))
    assert precision_recall(x + 100, x) == (0.0, 0.0)


def test_pictures_of_one_kind_alone_are_precise_and_recall_half():
    rng = np.random.default_rng(0)
    shoes, bags = rng.normal(size=(50, 4)), rng.normal(size=(50, 4)) + 100
    precision, recall = precision_recall(shoes + rng.normal(size=(50, 4)) * 1e-6, np.concatenate([shoes, bags]))
    assert (precision, recall) == (1.0, 0.5)


def test_precision_and_recall_on_a_line_are_what_the_balls_cover():
    # with k = 1 each of 0, 1, 10 reaches as far as its neighbour: [-1, 1], [0, 2], [1, 19]
    real, made = np.array([[0.0], [1.0], [10.0]]), np.array([[-2.0], [1.5], [19.0], [20.0]])
    assert precision_recall(made, real, k=1)[0] == 0.5  # 1.5 and 19
    # made ones reach [-5.5, 1.5], [-2, 5], [18, 20], [19, 21]: they cover 0 and 1
    assert precision_recall(made, real, k=1)[1] == pytest.approx(2 / 3)


def test_a_set_without_a_third_neighbour_has_no_manifold():
    with pytest.raises(ValueError, match="more than 3 pictures a set, got 3"):
        precision_recall(np.zeros((3, 4)), np.zeros((9, 4)))


def test_equal_features_lie_at_no_distance():
    x = np.random.default_rng(0).normal(size=(40, 192)).astype(np.float32) * 30
    assert (distances(x, x).diagonal() == 0).all()
    assert distances([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]]).tolist() == [[5.0, 1.0]]


def test_the_nearest_is_found_whatever_the_parts():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(20, 3)), rng.normal(size=(30, 3))
    expected = [min(float(np.linalg.norm(x - y)) for y in b) for x in a]
    assert nearest_distances(a, b, part=7).tolist() == pytest.approx(expected)


def test_the_mean_distance_leaves_a_row_s_own_out():
    assert mean_distance(np.array([[0.0], [1.0], [3.0]])) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="at least two rows"):
        mean_distance(np.zeros((1, 4)))
