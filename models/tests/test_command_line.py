"""Commands end in one line where what they were given is wrong, and in a traceback where they are."""

import argparse
import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import toile
from toile.command_line import CommandParser, bundle_folder, number, run_command, whole_number
from toile.data import prepare


@pytest.fixture
def ended_by(monkeypatch, capsys):
    """Runs a command that ends with 2, and gives the line that it ends in."""

    def run(command) -> str:
        monkeypatch.setattr(sys, "argv", ["models/toile/data.py"])
        with pytest.raises(SystemExit) as caught:
            run_command(command)
        assert caught.value.code == 2
        return capsys.readouterr().err

    return run


def test_what_the_package_refuses_and_a_file_that_is_not_there_are_one_line(tmp_path, ended_by):
    (tmp_path / "captions.csv").write_text("file,caption\na.png,\n")
    told = "data: captions.csv, line 2: 'file' and 'caption' are both needed, got {'file': 'a.png', 'caption': ''}\n"
    assert ended_by(lambda: prepare(tmp_path, tmp_path / "out")) == told
    missing = tmp_path / "none.json"
    assert ended_by(missing.read_text) == f"data: {missing} can't be opened: No such file or directory\n"
    run = tmp_path / "captions.csv"
    assert ended_by(lambda: run.mkdir(exist_ok=True)) == f"data: {run} can't be opened: File exists\n"


def test_a_command_that_ends_itself_with_a_line_ends_like_the_others(ended_by):
    assert ended_by(lambda: sys.exit("choose another --run")) == "data: choose another --run\n"


@pytest.mark.parametrize(
    "options, told",
    [
        (["--size", "big"], "--size: 'big' is no whole number from 2 up"),
        (["--size", "4", "--kind", "d"], "--kind: invalid choice: 'd' (choose from 'a', 'b')"),
        (["--size", "4", "--sizes", "5"], "'--sizes 5' is none of the options: --help, --size, --kind"),
        ([], "the following arguments are required: --size"),
    ],
)
def test_what_an_option_does_not_take_is_one_line_without_all_the_others(ended_by, options, told):
    def command():
        parser = CommandParser("Cut cloth.")
        parser.add_argument("--size", type=whole_number(2), required=True)
        parser.add_argument("--kind", choices=["a", "b"])
        parser.parse_args(options)

    # Python versions differ in what they quote
    assert ended_by(command).replace("'", "") == f"data: {told}\n".replace("'", "")


def test_the_help_says_how_the_command_is_called():
    told = subprocess.run([sys.executable, "-m", "toile.tokenizer", "--help"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("usage: python -m toile.tokenizer [-h] --data DATA --out OUT")
    assert "tokens at most (default 4096)" in told.stdout


def test_the_help_tells_defaults_once_and_none_of_switches():
    parser = CommandParser("Cut cloth.")
    parser.add_argument("--sizes", nargs="+", default=[4, 5], help="to cut")
    parser.add_argument("--share", type=number(0, 1), default=0.5, help="half by default")
    parser.add_argument("--fold", action="store_true", help="before")
    parser.add_argument("--iron", action=argparse.BooleanOptionalAction, default=True, help="after")
    parser.add_argument("--seams", type=whole_number(0), default=0, help="to leave")
    parser.add_argument("--cloth", help="of 100 %%")
    told = parser.format_help()
    assert "to cut (default 4 5)\n" in told and "half by default\n" in told and "before\n" in told
    assert "after (default on)\n" in told and "to leave (default 0)\n" in told and "of 100 %\n" in told


def test_every_option_says_what_it_is():
    for path in Path(toile.__path__[0]).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "add_argument":
                named = any(keyword.arg in ("help", None) for keyword in call.keywords)
                assert named, f"{path.name}, line {call.lineno}: {ast.unparse(call.args[0])} has no help"


def test_errors_of_the_program_keep_their_traceback():
    for broken in (lambda: np.zeros(3).reshape(2), lambda: {}["key"]):
        with pytest.raises((ValueError, KeyError)):
            run_command(broken)


def test_every_script_ends_that_way():
    scripts = {path: path.read_text() for path in Path(toile.__path__[0]).rglob("*.py") if path.name != "command_line.py"}
    mains = [(path, text.split('if __name__ == "__main__":')[1]) for path, text in scripts.items() if "__main__" in text]
    assert len(mains) > 15 and all(main.strip().startswith("run_command(") for _, main in mains)
    assert not [path for path, text in scripts.items() if "ArgumentParser(" in text]


@pytest.mark.parametrize(("parse", "text", "told"), [(whole_number(2), "1", "'1' is no whole number from 2 up"),
                                                     (whole_number(16, 16), "40", "'40' is no multiple of 16 from 16 up"),
                                                     (whole_number(0), "-1", "'-1' is no whole number"),
                                                     (whole_number(0), "1.5", "'1.5' is no whole number"),
                                                     (number(0), "much", "'much' is no number from 0 up"),
                                                     (number(0, 1), "nan", "'nan' is no number from 0 to 1"),
                                                     (number(0, 1), "1.5", "'1.5' is no number from 0 to 1")])  # fmt: skip
def test_an_option_says_what_it_takes(parse, text, told):
    with pytest.raises(argparse.ArgumentTypeError, match=told):
        parse(text)


def test_an_option_takes_what_it_says():
    assert (whole_number(2)("2"), number(0, 1)("1"), number(0)("1e3"), number(0)("inf")) == (2, 1.0, 1000.0, float("inf"))


def test_a_bundle_is_a_folder_or_a_name(bundle):
    assert bundle_folder(str(bundle)) == bundle
    assert bundle_folder("garments") == Path(toile.__path__[0]).parent / "bundles" / "garments"
    with pytest.raises(argparse.ArgumentTypeError, match="'nope' is no bundle, .* has: garments"):
        bundle_folder("nope")
