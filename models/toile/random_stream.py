"""The seeded generator that Python and TypeScript share, bit for bit: xoshiro128** seeded by SplitMix32."""

from __future__ import annotations

import numpy as np

_WORD = 0xFFFFFFFF


class RandomStream:
    """Uniform draws of a row of generation. seed and candidate are unsigned 32-bit."""

    def __init__(self, seed: int, candidate: int = 0):
        x = (seed ^ (candidate * 0x9E3779B9)) & _WORD
        state = []
        for _ in range(4):
            x = (x + 0x9E3779B9) & _WORD
            z = ((x ^ (x >> 16)) * 0x21F0AAAD) & _WORD
            z = ((z ^ (z >> 15)) * 0x735A2D97) & _WORD
            state.append(z ^ (z >> 15))
        if not any(state):
            state[0] = 1
        self._s = state

    def next_word(self) -> int:
        s0, s1, s2, s3 = self._s
        result = (_rotate((s1 * 5) & _WORD, 7) * 9) & _WORD
        t = (s1 << 9) & _WORD
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        self._s = [s0, s1, s2, _rotate(s3, 11)]
        return result

    def uniforms(self, count: int) -> np.ndarray:
        """(count,) float64 in [0, 1), each a multiple of 2^-24"""
        return np.array([(self.next_word() >> 8) / 2**24 for _ in range(count)])


def _rotate(x: int, by: int) -> int:
    return ((x << by) | (x >> (32 - by))) & _WORD
