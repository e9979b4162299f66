"""Figures as text: tables for a terminal, and nested figures by their paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str | float | int | None]]) -> None:
    def cell(value: str | float | int | None) -> str:
        if isinstance(value, float):
            return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
        return "-" if value is None else str(value)

    table = [[cell(value) for value in row] for row in [head, *rows]]
    widths = [max(len(row[n]) for row in table) for n in range(len(head))]
    print(f"\n{title}")
    for row in table:
        first, *rest = zip(row, widths, strict=True)
        print("  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]))


def flat(found: dict, above: str = "") -> Iterator[tuple[str, float]]:
    """Each figure of a nested dict with its path: ("words: colour", 0.5)."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}: ")
        else:
            yield f"{above}{name}", value
