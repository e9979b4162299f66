"""What every training script shares: the time budget, checkpoints that survive a kill, averaged weights."""

from __future__ import annotations

import argparse
import ctypes
import datetime
import math
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from .command_line import CommandParser, number, whole_number


class Budget:
    """Minutes of training, counted across restarts, with the learning rate's course over them.

    `progress` runs from 0 to 1; `spent` (seconds) is what a checkpoint stores and a resumed run starts from. With
    `samples`, that many pictures take the minutes' place, `seen` of them so far: then a busy machine trains as long.
    """

    def __init__(self, minutes: float, *, spent: float = 0.0, samples: int = 0, seen: int = 0, clock=time.monotonic):
        self.total, self.samples, self.seen = minutes * 60, samples, seen
        self._clock = clock
        self._started = clock() - spent
        self._paused: float | None = None

    @property
    def spent(self) -> float:
        return (self._clock() if self._paused is None else self._paused) - self._started

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Spends nothing: on a slow machine, measuring on val would take most of a short run's minutes."""
        self._paused = self._clock()
        try:
            yield
        finally:
            self._started += self._clock() - self._paused
            self._paused = None

    @property
    def progress(self) -> float:
        done, whole = (self.seen, self.samples) if self.samples else (self.spent, self.total)
        return min(1.0, done / whole) if whole else 1.0

    @property
    def over(self) -> bool:
        return self.progress >= 1

    def bar(self) -> tqdm:
        """A progress bar, which `move` moves on."""
        if self.samples:
            return tqdm(total=self.samples, initial=self.seen, unit="img", mininterval=20)
        return tqdm(total=round(self.total / 60, 2), initial=self._shown(), unit="min", mininterval=20)

    def move(self, bar: tqdm) -> None:
        bar.update(self.seen - bar.n if self.samples else self._shown() - bar.n)

    def _shown(self) -> float:
        """Minutes; never more than the whole, of which a bar would warn."""
        return round(min(self.spent, self.total) / 60, 2)

    def rate(self, step: int, warmup: int, floor: float = 0.02, flat: float = 0.0) -> float:
        """Factor on the peak learning rate: linear warm-up, flat until `flat`, then a cosine down to `floor`."""
        ramp = min(1.0, (step + 1) / warmup)
        along = max(0.0, self.progress - flat) / max(1 - flat, 1e-9)
        return ramp * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * along)))


class Average:
    """An exponential moving average of a module's weights and buffers."""

    def __init__(self, module: nn.Module, decay: float):
        self.decay = decay
        self.weights = {k: v.detach().clone() for k, v in module.state_dict().items()}

    def restore(self, weights: dict[str, Tensor]) -> None:
        """Go on from a checkpoint's, which lie on the CPU."""
        self.weights = {k: v.to(self.weights[k].device) for k, v in weights.items()}

    @torch.no_grad()
    def follow(self, module: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        state = module.state_dict()
        moving = [key for key, value in state.items() if value.dtype.is_floating_point]
        # private, but PyTorch's own optimizers stand on it: one launch on a GPU instead of one for each weight
        torch._foreach_lerp_([self.weights[key] for key in moving], [state[key] for key in moving], 1 - decay)
        for key in state.keys() - moving:
            self.weights[key].copy_(state[key])


class Every:
    """True once every so many seconds."""

    def __init__(self, seconds: float, clock=time.monotonic):
        self.seconds, self._clock = seconds, clock
        self._last = clock()

    def __call__(self) -> bool:
        if self._clock() - self._last < self.seconds:
            return False
        self._last = self._clock()
        return True


def earlier_runs(init_from: Path | None, stage: str) -> list[dict]:
    """What a bundle's model.json tells of the runs that made `stage`; nothing where training starts anew."""
    from .bundle import runs_of

    return runs_of(init_from, stage) if init_from else []


def describe_run(args: argparse.Namespace, seconds: float, samples: int, pictures: int) -> dict:
    """A run as model.json and the model card tell it: how long, on what, over how much, with which options."""
    options = {k: ", ".join(map(str, v)) if _are_words(v) else v for k, v in vars(args).items()}
    told = {k: v for k, v in options.items() if isinstance(v, int | float | str) and k not in _UNTOLD}
    return {"date": datetime.date.today().isoformat(), "minutes": round(seconds / 60, 1), "samples": samples,
            "pictures": pictures, "torch": torch.__version__, "options": told}  # fmt: skip


_UNTOLD = ("minutes", "samples", "no_compile", "validate_every", "preset")  # a run from a bundle has the bundle's preset


def _are_words(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(word, str | int) for word in value)


def save(state: dict, path: Path) -> None:
    """Write a checkpoint so that a kill at any moment leaves the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    torch.save(state, half)
    os.replace(half, path)


# whose a checkpoint is, by what its network's configuration has: the first that it does
CHECKPOINTS = {"stage I": "encoder_widths", "stage II": "layers", "an evaluator": "depths", "a perceptual network": "labels"}


def load(path: Path, kind: str | None = None) -> dict | None:
    """`read_checkpoint` of a run, or None where it begins."""
    return read_checkpoint(path, kind) if path.exists() else None


def read_checkpoint(path: Path, kind: str | None = None) -> dict:
    """What `save` wrote. Raises ValueError for any other file, and for a checkpoint of another network than is asked for."""
    try:
        saved = torch.load(path, map_location="cpu", weights_only=False)
    except OSError:
        raise
    except Exception as error:  # pickle and zip have many for a file of another form
        raise ValueError(f"{path} is no checkpoint of a training: {error}") from error
    if not isinstance(saved, dict):
        raise ValueError(f"{path} is no checkpoint of a training")
    if kind and (found := kind_of(saved)) != kind:
        raise ValueError(f"{path} is no checkpoint of {kind}, but of {found or 'another network'}")
    return saved


def kind_of(saved: dict) -> str | None:
    """Which of CHECKPOINTS' networks a checkpoint is of."""
    return next((kind for kind, sign in CHECKPOINTS.items() if sign in saved.get("config", {})), None)


def has_bf16(device: str | torch.device) -> bool:
    """Whether bf16 is quick: on GPUs, and on CPUs with AVX512-BF16.

    A CPU with AVX2 alone emulates it: convolutions ran at a tenth of float32's speed there, and products of matrices at a
    hundredth.
    """
    return torch.device(device).type != "cpu" or torch.cpu._is_avx512_bf16_supported()  # no public call tells it


def lower_precision(device: str) -> AbstractContextManager:
    """bf16 where it is quick; the quantizer, norms and losses stay in float32. Elsewhere float32 throughout."""
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=has_bf16(device))


