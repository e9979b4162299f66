"""What several test files share: a drawn catalogue ready for training, and an untrained bundle."""

from pathlib import Path

import pytest
import torch
from drawn_catalogue import draw_catalogue

from toile.data import prepare
from toile.goldens import tiny_bundle


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    # training scripts take every core; networks as small as these only wait for their threads, ten times longer
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory) -> Path:
    """The tiny bundle of `toile.goldens`: real graphs of untrained networks."""
    out = tmp_path_factory.mktemp("bundle")
    tiny_bundle(out)
    return out


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Path:
    """A drawn catalogue of 2 colours and 2 articles as `toile.data` prepares it: 16 train, 4 val, 4 test pictures."""
    folder = tmp_path_factory.mktemp("drawn")
    draw_catalogue(folder / "catalogue", per_pair=6, colours=("Red", "Blue"), articles=("T-shirt", "handbag"))
    prepare(folder / "catalogue", folder / "prepared")
    return folder / "prepared"
