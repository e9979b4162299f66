"""SMART decoding (§3.2): predict every editable token, then re-mask the doubtful ones and predict again.

The reference for the engine's sampler, which must match it draw for draw. It asks for a `Networks`, so the same code
runs PyTorch modules and exported graphs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

import numpy as np

from ..random_stream import RandomStream
from .conditions import Conditions, VisualCondition, build_conditions

POLISH_TEMPERATURE = 0.5  # of polishing passes, over `temperature`
# of each option, as shared/model.ts has them: a server loads no bundle beyond
BOUNDS = {"passes": (1, 32), "alpha": (0, 1), "beta": (0, 1), "temperature": (0, 2), "guidance": (0, 10),
          "candidates": (1, 8), "choice_temperature": (0, 100), "marginal_weight": (0, 10),
          "final_temperature_share": (0, 1), "final_choice_share": (0, 1), "polish_share": (0, 1),
          "first_temperature_share": (0, 2), "guided_share": (0, 1), "min_p": (0, 1)}  # fmt: skip
WHOLE = ("passes", "candidates")


@dataclass
class SmartOptions:
    """passes is T of §4.1, alpha and beta the first and last share of re-masked tokens.

    choice_temperature: 1 draws the kept tokens in proportion to their score, 0 keeps the highest.
    final_choice_share: what is left of it before the last pass; before those between it falls evenly from 1. Chance keeps
    the early passes various, and where it has less say the late ones redo what does not fit.
    marginal_weight: how much of a token's log marginal frequency is taken off its log score.
    first_temperature_share, final_temperature_share: what the first and the last of several passes draw at, over
    `temperature`; those between fall evenly. Early passes settle what the garment is, and may be bold; late ones draw what
    nothing corrects any more.
    guided_share: how much of the passes, the first of them, hear the guidance; of any share the first one does. What a
    garment is gets settled by those.
    polish_share: how much of the passes, the last of them, polish: chance has no say there, and they make anew, at half of
    the temperature, the least likely tokens, from a share of beta on and ever fewer. Those before go as if they were all.
    min_p: only codes are drawn that are at least so likely as this times the likeliest, before any temperature (Nguyen et
    al. 2024). Label smoothing and doubt leave a little to every code, and of four codes a token one is soon out of there:
    shreds at outlines, and specks. Without those, what is left may be drawn boldly.
    """

    passes: int = 10
    alpha: float = 0.8
    beta: float = 0.2
    temperature: float = 1.0
    guidance: float = 0.0
    candidates: int = 1
    choice_temperature: float = 1.0
    marginal_weight: float = 0.0
    final_temperature_share: float = 1.0
    final_choice_share: float = 1.0
    polish_share: float = 0.0
    first_temperature_share: float = 1.0
    guided_share: float = 1.0
    min_p: float = 0.0

    def __post_init__(self):
        for name, (least, most) in BOUNDS.items():
            if not least <= (value := getattr(self, name)) <= most:
                raise ValueError(f"{name} {value:g} is not between {least} and {most}")
        for name in WHOLE:
            if (value := getattr(self, name)) != int(value):
                raise ValueError(f"{name} {value:g} is no whole number")
            setattr(self, name, int(value))


def parse_options(text: str, defaults: SmartOptions | None = None) -> SmartOptions:
    """The defaults with what the JSON in `text` changes. Raises ValueError naming what is no option, or out of range."""
    defaults = defaults or SmartOptions()
    known = asdict(defaults)
    try:
        changes = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"--smart {text} is not JSON: {error}") from error
    if not isinstance(changes, dict) or set(changes) - set(known):
        raise ValueError(f"--smart {text}: takes an object of some of: {', '.join(known)}")
    if wrong := [name for name, value in changes.items() if isinstance(value, bool) or not isinstance(value, int | float)]:
        raise ValueError(f"--smart {text}: {wrong[0]} is no number")
    return replace(defaults, **changes)


@dataclass
class Generated:
    """codes: (cells, M); kept: before each pass after the first, the cells kept; trace: codes after each pass."""

    codes: np.ndarray
    relevance: float
    fidelity: float
    kept: list[list[int]] = field(default_factory=list)
    trace: list[np.ndarray] = field(default_factory=list)


class Networks(Protocol):
    """The transformer's three parts on numpy arrays; shapes as in the bundle's model.json."""

    def conditions(self, conditions: Conditions) -> tuple[np.ndarray, np.ndarray]: ...

    def transformer(self, codes, keys, values, present) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...

    def head(self, hidden, weights, codes, uniforms, temperature, min_p) -> tuple[np.ndarray, np.ndarray]: ...


def polishing(options: SmartOptions) -> int:
    """How many of the passes polish; never the first."""
    return min(options.passes - 1, math.floor(options.passes * options.polish_share + 0.5))


def remask_count(cells: int, step: int, options: SmartOptions) -> int:
    """How many of N editable tokens to mask before pass `step` (2 … T): N (beta + (T - t) / (T - 1) (alpha - beta)).

    T is of the passes that don't polish. Of P that do, the p-th masks N beta (P - p + 1) / P.
    """
    last = options.passes - (polish := polishing(options))
    if step > last:
        share = options.beta * (options.passes - step + 1) / polish
    else:
        share = options.beta + (last - step) / (last - 1) * (options.alpha - options.beta)
    return math.floor(cells * share + 0.5)


def is_guided(step: int, options: SmartOptions) -> bool:
    """Whether pass `step` (1 … T) hears the guidance: of any share the first does, else it is rounded, half a pass down."""
    share = options.guided_share
    return share > 0 and (step == 1 or step < share * options.passes + 0.5)


def pass_temperature(step: int, options: SmartOptions) -> float:
    """What pass `step` (1 … T) draws at."""
    last = options.passes - polishing(options)
    if step > last:
        return options.temperature * POLISH_TEMPERATURE
    if last == 1:
        return options.temperature
    first, final = options.first_temperature_share, options.final_temperature_share
    return options.temperature * (first + (step - 1) / (last - 1) * (final - first))


def chance_at(step: int, options: SmartOptions) -> float:
    """How far chance has a say in what stays before pass `step` (2 … T); of two passes the one before the last."""
    last = options.passes - polishing(options)
    if step > last:
        return 0.0
    along = 1 - (last - step) / max(1, last - 2)
    return options.choice_temperature * (1 - along * (1 - options.final_choice_share))


def perturb(log_scores, uniforms, chance, log=np.log):
    """Log scores with Gumbel noise, whose n largest are n drawn tokens. At chance 1 that is drawing without replacement in
    proportion to the score.

    Arrays of one shape, or tensors with `torch.log`: training shows a model its guesses by the same draw.
    """
    return log_scores - chance * log(-log(uniforms.clip(1e-12)))


def choose_kept(log_scores: np.ndarray, keep: int, uniforms: np.ndarray, chance: float) -> np.ndarray:
    """Indices of the tokens to keep: the `keep` largest of the perturbed log scores, ascending; ties go to the lower one."""
    return np.sort(np.argsort(-perturb(log_scores, uniforms, chance), kind="stable")[:keep])


def generate(networks: Networks, text: list[int], seed: int, options: SmartOptions, *, marginals: np.ndarray,
             visuals: Sequence[VisualCondition] = (), base: np.ndarray | None = None, editable: np.ndarray | None = None,
             mask_code: int = 256, candidate: int = 0) -> Generated:  # fmt: skip
    """One picture's tokens from words, references, both or neither.

    marginals: (M, size) log frequencies. base: (cells, M) codes, of which those at `editable` (ascending cells, all if
    absent) are made anew and the others stay.
    """
    groups, cells = marginals.shape[0], 256 if base is None else len(base)
    guided = min(options.guidance, options.guided_share) > 0 and len(text) + len(visuals) > 0
    sequences = build_conditions([text, []] if guided else [text], [visuals, ()][: 1 + guided], groups)
    keys, values = networks.conditions(sequences)
    present = sequences.present.numpy()
    weights = np.array([1 + options.guidance, -options.guidance] if guided else [1.0], np.float32)
    stream = RandomStream(seed, candidate)
    editable = np.arange(cells) if editable is None else editable
    codes = np.full((1, cells, groups), mask_code, np.int64) if base is None else base[None].astype(np.int64)
    codes[0, editable] = mask_code
    log_prob = np.zeros(cells)
    result = Generated(codes[0], 0.0, 0.0)
    for step in range(1, options.passes + 1):
        if step > 1:
            keep = len(editable) - remask_count(len(editable), step, options)
            marginal = np.mean([marginals[m][codes[0, editable, m]] for m in range(groups)], axis=0)
            scores = log_prob[editable] - options.marginal_weight * marginal
            kept = choose_kept(scores, keep, stream.uniforms(len(editable)), chance_at(step, options))
            result.kept.append(editable[kept].tolist())
            codes[0, np.delete(editable, kept)] = mask_code
        uniforms = stream.uniforms(cells * groups).reshape(1, cells, groups).astype(np.float32)
        # the guided and the unconditional rows see the same cells
        looks = weights if is_guided(step, options) else np.ones(1, np.float32)
        rows = len(looks)
        hidden, _, _ = networks.transformer(np.repeat(codes, rows, 0), keys[:, :rows], values[:, :rows], present[:rows])
        temperature = np.array([max(pass_temperature(step, options), 1e-4)], np.float32)
        min_p = np.array([options.min_p], np.float32)
        codes, found = networks.head(hidden[:, None], looks, codes, uniforms, temperature, min_p)
        log_prob = found[0].astype(np.float64)
        result.trace.append(codes[0].copy())
    _, relevance, fidelity = networks.transformer(codes, keys[:, :1], values[:, :1], present[:1])
    result.codes = codes[0]
    result.relevance, result.fidelity = (float(1 / (1 + np.exp(-x[0]))) for x in (relevance, fidelity))
    return result