def to_pixels(images: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float32 in [-1, 1], channels last in memory."""
    return (images.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def _device(text: str) -> str:
    if text not in ("cpu", "cuda"):
        raise argparse.ArgumentTypeError(f"'{text}' is neither cpu nor cuda")
    if text == "cuda" and not torch.cuda.is_available():
        raise argparse.ArgumentTypeError("PyTorch finds no CUDA GPU here; leave --device out, or give cpu")
    return text


def add_device(parser: CommandParser) -> None:
    parser.add_argument("--device", type=_device, default="cuda" if torch.cuda.is_available() else "cpu",
                        help="cpu or cuda; a CUDA GPU without it, where PyTorch finds one")  # fmt: skip


def training_arguments(description: str, minutes: float) -> CommandParser:
    """The options that every training script takes."""
    parser = CommandParser(description)
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--run", required=True, type=Path, help="folder for checkpoints; an earlier run resumes")
    parser.add_argument("--minutes", type=number(0), default=minutes,
                        help="length of the whole run, with compiling, without what it takes to measure on val")  # fmt: skip
    parser.add_argument("--samples", type=lambda text: round(number(0, 1e12)(text)), default=0,
                        help="its length in pictures, which minutes then don't bound; 0: by --minutes")  # fmt: skip
    add_device(parser)
    parser.add_argument("--threads", type=whole_number(1), default=os.cpu_count(), help="CPU threads")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of all that is drawn")
    parser.add_argument("--init-from", type=Path, help="bundle or checkpoint whose weights to go on from")
    parser.add_argument("--no-compile", action="store_true", help="skip torch.compile (slower, starts at once)")
    return parser


def keep_memory() -> None:
    """Let freed memory stay with the process: giving it back after each operator costs half of a CPU's speed."""
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:  # another system's allocator
        return
    for parameter, value in ((-4, 0), (-1, 2**31 - 1)):  # M_MMAP_MAX, M_TRIM_THRESHOLD
        libc.mallopt(parameter, value)


def start(args: argparse.Namespace) -> None:
    """Seed, threads, and the device's fast paths."""
    keep_memory()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    torch.set_float32_matmul_precision("high")
    compiler = os.environ.get("CXX") or ("clang++" if sys.platform == "darwin" else "g++")
    if args.device == "cpu" and not args.no_compile and shutil.which(compiler) is None:
        print(f"no C++ compiler '{compiler}' for torch.compile: training goes on without it, slower")
        args.no_compile = True
    args.run.mkdir(parents=True, exist_ok=True)
