"""What every command shares: options that say what they take, and one line where something given is wrong.

A command ends with 2 then, and with 1 where the program itself is wrong.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

PACKAGE = Path(__file__).parent
BUNDLES = PACKAGE.parent / "bundles"
UNREADABLE = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError)


class CommandParser(argparse.ArgumentParser):
    """A command's options. What they don't take ends the program in one line, without all that they do take before it."""

    def __init__(self, description: str):
        module = sys.modules["__main__"].__spec__
        super().__init__(prog=f"python -m {module.name}" if module else None, description=description,
                         formatter_class=HelpWithDefaults)  # fmt: skip

    def parse_args(self, args=None, namespace=None) -> argparse.Namespace:
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            known = ", ".join(option for option in self._option_string_actions if option.startswith("--"))
            self.error(f"'{' '.join(unknown)}' is none of the options: {known}")
        return found

    def error(self, message: str) -> NoReturn:
        end(message.removeprefix("argument "))


class HelpWithDefaults(argparse.HelpFormatter):
    """Tells what an option is where it is not given, unless its help does."""

    def _get_help_string(self, action: argparse.Action) -> str:  # overridden by argparse's own formatters too
        told, default = action.help, action.default
        if isinstance(default, list | tuple):
            default = " ".join(map(str, default))
        if default is None or default is False or default in ("", argparse.SUPPRESS):
            return told
        if re.search("default|without it", told):
            return told
        default = "on" if default is True else default
        return f"{told} (default {str(default).replace('%', '%%')})"


def run_command(command: Callable[[], object]) -> None:
    """Call a script's `main`. What the package refuses, and a file that can't be opened, ends it in one line.

    Other errors keep their traceback, and in Python's development mode (`python -X dev`) these do as well.
    """
    try:
        command()
    except (ValueError, *UNREADABLE) as error:
        if sys.flags.dev_mode or not (isinstance(error, UNREADABLE) or _is_refusal(error)):
            raise
        end(describe(error))
    except SystemExit as stop:
        if not isinstance(stop.code, str):
            raise
        end(stop.code)


def end(why: str) -> NoReturn:
    """End the program in a line, after its name."""
    print(f"{Path(sys.argv[0]).stem}: {why}", file=sys.stderr)
    raise SystemExit(2)


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


def whole_number(least: int, step: int = 1) -> Callable[[str], int]:
    """Parses whole numbers from `least` up, multiples of `step`."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least or int(text) % step:
            kind = f"multiple of {step}" if step > 1 else "whole number"
            raise argparse.ArgumentTypeError(f"'{text}' is no {kind} from {least} up")
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
