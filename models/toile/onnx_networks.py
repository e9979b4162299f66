"""A bundle's graphs behind the `Networks` of SMART, and stage I beside them, on numpy arrays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime as ort

from .stage_two.conditions import Conditions


def open_session(graph: Path | bytes, threads: int = 0) -> ort.InferenceSession:
    """Open a graph's file, or a serialised one, on the processor; threads 0: one a core."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # graphs run in turns: threads that wait for more of one would spin on the cores that the next needs
    options.add_session_config_entry("session.force_spinning_stop", "1")
    model = graph if isinstance(graph, bytes) else str(graph)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class OnnxNetworks:
    """Graphs open when first used. Passes run in float32, several rows at once, also where the engine runs int8."""

    def __init__(self, folder: str | Path, threads: int = 0):
        self.folder, self.threads = Path(folder), threads
        self.model = json.loads((self.folder / "model.json").read_text(encoding="utf-8"))
        self._sessions: dict[str, ort.InferenceSession] = {}

    def run(self, name: str, **inputs: np.ndarray) -> list[np.ndarray]:
        if name not in self._sessions:
            self._sessions[name] = open_session(self.folder / self.model["files"][name]["path"], self.threads)
        return self._sessions[name].run(None, inputs)

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """(B, 3, H, W) float32 in [-1, 1] -> (B, M, h, w) codes"""
        return self.run("encoder", pixels=pixels)[0]

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(B, M, h, w) codes -> (B, 3, H, W) float32 in [-1, 1]"""
        return self.run("decoder", codes=codes)[0]

    def conditions(self, conditions: Conditions) -> tuple[np.ndarray, np.ndarray]:
        return tuple(self.run("conditions", **conditions.arrays()))

    def transformer(self, codes, keys, values, present):
        return tuple(self.run("transformer", codes=codes, keys=keys, values=values, condition_mask=present))

    def head(self, hidden, weights, codes, uniforms, temperature, min_p):
        # graphs made before there was a bound draw codes of any probability
        bound = {"min_p": min_p} if any(x["name"] == "min_p" for x in self.model["files"]["head"]["inputs"]) else {}
        return tuple(self.run("head", hidden=hidden, weights=weights, codes=codes, uniforms=uniforms,
                              temperature=temperature, **bound))  # fmt: skip


def to_bytes(pixels: np.ndarray) -> np.ndarray:
    """(B, 3, H, W) in [-1, 1] -> (B, H, W, 3) uint8"""
    return np.clip(np.floor((pixels.transpose(0, 2, 3, 1) + 1) * 127.5 + 0.5), 0, 255).astype(np.uint8)


def from_bytes(images: np.ndarray) -> np.ndarray:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float32 in [-1, 1]"""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32) / np.float32(127.5) - np.float32(1)
