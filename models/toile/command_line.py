"""What every command shares: options that say what they take, and one line where something given is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

PACKAGE = Path(__file__).parent
BUNDLES = PACKAGE.parent / "bundles"
UNREADABLE = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)


def run_command(command: Callable[[], object]) -> None:
    """Call a script's `main`. What the package refuses, and a file that can't be opened, ends it in one line.

    Other errors keep their traceback, and in Python's development mode (`python -X dev`) these do as well.
    """
    try:
        command()
    except (ValueError, *UNREADABLE) as error:
        if sys.flags.dev_mode or not (isinstance(error, UNREADABLE) or _is_refusal(error)):
            raise
        raise SystemExit(f"{Path(sys.argv[0]).stem}: {describe(error)}") from None


def describe(error: Exception) -> str:
    """In words, without an error's number."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename} can't be opened: {error.strerror}"
    return str(error)


def _is_refusal(error: Exception) -> bool:
    """Whether the package itself raised it, and not what the package called."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return PACKAGE in Path(trace.tb_frame.f_code.co_filename).parents


def whole_number(least: int) -> Callable[[str], int]:
    """Parses whole numbers from `least` up."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {least} up")
        return int(text)

    return parse


def number(least: float, most: float = float("inf")) -> Callable[[str], float]:
    """Parses numbers from `least` up to `most`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            bounds = f"from {least:g} up" if most == float("inf") else f"from {least:g} to {most:g}"
            raise argparse.ArgumentTypeError(f"'{text}' is no number {bounds}")
        return value

    return parse


def bundle_folder(text: str) -> Path:
    """Parses a bundle's folder, or the name of one in models/bundles."""
    for folder in (Path(text), BUNDLES / text):
        if (folder / "model.json").is_file():
            return folder
    there = ", ".join(sorted(path.parent.name for path in BUNDLES.glob("*/model.json"))) or "none"
    raise argparse.ArgumentTypeError(f"'{text}' is no bundle, a folder that holds a model.json; {BUNDLES} has: {there}")
