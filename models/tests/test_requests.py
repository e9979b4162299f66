"""What the command line is asked for ends with the one who asked."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from toile.requests import Requests

WAITS = """
import subprocess, sys
from toile.requests import exit_on_sigterm
with exit_on_sigterm():
    subprocess.run([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"], check=True)
"""


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split(") ")[1][0] != "Z" if Path("/proc").is_dir() else True


def test_a_child_ends_with_the_parent_that_is_ended():
    parent = subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.terminate()
    assert parent.wait(timeout=30) == 128 + signal.SIGTERM
    end = time.monotonic() + 10
    while is_running(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(child)


def test_words_are_cut_to_the_500_utf_16_units_that_the_server_takes(tmp_path):
    batch = Requests(tmp_path, tmp_path)
    for prompt in ("x" * 501, "é" * 500, "x" * 499 + "👕"):
        batch.ask({"prompt": prompt, "seed": 1})
    batch.ask({"seed": 1})
    assert batch.lines == [{"prompt": "x" * 500, "seed": 1}, {"prompt": "é" * 500, "seed": 1},
                           {"prompt": "x" * 499, "seed": 1}, {"seed": 1}]  # fmt: skip


def test_a_command_line_that_fails_ends_with_a_line_beside_its_own(tmp_path, monkeypatch, capfd):
    root, node = tmp_path / "root", tmp_path / "node"
    for part in (cli := root / "dist" / "server" / "cli.js", root / "models" / "bundles" / "mine" / "model.json"):
        part.parent.mkdir(parents=True)
        part.touch()
    node.write_text("#!/bin/sh\necho no such bundle >&2\nexit 3\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("toile.requests.ROOT", root)
    with pytest.raises(SystemExit, match=f"no pictures were made: {cli} ended with 3, and said above why"):
        Requests(tmp_path, root / "models" / "bundles" / "mine").run()
    assert capfd.readouterr().err == "no such bundle\n"
