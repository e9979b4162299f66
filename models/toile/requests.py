"""Let the command line make pictures, as a user would, for evaluation and for the pictures in the docs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

PROMPT = 500  # characters at most, as shared/conditions.ts has it
ROOT = Path(__file__).parents[2]


@contextmanager
def exit_on_sigterm() -> Iterator[None]:
    """Whoever ends this process ends what it waits for: SIGTERM unwinds the stack, as Ctrl+C does."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def cut_prompt(words: str) -> str:
    """The first 500 characters, as JavaScript counts them: in UTF-16."""
    return words.encode("utf-16-le")[: 2 * PROMPT].decode("utf-16-le", "ignore")


class Requests:
    """A batch of requests over pictures in one folder, run together so that the model loads once."""

    def __init__(self, folder: Path, bundle: Path):
        self.folder, self.bundle, self.out = folder, bundle, folder / "made"
        self.lines: list[dict] = []

    def image(self, name: str, pixels: np.ndarray) -> str:
        """Keep (H, W[, 3]) uint8 pixels under a name for requests to use."""
        Image.fromarray(pixels).save(self.folder / f"{name}.png")
        return f"{name}.png"

    def ask(self, request: dict) -> int:
        """Add a request, its words cut to what the server takes; its number names its pictures."""
        if "prompt" in request:
            request = request | {"prompt": cut_prompt(request["prompt"])}
        self.lines.append(request)
        return len(self.lines) - 1

    def run(self) -> list[dict]:
        """Make them all. One entry a request, as `toile run --json` tells it."""
        cli = ROOT / "dist" / "server" / "cli.js"
        if not cli.exists() or self.bundle.resolve().parent != ROOT / "models" / "bundles":
            raise SystemExit(f"pictures are made by {cli}, of a bundle in models/bundles: run 'npm run build' first")
        requests = self.folder / "requests.jsonl"
        requests.write_text("\n".join(map(json.dumps, self.lines)) + "\n", encoding="utf-8")
        with exit_on_sigterm():
            told = subprocess.run(["node", cli, "run", "--requests", requests, "--out", self.out, "--json"],
                                  env=os.environ | {"TOILE_BUNDLE": self.bundle.name}, stdout=subprocess.PIPE)  # fmt: skip
        if told.returncode:
            raise SystemExit(f"no pictures were made: {cli} ended with {told.returncode}, and said above why")
        return json.loads(told.stdout)["sets"]

    def made(self, number: int, variant: int = 0) -> np.ndarray:
        """(H, W, 3) uint8"""
        return np.asarray(Image.open(self.out / f"{number}-{variant}.png").convert("RGB"))
