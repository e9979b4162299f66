"""Which other colours a garment shows: catalogues name one, and people ask for "white sneakers with a green stripe".

Named by the pixels' hue, chroma and lightness in CIELAB (D65). Skin, wood and leather tones are left without a name.
"""

from __future__ import annotations

import numpy as np

NAMES = ("", "black", "white", "red", "pink", "orange", "yellow", "green", "blue", "navy", "purple")
# the names that a colour of the catalogue may show without a second one being there, in its shades and shadows
_OWN = {
    "beige": "white yellow orange",
    "black": "black navy",
    "blue": "blue navy",
    "brown": "orange yellow red black",
    "burgundy": "red purple pink black",
    "charcoal": "black",
    "cream": "white yellow orange",
    "gold": "yellow orange green",
    "green": "green yellow",
    "grey": "black white",
    "khaki": "yellow orange green",
    "lavender": "purple pink blue",
    "lime green": "green yellow",
    "magenta": "pink purple red",
    "maroon": "red purple pink black",
    "mustard": "yellow orange green",
    "navy blue": "blue navy black purple",
    "off white": "white yellow",
    "olive": "green yellow black",
    "orange": "orange red yellow pink",
    "peach": "orange pink red yellow",
    "pink": "pink red purple",
    "purple": "purple pink blue navy",
    "red": "red pink orange",
    "silver": "white black",
    "tan": "orange yellow red",
    "teal": "blue green",
    "turquoise blue": "blue green",
    "white": "white",
    "yellow": "yellow orange green",
}
_LEGS = ("jeans", "trousers", "track pants", "shorts", "capris", "leggings", "skirt", "jegging")
MOST = 0.5  # more than half of a garment is no accent


def accents(image: np.ndarray, colour: str, article: str = "", on_model: bool = False) -> list[str]:
    """The basic colours that a garment shows beside its own, by falling share of its pixels.

    image: (H, W, 3) uint8 sRGB on white. A vivid colour counts from 3 % on; black and white, which shadows and lights
    show too, from 15 %. Of what is worn on a model, and of trousers and the like, only the middle counts, without what
    else is worn; on a model no tone of skin does. Of a colour that isn't known nothing is said.
    """
    if (own := _OWN.get(colour.lower())) is None:
        return []
    shares = colour_shares(image, _rows(article, on_model))
    left_out = {"", *own.split(), *(("orange", "pink") if on_model else ())}
    least = {"black": 0.15, "white": 0.15}
    found = [(share, name) for name, share in shares.items()
             if name not in left_out and least.get(name, 0.03) <= share < MOST]  # fmt: skip
    return [name for _, name in sorted(found, reverse=True)]


def accent_cells(image: np.ndarray, names: list[str], cell: int, article: str = "", on_model: bool = False) -> np.ndarray:
    """Where a garment shows its second colours: (H // cell, W // cell) uint8, 0 for nowhere, else 1 + an index in `names`.

    A cell shows the colour of `names` that most of its pixels have, if that is an eighth of them or more. The rest as in
    `accents`, which gave the names.
    """
    height, width = (side // cell for side in image.shape[:2])
    image = image[::2, ::2]
    named = np.where(_shown(image, _rows(article, on_model)), _names_of(image), 0)
    named = named.reshape(height, cell // 2, width, cell // 2)
    shares = np.stack([(named == NAMES.index(name)).mean((1, 3)) for name in names])
    return np.where(shares.max(0) >= 1 / 8, 1 + shares.argmax(0), 0).astype(np.uint8)


def colour_shares(image: np.ndarray, rows: tuple[float, float] | None = None) -> dict[str, float]:
    """The share of a garment's pixels that each of NAMES has; "" is what has no name.

    rows: the part of the height that counts, and then of the width only the middle half.
    """
    image = image[::2, ::2]
    counts = np.bincount(_names(image[_shown(image, rows)]), minlength=len(NAMES))
    return dict(zip(NAMES, (counts / max(1, counts.sum())).tolist(), strict=True))


def name_pixels(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> (H, W) names, each one of NAMES; the background has none."""
    return np.array(NAMES)[np.where(_background(image), 0, _names_of(image))]


def _rows(article: str, on_model: bool) -> tuple[float, float] | None:
    """The part of the height in which a garment's own colours are looked for, where it is not all of it."""
    return (0.35, 0.85) if article in _LEGS else (0.2, 0.7) if on_model else None


def _shown(image: np.ndarray, rows: tuple[float, float] | None) -> np.ndarray:
    """(H, W) bool: the garment, within `rows` of the height and then the middle half of the width."""
    shown = ~_background(image)
    if rows:
        height, width = shown.shape
        inside = np.zeros_like(shown)
        inside[int(rows[0] * height) : int(rows[1] * height), width // 4 : width - width // 4] = True
        shown &= inside
    return shown


def _background(image: np.ndarray) -> np.ndarray:
    """(H, W) bool: white that runs in from a side, and the pure white that shows through handles and straps."""
    least = image.min(-1)
    white, along = least > 246, np.logical_and.accumulate
    runs = along(white, 0) | along(white[::-1], 0)[::-1] | along(white, 1) | along(white[:, ::-1], 1)[:, ::-1]
    return runs | (least >= 252)


def _names_of(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> (H, W) indices into NAMES"""
    return _names(image.reshape(-1, 3)).reshape(image.shape[:2])


def _names(pixels: np.ndarray) -> np.ndarray:
    """(n, 3) uint8 -> (n,) indices into NAMES"""
    lightness, a, b = _lab(pixels).T
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    vivid, reddish = chroma >= 25, (hue >= 340) | (hue < 20)

    def between(low: float, high: float) -> np.ndarray:
        return (hue >= low) & (hue < high)

    rules = {
        "black": (chroma < 10) & (lightness < 24),
        "white": (chroma < 8) & (lightness > 86),
        "pink": vivid & ((reddish & (lightness >= 50)) | (between(20, 45) & (lightness >= 68)) |
                         (between(305, 340) & (lightness >= 65))),
        "red": (chroma >= 42) & (hue < 46) & (lightness >= 25),
        "orange": (chroma >= 52) & between(46, 72) & (lightness >= 50),
        "yellow": (chroma >= 45) & between(74, 106) & (lightness >= 60),
        "green": (chroma >= 20) & between(106, 190) & (lightness >= 20),
        "navy": (chroma >= 15) & between(250, 310) & (lightness < 26),
        "blue": vivid & between(235, 305) & (lightness >= 26),
        "purple": vivid & between(305, 340),
    }  # fmt: skip
    return np.select(list(rules.values()), [NAMES.index(name) for name in rules], 0)


def _lab(pixels: np.ndarray) -> np.ndarray:
    """(n, 3) uint8 sRGB -> (n, 3) CIELAB, of white D65"""
    signal = pixels.astype(np.float32) / 255
    linear = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
    xyz = linear @ (to_xyz / to_xyz.sum(1, keepdims=True)).T
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)
