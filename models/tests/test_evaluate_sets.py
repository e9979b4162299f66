"""Sets of made pictures, judged: the command line and the evaluator are stood in for, so that the answers are known."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from toile import evaluate
from toile.data import Record
from toile.evaluate_sets import (
    evaluate_accents,
    evaluate_diversity,
    evaluate_memorised,
    evaluate_passes,
    evaluate_unconditional,
    evaluate_words,
    spread_over,
)
from toile.evaluator import bench as benches
from toile.evaluator.bench import Bench
from toile.evaluator.judge import Verdicts
from toile.evaluator.parts import measure_parts
from toile.evaluator.repeats import over_seeds

INKS = {"Red": (220, 30, 30), "Blue": (30, 40, 220)}
PAIRS = [(colour, article) for colour in INKS for article in ("shirt", "belt")]


def draw(colour: str, article: str, rng: np.random.Generator) -> np.ndarray:
    """(16, 16, 3): a tall bar for a shirt, a wide one for a belt, of some shade."""
    image = np.full((16, 16, 3), 255, np.uint8)
    height, width = (12, 4) if article == "shirt" else (4, 12)
    y, x = rng.integers(0, 16 - height), rng.integers(0, 16 - width)
    image[y : y + height, x : x + width] = np.array(INKS[colour]) + rng.integers(0, 30, 3)
    return image


def draw_asked(request: dict, variant: int) -> np.ndarray:
    *colour, article = request.get("prompt", "Red shirt").split()
    rng = np.random.default_rng(request["seed"] + variant)
    return draw(colour[0] if colour else rng.choice(list(INKS)), article, rng)


class LookingJudge:
    """Reads bars rightly; the features are the picture in 4×4 cells."""

    articles, colours = ["shirt", "belt"], list(INKS)

    def __call__(self, images: np.ndarray) -> Verdicts:
        inked = (images.min(3) < 200).reshape(len(images), 16, 16)
        wide = inked.any(1).sum(1) > inked.any(2).sum(1)
        bluer = images[..., 2].mean((1, 2)) > images[..., 0].mean((1, 2))
        features = images.reshape(-1, 4, 4, 4, 4, 3).mean((2, 4)).reshape(len(images), -1) / 255
        logits = np.stack([~wide, wide], 1) * 8.0
        return Verdicts(features, logits, np.stack([~bluer, bluer], 1) * 8.0,
                        np.array(self.articles)[wide * 1], np.array(self.colours)[bluer * 1])  # fmt: skip


class Coarse:
    """A bundle whose stage I keeps the picture in so many levels."""

    folder = None

    def __init__(self, levels: int = 32):
        self.levels = levels

    def encode(self, pixels):
        return np.clip((pixels + 1) / 2 * self.levels, 0, self.levels - 1).astype(np.int64)

    def decode(self, codes):
        return ((codes + 0.5) / self.levels * 2 - 1).astype(np.float32)


@pytest.fixture
def catalogue(tmp_path):
    """80 train, 24 test and 8 unseen photos; each caption names its colour and article."""
    for seed, (name, count) in enumerate((("train", 80), ("test", 24), ("unseen", 8))):
        rng, pairs = np.random.default_rng(seed), [PAIRS[n % 4] for n in range(count)]
        np.save(tmp_path / f"{name}.npy", np.stack([draw(*pair, rng) for pair in pairs]))
        records = [Record(id=str(n), caption=" ".join(p), article=p[1], colour=p[0]) for n, p in enumerate(pairs)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(vars(r)) for r in records) + "\n")
    return tmp_path


@pytest.fixture
def studio(monkeypatch):
    """Stands in for the command line. What it draws can be set; it keeps what was asked, a list a run."""
    studio = SimpleNamespace(draw=draw_asked, runs=[])

    class DrawnRequests:
        def __init__(self, folder, bundle):
            self.lines = []

        def ask(self, request):
            self.lines.append(request)

        def run(self):
            studio.runs.append(self.lines)
            return [{"timings": {"totalMs": 100 * request.get("passes", 10)}} for request in self.lines]

        def made(self, number, variant=0):
            return studio.draw(self.lines[number], variant)

    monkeypatch.setattr(benches, "Requests", DrawnRequests)
    return studio


def start(catalogue, levels: int = 32, **options) -> Bench:
    return Bench(catalogue, LookingJudge(), Coarse(levels), **options)


def test_pictures_that_follow_their_captions_are_as_good_as_photos(catalogue, studio, capsys):
    found = evaluate_words(start(catalogue))
    assert found["test"]["generated"]["both"] == found["unseen"]["ratio"]["both"] == 1.0
    assert (found["test"]["generated"]["pictures"], found["unseen"]["generated"]["pictures"]) == (24, 8)
    assert found["set"]["fd"] / found["floor"]["fd"] == pytest.approx(found["set"]["over floor"])
    assert found["set"]["over floor"] < 2 < found["set"]["over reconstruction"]
    out = capsys.readouterr().out
    assert "unseen captions: ratio" in out and "train photos (floor)" in out and "Lowest" not in out


def test_pictures_of_one_kind_miss_other_captions_and_reach_few_photos(catalogue, studio):
    faithful = evaluate_words(start(catalogue))
    studio.draw = lambda request, variant: draw_asked(request | {"prompt": "Red shirt"}, variant)
    found = evaluate_words(start(catalogue))
    assert found["test"]["ratio"] == {"colour": 0.5, "kin": 0.5, "article": 0.5, "both": 0.25}
    assert found["set"]["fd"] > 2 * faithful["set"]["fd"] and found["set"]["is"] == pytest.approx(1.0)
    assert found["set"]["recall"] < 0.5 < faithful["set"]["recall"]


def test_other_seeds_make_other_pictures_and_a_range(catalogue, studio, capsys):
    found = evaluate_unconditional(start(catalogue, seeds=3, limit=12))
    asked = [request for run in studio.runs for request in run]
    assert len(asked) == 36 == len({request["seed"] for request in asked})
    assert not any("prompt" in request for request in asked)
    low, high = found["range"]["set: fd"]
    assert low < found["set"]["fd"] < high and found["set"]["pictures"] == 12
    assert "Lowest and highest over 3 seeds" in capsys.readouterr().out


def test_a_catalogue_without_unseen_pairs_is_judged_too(catalogue, studio):
    (catalogue / "unseen.npy").unlink()
    bench = start(catalogue, limit=8)
    assert "unseen" not in evaluate_words(bench) and "made of unseen captions" not in evaluate_memorised(bench)


def test_a_catalogue_without_a_test_split_is_refused_with_the_splits_it_has(catalogue, studio):
    (catalogue / "test.npy").unlink()
    for evaluate_part in (evaluate_words, evaluate_unconditional, evaluate_diversity, evaluate.evaluate_test):
        with pytest.raises(FileNotFoundError, match=r"no split 'test' in .*; it has: train, unseen"):
            evaluate_part(start(catalogue))
    assert start(catalogue).photos_if_any("test") is None


def test_the_same_pictures_serve_words_and_memorised(catalogue, studio):
    bench = start(catalogue)
    evaluate_words(bench)
    evaluate_memorised(bench)
    assert [len(run) for run in studio.runs] == [24, 8]


@pytest.mark.parametrize(("levels", "found_of_copies"), [(256, 1.0), (8, 0.0)])
def test_the_bound_finds_as_many_copies_as_of_train_photos_that_pass_stage_one(catalogue, studio, levels, found_of_copies):
    copies, _ = benches.reconstruct(Coarse(levels), np.load(catalogue / "train.npy"))
    studio.draw = lambda request, variant: copies[request["seed"] % len(copies)]
    found = evaluate_memorised(start(catalogue, levels))
    assert found["made of test captions"]["share"] == found["reconstructed train photos"]["share"] == found_of_copies
    assert found["reconstructed train photos"]["pictures"] == 80 and found["test photos"]["share"] == pytest.approx(1 / 24)
    # through a coarse stage I a copy is moved, through a fine one it stays
    assert (found["reconstructed train photos"]["median"] < found["near"]) == (levels == 256)


def test_pictures_like_no_photo_are_not_near_and_a_limit_bounds_the_copies(catalogue, studio):
    studio.draw = lambda request, variant: np.zeros((16, 16, 3), np.uint8)
    found = evaluate_memorised(start(catalogue, levels=256, limit=12))
    assert found["made of test captions"]["share"] == 0.0
    assert found["reconstructed train photos"]["share"] == 1.0 and found["reconstructed train photos"]["pictures"] == 12


def test_diversity_runs_from_nought_to_that_of_photos(catalogue, studio):
    found = evaluate_diversity(start(catalogue))
    captions, alone = found["captions"], found["articles alone"]
    assert found["prompts"] == captions["prompts with two such"] == 24
    assert 0.3 < captions["of article"] < 1  # a caption fixes the colour, which photos of an article vary in
    assert captions["of article and colour"] == pytest.approx(1, abs=0.15)
    assert alone["of article"] == pytest.approx(1, abs=0.15) and "of article and colour" not in alone
    assert [len(run) for run in studio.runs] == [24, 24]
    assert {request["prompt"] for request in studio.runs[1]} == {"shirt", "belt"}
    real = found["real photos"]  # here a caption says no more than article and colour
    assert real["captions"] == len(PAIRS) and real["of article and colour"] == pytest.approx(1, abs=0.15)
    assert real["of article"] == pytest.approx(captions["of article"], abs=0.15)
    studio.draw = lambda request, variant: draw_asked(request, 0)
    found = evaluate_diversity(start(catalogue))
    assert found["captions"]["of article"] == found["articles alone"]["of article"] == 0.0


def test_prompts_without_a_second_photo_of_their_colour_are_not_compared_by_it(catalogue, studio):
    lines = [json.loads(line) for line in (catalogue / "test.jsonl").read_text().splitlines()]
    lines[0]["colour"], lines[1]["colour"], lines[2]["colour"] = "Green", "", ""
    (catalogue / "test.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    assert evaluate_diversity(start(catalogue))["captions"]["prompts with two such"] == 21


def test_captions_that_no_two_photos_share_tell_nothing_of_photos(catalogue, studio):
    for split in ("test", "train"):
        lines = [json.loads(line) for line in (catalogue / f"{split}.jsonl").read_text().splitlines()]
        for n, line in enumerate(lines):
            line["caption"] = f"{line['colour']} {line['article']} {split} {n}"
        (catalogue / f"{split}.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    studio.draw = lambda request, variant: draw("Red", "shirt", np.random.default_rng(request["seed"] + variant))
    assert "real photos" not in evaluate_diversity(start(catalogue))


def test_diversity_asks_for_each_article_in_turn(catalogue, studio):
    evaluate_diversity(start(catalogue, limit=8))
    assert [request["prompt"].split()[1] for request in studio.runs[0]] == ["shirt", "belt"]
    assert spread_over({"shirt": [0, 2, 5], "belt": [1], "cap": [3, 4]}, 5) == [0, 1, 3, 2, 4]


def test_a_second_colour_is_looked_for_where_it_is_asked_and_where_it_is_not(catalogue, studio):
    inks = {"red": (205, 25, 40), "green": (30, 140, 60), "blue": (35, 85, 200)}

    def banded(request, variant):
        image = np.full((16, 16, 3), 255, np.uint8)
        image[2:14, 2:14] = {"white": 238, "black": 20, "grey": 128}[request["prompt"].split()[0]]
        for name, ink in inks.items():  # of each prompt's four, one keeps to what it knows
            if name in request["prompt"].split() and variant > 0:
                image[6:8, 2:14] = ink
        return image

    class LookingAtTheCorner(LookingJudge):
        def __call__(self, images):
            shades = {238: "White", 20: "Black", 128: "Grey"}
            return replace(super().__call__(images), colours=np.array([shades.get(n, "Red") for n in images[:, 3, 3, 0]]))

    studio.draw = banded
    bench = start(catalogue)
    bench.judge = LookingAtTheCorner()
    found = evaluate_accents(bench)
    assert (found["asked"], found["not asked"], found["pictures"]) == (0.375, 0.0, 120)
    assert found["white sneakers with … stripe"] == 0.375
    bench.judge = LookingJudge()  # finds neither white nor black nor grey
    assert evaluate_accents(bench)["asked"] == 0.0


def test_articles_of_one_photo_each_cannot_be_compared(catalogue, studio):
    record = Record(id="0", caption="Red shirt", article="shirt", colour="Red")
    (catalogue / "test.jsonl").write_text(json.dumps(vars(record)) + "\n")
    np.save(catalogue / "test.npy", np.load(catalogue / "test.npy")[:1])
    with pytest.raises(ValueError, match="no article has two photos among the 1"):
        evaluate_diversity(start(catalogue))


def test_a_part_that_the_catalogue_has_too_little_for_is_left_out_with_its_reason(catalogue, studio, monkeypatch, capsys):
    judge = LookingJudge()
    judge.accuracy = {}
    monkeypatch.setattr(evaluate, "OnnxNetworks", lambda path: Coarse())
    monkeypatch.setattr(evaluate, "find_judge", lambda bundle, path: judge)
    options = ["--bundle", "garments", "--data", catalogue, "--what", "colours,words", "--json", catalogue / "out.json"]
    monkeypatch.setattr("sys.argv", ["evaluate", *map(str, options)])
    evaluate.main()
    assert set(json.loads((catalogue / "out.json").read_text())) == {"words"}
    assert "'colours' is left out: the evaluator was trained on too few pictures to know: Black" in capsys.readouterr().out


def test_any_other_error_ends_the_evaluation(tmp_path):
    def broken():
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"):
        measure_parts({"words": broken}, {}, None)


def test_photos_of_val_stand_beside_the_floor_where_there_are_enough(catalogue, studio, capsys):
    assert "val floor" not in evaluate_words(start(catalogue))
    for count in (3, 20):
        np.save(catalogue / "val.npy", np.load(catalogue / "train.npy")[:count])
        lines = (catalogue / "train.jsonl").read_text().splitlines(keepends=True)[:count]
        (catalogue / "val.jsonl").write_text("".join(lines))
        found = [part(start(catalogue)) for part in (evaluate_words, evaluate_passes, evaluate.evaluate_test)]
        assert [part.get("val floor", {}).get("pictures") for part in found] == [20 if count == 20 else None] * 3
    assert [part["floor"]["pictures"] for part in found] == [24] * 3 and found[0]["val floor"]["fd"] > 0
    assert capsys.readouterr().out.count("\nval photos ") == 3


def test_more_passes_are_asked_of_the_same_captions_and_seeds(catalogue, studio):
    def worse_in_one_pass(request, variant):
        return draw_asked(request if request["passes"] > 1 else request | {"prompt": "Blue belt"}, variant)

    studio.draw = worse_in_one_pass
    found = evaluate_passes(start(catalogue, limit=12))
    by_passes = {}
    for request in studio.runs[0]:
        by_passes.setdefault(request["passes"], []).append((request["prompt"], request["seed"]))
    assert len(by_passes) == 7 and all(asked == by_passes[1] for asked in by_passes.values())
    assert found["1"]["colour"] < found["2"]["colour"] == found["real"]["colour"] == 1.0
    assert found["1"]["fd"] > found["16"]["fd"] and found["16"]["seconds"] == pytest.approx(1.6)
    assert found["floor"]["pictures"] == found["8"]["pictures"] == 12


def test_a_limit_takes_photos_from_all_over_a_split(catalogue):
    few = start(catalogue).photos("test", 4)
    assert [record.id for record in few.records] == ["0", "8", "15", "23"]
    np.testing.assert_array_equal(few.verdicts.features, LookingJudge()(few.images).features)


def test_the_mean_over_seeds_keeps_counts_and_what_a_run_lacks():
    runs = [{"set": {"fd": 1.0, "pictures": 8, "ratio": None}}, {"set": {"fd": 2.0, "pictures": 8, "ratio": 0.5}}]
    assert over_seeds(runs) == {
        "set": {"fd": 1.5, "pictures": 8, "ratio": None}, "seeds": 2, "range": {"set: fd": [1.0, 2.0]}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--what", "test,wrods"], "--what wrods is none of: test, reconstruction, colours, accents, words"),
        (["--what", "words"], "'words' needs --bundle"),
        (["--what", "colours"], "'colours' needs --bundle"),
        (["--limit", "3"], "'3' is no whole number from 4 up"),
        (["--seeds", "two"], "'two' is no whole number from 1 up"),
    ],
)
def test_options_that_make_no_sense_are_refused_by_name(options, message, capsys):
    parser = evaluate.arguments()
    with pytest.raises(SystemExit):
        evaluate.check_parts(parser, parser.parse_args(["--data", "prepared", *options]))
    assert message in capsys.readouterr().err


def test_parts_run_in_one_order_however_they_are_asked():
    parser = evaluate.arguments()
    args = parser.parse_args(["--data", "prepared", "--bundle", "garments", "--what", "passes, words,test"])
    assert evaluate.check_parts(parser, args) == ["test", "words", "passes"]
