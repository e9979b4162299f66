"""Flat pictures of garments in colours whose names are known."""

import numpy as np

PAINTS = {
    "black": (20, 20, 22), "white": (238, 238, 236), "red": (205, 25, 40), "pink": (240, 120, 170),
    "orange": (240, 125, 30), "yellow": (245, 215, 50), "green": (30, 140, 60), "blue": (35, 85, 200),
    "navy": (20, 30, 75), "purple": (110, 45, 145),
}  # fmt: skip
SKIN, LEATHER, DENIM = (224, 180, 156), (110, 66, 38), (52, 88, 150)


def garment(main, *bands, box=(64, 48, 208, 208)):
    """A rectangle of one paint on white, with bands (paint, first row, last row) across it."""
    image = np.full((256, 256, 3), 255, np.uint8)
    top, left, bottom, right = box
    image[top:bottom, left:right] = main
    for paint, first, last in bands:
        image[first:last, left:right] = paint
    return image
