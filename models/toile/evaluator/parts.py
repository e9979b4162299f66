"""The parts of an evaluation, one after the other: one that a catalogue has too little for leaves the others be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path


class Unmeasurable(ValueError):
    """A catalogue, or the evaluator trained on it, has too little for a part; the message says what it lacks."""


def measure_parts(parts: dict[str, Callable[[], dict]], figures: dict, path: Path | None) -> None:
    """Add each part's figures to `figures`, and write them to `path` after every part: the whole takes long."""
    for name, measure in parts.items():
        try:
            figures[name] = measure()
        except Unmeasurable as error:
            print(f"\n'{name}' is left out: {error}")
        if path:
            path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
            print(f"\nfigures so far -> {path}")
