"""Distances between sets of pictures, and between a picture and its reconstruction. All in float64."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
import torch
import torch.nn.functional as F

from .parts import Unmeasurable

NEIGHBOURS = 3  # of precision and recall


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance of the Gaussians fitted to two sets of features, (N, F) and (M, F): Garment-FD.

    |mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)). The root's trace is taken from the symmetric
    A^(1/2) B A^(1/2), which has the same eigenvalues. It falls with N, so compare sets of equal size only.
    """
    a, b = _features(a), _features(b)
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(min=0)).sum()
    gap = a.mean(0) - b.mean(0)
    return float(gap @ gap + np.trace(cov_a) + np.trace(cov_b) - 2 * cross)


def kernel_distance(a: np.ndarray, b: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Mean and deviation over random subsets of the unbiased squared MMD of (N, F) and (M, F): Garment-KID.

    The kernel is (x·y/F + 1)^3. There are 50 subsets of 400 rows, or of half of the smaller set: subsets of all
    of it would be one and the same, and not deviate.
    """
    a, b, rng = _features(a), _features(b), np.random.default_rng(seed)
    size = max(2, min(400, min(len(a), len(b)) // 2))
    found = []
    for _ in range(50):
        x, y = a[rng.choice(len(a), size, replace=False)], b[rng.choice(len(b), size, replace=False)]
        within = [k.sum() - np.trace(k) for k in (_cubic(x, x), _cubic(y, y))]
        found.append(sum(within) / (size * (size - 1)) - 2 * _cubic(x, y).mean())
    return float(np.mean(found)), float(np.std(found))


def precision_recall(made: np.ndarray, real: np.ndarray, k: int = NEIGHBOURS) -> tuple[float, float]:
    """Share of made features (N, F) on the manifold of real ones (M, F), and of real ones on that of the made ones.

    The manifold of a set is the union of balls around its rows, each reaching to the row's k-th nearest neighbour in
    the set (Kynkäänniemi et al. 2019). Both fall where there are fewer rows, so compare sets of equal size only.
    Raises Unmeasurable where a set has no k-th neighbour.
    """
    if (fewest := min(len(made), len(real))) <= k:
        raise Unmeasurable(f"precision and recall by {k} neighbours need more than {k} pictures a set, got {fewest}")
    between = distances(made, real)
    on_real, on_made = between <= _reach(real, k), between <= _reach(made, k)[:, None]
    return float(on_real.any(1).mean()), float(on_made.any(0).mean())


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) Euclidean distances of features (N, F) from (M, F); nought between equal rows."""
    x, y = (torch.from_numpy(np.array(features, np.float64)) for features in (a, b))
    # by differences: by products, equal rows would come out a little apart
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").numpy()


def nearest_distances(a: np.ndarray, b: np.ndarray, part: int = 512) -> np.ndarray:
    """(N,) distances of each row of features (N, F) from the nearest of (M, F)."""
    return np.concatenate([distances(a[at : at + part], b).min(1) for at in range(0, len(a), part)])


def mean_distance(features: np.ndarray) -> float:
    """Mean distance between two different rows of (N, F), N at least 2."""
    count = len(_features(features))
    return float(distances(features, features).sum() / (count * (count - 1)))


def inception_score(logits: np.ndarray) -> float:
    """exp of the mean divergence of a picture's classes from the set's: Garment-IS. logits: (N, classes)"""
    p = softmax(logits)
    mean = p.mean(0, keepdims=True)
    return float(np.exp((p * (np.log(p + 1e-12) - np.log(mean + 1e-12))).sum(1).mean()))


def softmax(logits: np.ndarray) -> np.ndarray:
    logits = np.asarray(logits, np.float64)
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def psnr(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N,) dB between two sets of 8-bit pictures (N, H, W, 3). Equal pictures count as 100 dB."""
    parts = [slice(at, at + 16) for at in range(0, len(a), 16)]
    mean = np.concatenate([((a[part].astype(np.float64) - b[part]) ** 2).mean((1, 2, 3)) for part in parts])
    return 10 * np.log10(255.0**2 / np.maximum(mean, 255.0**2 * 1e-10))


def ssim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N,) structural similarity of 8-bit pictures (N, H, W, 3), mean over channels and over whole windows."""

    def pixels(x: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.array(x)).permute(0, 3, 1, 2).double()

    parts = [slice(at, at + 16) for at in range(0, len(a), 16)]
    return np.concatenate([structural_similarity(pixels(a[part]), pixels(b[part]), 255.0).numpy() for part in parts])


def exact_convolutions() -> AbstractContextManager:
    """Within it a GPU convolves float32 as float32. Gradients are to be taken within it too."""
    return torch.backends.cudnn.flags(enabled=True, allow_tf32=False)


def structural_similarity(a: torch.Tensor, b: torch.Tensor, span: float, window: int = 11,
                          sigma: float = 1.5) -> torch.Tensor:  # fmt: skip
    """(B,) of pictures (B, C, H, W) with values from 0 to `span`, mean over channels and over whole windows.

    Gaussian window, K1 = 0.01, K2 = 0.03 (Wang et al. 2004). Variances are small differences, for which TF32 is too coarse.
    """
    at = torch.arange(window, dtype=a.dtype, device=a.device) - (window - 1) / 2
    weights = torch.exp(-(at**2) / (2 * sigma**2))
    weights = weights / weights.sum()

    def blur(planes: torch.Tensor) -> torch.Tensor:
        with exact_convolutions():
            return F.conv2d(F.conv2d(planes, weights.view(1, 1, 1, -1)), weights.view(1, 1, -1, 1))

    x, y = (pixels.reshape(-1, 1, *pixels.shape[2:]) for pixels in (a, b))
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    score = ((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return score.mean((1, 2, 3)).view(len(a), -1).mean(1)


def _features(x: np.ndarray) -> np.ndarray:
    if x.ndim != 2 or len(x) < 2:
        raise Unmeasurable(f"a distance between sets needs at least two rows of features, got shape {x.shape}")
    return np.asarray(x, np.float64)


def _reach(x: np.ndarray, k: int) -> np.ndarray:
    """(N,) distances of each row from its k-th nearest neighbour among the others."""
    return np.partition(distances(x, x), k, axis=1)[:, k]  # the nearest of all is the row itself


def _cubic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1) ** 3
