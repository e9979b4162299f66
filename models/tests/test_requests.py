"""What the command line is asked for ends with the one who asked."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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
