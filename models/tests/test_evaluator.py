import json
from argparse import Namespace

import numpy as np
import pytest
import torch
from ticking_clock import train_by_ticks

from toile import evaluate
from toile.data import Record, Split, save_split
from toile.evaluator import asked
from toile.evaluator import train as evaluator_training
from toile.evaluator.augment import augment, compress
from toile.evaluator.bench import Bench
from toile.evaluator.judge import Judge, Verdicts, same_family
from toile.evaluator.network import Evaluator, EvaluatorConfig, Labels, export_onnx, load_evaluator
from toile.evaluator.train import accuracy, arguments, sampling_weights, shrink, train

INKS = {"Red": (220, 30, 30), "Blue": (30, 40, 220)}


def tiny_catalogue(count: int, seed: int) -> Split:
    """Wide bars and tall bars ("shirt", "dress"), red and blue, on white."""
    rng = np.random.default_rng(seed)
    images, records = np.full((count, 256, 256, 3), 255, np.uint8), []
    for n in range(count):
        colour, article = ("Red", "Blue")[n % 2], ("shirt", "dress")[n // 2 % 2]
        height, width = (60, 180) if article == "shirt" else (180, 60)
        y, x = rng.integers(10, 246 - height), rng.integers(10, 246 - width)
        images[n, y : y + height, x : x + width] = INKS[colour]
        records.append(Record(id=str(n), caption=f"{colour} {article}", article=article, colour=colour))
    return Split(images, records)


def write_split(folder, name: str, split: Split) -> None:
    np.save(folder / f"{name}.npy", split.images)
    lines = [json.dumps({**vars(r), "split": name}) for r in split.records]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with data, an evaluator trained on it for some 80 steps, and its graph."""
    folder = tmp_path_factory.mktemp("evaluator")
    for name, count, seed in (("train", 64, 0), ("val", 16, 1), ("test", 24, 2)):
        write_split(folder, name, tiny_catalogue(count, seed))
    options = ["--data", str(folder), "--run", str(folder / "run"), "--minutes", "5.3", "--no-compile"]
    options += ["--batch", "16", "--least", "4", "--warmup", "5", "--device", "cpu", "--threads", "1"]
    train_by_ticks(evaluator_training, arguments().parse_args(options))
    export_onnx(load_evaluator(folder / "run" / "last.pt"), folder / "evaluator.onnx")
    return folder


def test_a_tiny_evaluator_learns_a_tiny_catalogue(trained):
    model = load_evaluator(trained / "run" / "last.pt")
    assert set(model.config.labels.articles) == {"shirt", "dress", "other"}
    val = tiny_catalogue(16, 1)
    found = accuracy(model, shrink(val.images), val.records, "cpu")
    assert found["colour"] == 1.0 and found["article"] >= 0.9
    assert model.accuracy["colour_pictures"] == 16


@pytest.mark.parametrize("side", [64, 128, 144, 256, 272, 512])
def test_pictures_of_any_size_are_shrunk_whole(side):
    images = np.zeros((3, side, side, 3), np.uint8)
    images[:, : side // 2, :, 0] = 200  # the upper half
    images[:, :, side // 2 :, 2] = 100  # the right half
    small = shrink(images, part=2).numpy()
    assert small.shape == (3, 128, 128, 3)
    assert (small[:, :64, :, 0] == 200).all() and (small[:, 64:, :, 0] == 0).all()
    assert (small[:, :, 64:, 2] == 100).all() and (small[:, :, :64, 2] == 0).all()
    if side == 256:
        noise = np.random.default_rng(0).integers(0, 256, images.shape, dtype=np.uint8)
        means = noise.reshape(3, 128, 2, 128, 2, 3).mean((2, 4))
        np.testing.assert_allclose(shrink(noise).numpy(), means, atol=0.5)


def test_a_finished_run_resumes_where_it_stopped(trained, capsys):
    before = torch.load(trained / "run" / "last.pt", weights_only=False)["step"]
    options = ["--data", str(trained), "--run", str(trained / "run"), "--minutes", "5.3", "--no-compile"]
    train(arguments().parse_args([*options, "--batch", "16", "--least", "4", "--device", "cpu"]))
    assert f"at step {before}" in capsys.readouterr().out
    assert torch.load(trained / "run" / "last.pt", weights_only=False)["step"] == before


def test_a_run_does_not_go_on_with_labels_in_another_order(trained, tmp_path):
    saved = torch.load(trained / "run" / "last.pt", weights_only=False)
    first, second, other = saved["config"]["labels"]["colours"]
    saved["config"]["labels"]["colours"] = [second, first, other]
    torch.save(saved, tmp_path / "last.pt")
    options = ["--data", str(trained), "--run", str(tmp_path), "--minutes", "9", "--no-compile", "--device", "cpu"]
    with pytest.raises(SystemExit, match="last.pt was trained on other labels than .* has: choose another --run"):
        train(arguments().parse_args([*options, "--least", "4"]))


def test_labels_that_no_article_or_colour_has_enough_pictures_for_are_refused(trained, tmp_path):
    options = ["--data", str(trained), "--run", str(tmp_path), "--least", "65", "--no-compile", "--device", "cpu"]
    told = r"no article or colour has --least 65 pictures among the 64 to train on: .* (\d+), so give --least \1 or less"
    with pytest.raises(SystemExit, match=told):
        train(arguments().parse_args(options))


def test_a_catalogue_without_labels_is_told_that_it_has_none(tmp_path):
    split = tiny_catalogue(4, 3)
    save_split(tmp_path, "train", Split(split.images, [Record(id=r.id, caption="tee") for r in split.records]))
    options = ["--data", str(tmp_path), "--run", str(tmp_path / "run"), "--no-compile", "--device", "cpu"]
    with pytest.raises(SystemExit, match="has no article and no colour, which this network learns by"):
        train(arguments().parse_args(options))


def test_the_graph_equals_the_network_and_carries_its_labels(trained):
    model, judge = load_evaluator(trained / "run" / "last.pt"), Judge(trained / "evaluator.onnx")
    images = tiny_catalogue(5, 3).images
    verdicts = judge(images, batch=2)
    with torch.no_grad():
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
        features, articles, colours = model(pixels)
    for mine, graph in ((features, verdicts.features), (articles, verdicts.article_logits),
                        (colours, verdicts.colour_logits)):  # fmt: skip
        np.testing.assert_allclose(mine.numpy(), graph, atol=1e-4, rtol=1e-4)
    assert judge.colours == model.config.labels.colours and judge.accuracy == model.accuracy
    assert verdicts.colours.tolist() == ["Red", "Blue", "Red", "Blue", "Red"]


def test_pictures_of_another_size_are_judged_too(trained):
    small = tiny_catalogue(4, 5).images[:, ::2, ::2]
    assert Judge(trained / "evaluator.onnx")(small).colours.tolist() == ["Red", "Blue", "Red", "Blue"]


def test_a_graph_that_is_no_evaluator_is_refused(tmp_path):
    program = torch.onnx.export(torch.nn.Identity().eval(), (torch.zeros(1),), dynamo=True, verbose=False)
    program.save(str(tmp_path / "other.onnx"))
    with pytest.raises(ValueError, match="holds no evaluator"):
        Judge(tmp_path / "other.onnx")


@pytest.mark.parametrize("file", ["last.pt", "none.onnx"])
def test_what_is_no_graph_at_all_is_told_with_who_writes_one(tmp_path, file):
    (tmp_path / "last.pt").write_bytes(b"PK")
    with pytest.raises((ValueError, FileNotFoundError), match=f"{file}.* toile.export writes .* evaluator.onnx"):
        Judge(tmp_path / file)


def test_rare_and_missing_labels_are_told_apart():
    records = [Record(id=str(n), caption="", article="cap", colour="Red") for n in range(5)]
    records += [Record(id="5", caption="", article="hat", colour="NA"), Record(id="6", caption="")]
    labels = Labels.of(records, least=3)
    assert labels.articles == ["cap", "other"]
    assert labels.article_ids(records)[-2:] == [1, -100]
    assert labels.colour_ids(records)[-2:] == [-100, -100]


def test_frequent_classes_are_drawn_by_the_root_of_their_number():
    weights = sampling_weights([0] * 16 + [1] * 4)
    assert (weights[:16].sum() / weights[16:].sum()).item() == pytest.approx(2.0)


def test_augmentation_changes_pictures_but_not_their_hue():
    pictures = torch.zeros(64, 128, 128, 3, dtype=torch.uint8)
    pictures[..., 0] = 200
    pictures[..., 1] = 60
    out = augment(pictures, torch.Generator().manual_seed(0))
    assert out.shape == (64, 3, 128, 128) and out.abs().max() <= 1
    means = ((out.mean((2, 3)) + 1) / 2).clamp(min=1e-3)  # (64, 3) in [0, 1]
    assert (means[:, 0] > 2 * means[:, 1]).all() and (means[:, 1] > means[:, 2]).all()
    assert len(torch.unique(means[:, 0])) > 32


def test_compression_with_a_small_step_keeps_the_picture():
    x = torch.rand(2, 3, 16, 16) * 2 - 1
    assert (compress(x, torch.full((2,), 1e-5)) - x).abs().max() < 1e-3
    assert (compress(x, torch.full((2,), 0.5)) - x).abs().mean() > 0.05


def verdicts_of(pairs) -> Verdicts:
    colours, articles = (np.array(column) for column in zip(*pairs, strict=True))
    return Verdicts(np.zeros((len(pairs), 2)), np.zeros((len(pairs), 2)), np.zeros((len(pairs), 2)), articles, colours)


def test_hits_count_shares_and_near_colours():
    judge = Namespace(colours=["Blue", "Navy Blue", "Red"], articles=["shirt", "cap"])
    wanted = [("Blue", "shirt"), ("Blue", "shirt"), ("Blue", "shirt"), ("Red", "cap"), ("Teal", "cap")]
    seen = [("Blue", "shirt"), ("Navy Blue", "shirt"), ("Red", "cap"), ("Red", "cap"), ("Red", "cap")]
    pooled = asked.count_hits(verdicts_of(seen), wanted, judge)
    assert (pooled.colour, pooled.kin, pooled.article, pooled.both) == (0.5, 0.75, 0.75, 0.5)
    assert (pooled.pairs, pooled.pictures) == (2, 4)
    balanced = asked.count_hits(verdicts_of(seen), wanted, judge, balance=True)
    assert balanced.colour == pytest.approx((1 / 3 + 1) / 2)
    assert asked.count_hits(verdicts_of(seen), wanted, judge, only={("Black", "cap")}) is None
    assert pooled.over(balanced)["colour"] == pytest.approx(0.75)


def test_families_join_colours_that_catalogues_mix_up():
    assert same_family("Navy Blue", "Blue") and same_family("Red", "Red")
    assert not same_family("Blue", "Purple")


def test_there_are_ten_colours_of_five_articles_to_ask_for():
    assert len(asked.colour_pairs()) == 50
    assert asked.prompts([("Grey", "casual shoe"), ("Black", "T-shirt")]) == [
        "grey casual shoes",
        "black t-shirt",
    ]


def test_generated_pictures_are_scored_beside_real_ones(trained, monkeypatch, capsys):
    monkeypatch.setattr(asked, "COLOURS", ("Red", "Blue"))
    monkeypatch.setattr(asked, "ARTICLES", ("shirt",))
    monkeypatch.setattr(evaluate, "COLOURS", ("Red", "Blue"))
    monkeypatch.setattr(evaluate, "ARTICLES", ("shirt",))
    red = tiny_catalogue(1, 4).images[0]
    bench, requests = Bench(trained, Judge(trained / "evaluator.onnx")), []

    def make(asked: list[dict], variants: int) -> tuple[Verdicts, list[dict]]:
        requests.extend(asked)
        return bench.judge(np.stack([red] * len(asked) * variants)), []

    monkeypatch.setattr(bench, "made", make)
    found = evaluate.evaluate_colours(bench)
    assert [(request["prompt"], request["variants"]) for request in requests] == [("red shirt", 4), ("blue shirt", 4)]
    assert found["all"]["generated"]["pictures"] == 8 and found["all"]["real"]["pictures"] > 0
    assert found["all"]["generated"]["colour"] == 0.5
    assert found["all"]["real"]["colour"] == 1.0
    assert found["by colour"]["Red"]["colour"] == 1.0
    assert "pairs all: ratio" in capsys.readouterr().out


def test_the_ratio_to_photos_is_of_the_pairs_that_have_photos(trained, tmp_path, monkeypatch):
    for module in (asked, evaluate):
        monkeypatch.setattr(module, "COLOURS", ("Red", "Blue"))
        monkeypatch.setattr(module, "ARTICLES", ("shirt",))
    split = tiny_catalogue(16, 1)
    red = [n for n, record in enumerate(split.records) if record.colour == "Red"]
    write_split(tmp_path, "train", split)
    write_split(tmp_path, "val", Split(split.images[red], [split.records[n] for n in red]))
    bench = Bench(tmp_path, Judge(trained / "evaluator.onnx"))
    pictures = np.stack([split.images[0]] * 8)  # red, though half of them should be blue
    monkeypatch.setattr(bench, "made", lambda *_: (bench.judge(pictures), []))
    found = evaluate.evaluate_colours(bench)["all"]
    assert found["generated"]["colour"] == 0.5 and found["generated"]["pairs"] == 2
    assert found["real"]["pairs"] == 1 and found["ratio"]["colour"] == 1.0


class WorseBundle:
    """Stage I's stand-in: codes are the picture's averages over cells, of 32 levels."""

    model = {"codebook": {"size": 32}}

    def encode(self, pixels):
        cells = pixels.reshape(len(pixels), 3, 16, 16, 16, 16).mean((3, 5))
        return np.clip((cells + 1) * 16, 0, 31).astype(np.int64)

    def decode(self, codes):
        return ((codes + 0.5) / 16 - 1).repeat(16, 2).repeat(16, 3).astype(np.float32)


def test_reconstruction_is_measured_with_the_floor_beside_it(trained, capsys):
    found = evaluate.evaluate_reconstruction(Bench(trained, Judge(trained / "evaluator.onnx"), WorseBundle()))
    assert 10 < found["all"]["psnr"] < 40 and found["all"]["fd"] > 0
    assert "effective_px >= 200" not in found and found["floor"]["pictures"] == 24
    assert "floor: train against test" in capsys.readouterr().out
    without_judge = evaluate.evaluate_reconstruction(Bench(trained, None, WorseBundle(), limit=4))
    assert without_judge["all"]["fd"] is None and without_judge["all"]["pictures"] == 4


def test_the_evaluator_is_tested_on_real_pictures(trained):
    found = evaluate.evaluate_test(Bench(trained, Judge(trained / "evaluator.onnx")))
    assert found["accuracy"]["test"]["colour"] == 1.0 and found["floor"]["fd"] >= 0


def test_the_network_is_small():
    size = sum(p.numel() for p in Evaluator(EvaluatorConfig()).parameters())
    assert 1e6 < size < 1.5e6
