"""Catalogues of either form become arrays and records; what is wrong with one is named."""

import csv
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from toile.data import Record, decode_picture, load_split, main, prepare, read_index, save_split
from toile.evaluator.asked import colour_pairs, pairs_of

RED, BLUE, WHITE = (220, 30, 30), (30, 40, 220), (255, 255, 255)


def picture(size=(32, 32), colour=RED, mode="RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def encoded(image: Image.Image, form="PNG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def write_csv(folder, rows, encoding="utf-8"):
    with open(folder / "captions.csv", "w", newline="", encoding=encoding) as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_jsonl(path, rows, encoding="utf-8"):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding=encoding)


def write_shard(path, pictures: dict[str, Image.Image]):
    with tarfile.open(path, "w") as tar:
        for name, image in pictures.items():
            data = encoded(image, "WEBP", lossless=True)
            member = tarfile.TarInfo(f"{name}.webp")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def sharded(folder):
    """Two shards, three pictures: 7 and 9 to train, 8 to val; a shard's member that the index lacks."""
    write_shard(folder / "a.tar", {"8": picture(colour=BLUE), "7": picture(colour=RED), "stray": picture()})
    write_shard(folder / "b.tar", {"9": picture(colour=(1, 2, 3))})
    rows = [
        {"id": "9", "caption": "Black Cap", "article": "cap", "colour": "Black", "split": "train", "shard": "b.tar"},
        {"id": "7", "caption": "Red Tee", "article": "T-shirt", "colour": "Red", "gender": "Men", "split": "train",
         "shard": "a.tar", "on_model": True, "effective_px": 213, "season": "Summer"},
        {"id": "8", "caption": "Blue Tee", "split": "val", "shard": "a.tar"},
    ]  # fmt: skip
    write_jsonl(folder / "index.jsonl", rows)
    return rows


def loose(folder, rows, **options):
    """A folder of pictures, one for each row, with captions.csv."""
    for row in rows:
        (folder / row["file"]).parent.mkdir(parents=True, exist_ok=True)
        picture().save(folder / row["file"])
    write_csv(folder, rows, **options)


def test_shards_are_read_in_the_order_of_the_index(tmp_path):
    sharded(tmp_path)
    assert prepare(tmp_path, tmp_path / "out", size=32) == {"train": 2, "val": 1}
    train = load_split(tmp_path / "out", "train")
    assert train.images.shape == (2, 32, 32, 3) and train.images.dtype == np.uint8
    assert train.images[:, 0, 0].tolist() == [[1, 2, 3], list(RED)]
    assert [r.id for r in train.records] == ["9", "7"]
    assert load_split(tmp_path / "out", "val").images[0, 5, 5].tolist() == list(BLUE)


def test_a_record_keeps_what_the_index_tells_of_it(tmp_path):
    sharded(tmp_path)
    prepare(tmp_path, tmp_path / "out", size=8)
    assert load_split(tmp_path / "out", "train").records[1] == Record(
        id="7", caption="Red Tee", split="train", article="T-shirt", colour="Red", gender="Men", on_model=True,
        effective_px=213, source="a.tar",
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_folder_with_captions_csv_needs_no_more_than_file_and_caption(tmp_path, encoding):
    rows = [{"file": "one.png", "caption": "Robe à pois"}, {"file": "deep/two.jpg", "caption": 'tee, "V" neck'}]
    loose(tmp_path, rows, encoding=encoding)
    assert prepare(tmp_path, tmp_path / "out", size=16, val_share=0, test_share=0) == {"train": 2}
    records = load_split(tmp_path / "out", "train").records
    assert [(r.id, r.caption) for r in records] == [("one", "Robe à pois"), ("deep/two", 'tee, "V" neck')]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_folder_with_captions_jsonl_is_read_the_same_way(tmp_path, encoding):
    picture().save(tmp_path / "one.png")
    row = {"file": "one.png", "caption": "line\u2028break", "colour": "Red", "article": None, "split": "test"}
    write_jsonl(tmp_path / "captions.jsonl", [row], encoding=encoding)
    assert prepare(tmp_path, tmp_path / "out", size=16) == {"test": 1}
    (record,) = load_split(tmp_path / "out", "test").records
    assert (record.caption, record.colour, record.article) == ("line\u2028break", "Red", "")


def splits_of(folder, rows, val_share=0.5, test_share=0.0) -> dict[str, str]:
    write_csv(folder, rows)
    return {f"{r.source}: {r.caption}": r.split for r in read_index(folder, val_share, test_share)}


def test_a_share_is_held_out_by_caption_and_further_rows_move_nothing(tmp_path):
    rows = [{"file": f"{n}.png", "caption": f"tee {n}"} for n in range(400)]
    before = splits_of(tmp_path, rows, 0.05, 0.05)
    assert all(8 <= list(before.values()).count(split) <= 32 for split in ("val", "test"))
    after = splits_of(tmp_path, [{"file": "first.png", "caption": "cap"}, *rows], 0.05, 0.05)
    assert before.items() <= after.items()
    alone = splits_of(tmp_path, rows, 0.05)
    assert {name for name, split in alone.items() if split == "val"} == \
        {name for name, split in before.items() if split == "val"}  # fmt: skip
    assert set(splits_of(tmp_path, rows, 0).values()) == {"train"}


def test_pictures_of_one_caption_and_captions_of_one_picture_stay_in_one_split(tmp_path):
    rows = [{"file": f"{n}-{view}.png", "caption": caption} for n in range(20)
            for view, caption in (("front", f"Tee {n}"), ("back", f"tee {n}"), ("front", f"another {n}"))]  # fmt: skip
    found = list(splits_of(tmp_path, rows).values())
    assert all(len(set(found[at : at + 3])) == 1 for at in range(0, 60, 3)) and set(found) == {"train", "val"}


@pytest.mark.parametrize("shares", [(-0.1, 0), (1, 0), (float("nan"), 0), (0, -0.1), (0.5, 0.5)])
def test_shares_that_leave_nothing_to_train_are_refused(tmp_path, shares):
    with pytest.raises(ValueError, match="held out are {} for val and {} for test, which are not from 0 up".format(*shares)):
        prepare(tmp_path, tmp_path / "out", 256, *shares)


@pytest.mark.parametrize("count", range(2, 12))
def test_a_few_captions_are_not_all_on_one_side(tmp_path, count):
    rows = [{"file": f"{n}.png", "caption": f"garment {n}"} for n in range(count)]
    assert set(splits_of(tmp_path, rows, val_share=0.05).values()) == {"train", "val"}
    held_out = {"val", "test"} if count > 2 else {"val"}
    assert set(splits_of(tmp_path, rows, 0.05, 0.05).values()) == {"train", *held_out}
    assert set(splits_of(tmp_path, rows[:1], val_share=0.05).values()) == {"train"}


def test_a_split_that_a_row_names_wins_over_its_hash(tmp_path):
    rows = [{"file": f"{n}.png", "caption": f"tee {n}", "split": "unseen" if n % 2 else ""} for n in range(20)]
    found = list(splits_of(tmp_path, rows).values())
    assert set(found[1::2]) == {"unseen"} and set(found[::2]) == {"train", "val"}


def test_a_test_split_that_rows_name_gets_no_others(tmp_path):
    rows = [{"file": f"{n}.png", "caption": f"tee {n}", "split": "" if n else " Test"} for n in range(200)]
    found = splits_of(tmp_path, rows, 0.05, 0.05)
    assert [name for name, split in found.items() if split == "test"] == ["0.png: tee 0"]


def test_pictures_of_one_name_and_two_forms_stay_two_pictures(tmp_path):
    picture(colour=RED).save(tmp_path / "tee.png")
    picture(colour=BLUE).save(tmp_path / "tee.webp", lossless=True)
    write_csv(tmp_path, [{"file": "tee.png", "caption": "red tee"}, {"file": "tee.webp", "caption": "blue tee"},
                         {"file": "tee.png", "caption": "crimson tee"}])  # fmt: skip
    prepare(tmp_path, tmp_path / "out", size=32, val_share=0, test_share=0)
    train = load_split(tmp_path / "out", "train")
    assert [r.caption for r in train.records] == ["red tee", "blue tee", "crimson tee"]
    assert train.images[:, 3, 3].tolist() == [list(RED), list(BLUE), list(RED)]


def test_a_picture_is_turned_upright_by_its_exif_orientation():
    upright = picture((16, 32), RED)
    upright.paste(BLUE, (0, 16, 16, 32))
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its left side: a viewer turns it by 90 degrees clockwise
    turned = decode_picture(encoded(upright.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif), 32)
    assert turned[4, 16].tolist() == list(RED) and turned[28, 16].tolist() == list(BLUE)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_picture_whose_exif_is_unreadable_stays_as_it_lies(form):
    decoded = decode_picture(encoded(picture(), form, exif=b"Exif\0\0no such thing"), 32)
    assert np.abs(decoded[3, 3].astype(int) - RED).max() < 4


def test_a_picture_that_pillow_takes_for_a_bomb_is_named(tmp_path, monkeypatch):
    loose(tmp_path, [{"file": "a.png", "caption": "tee"}])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match="line 2: a.png can't be decoded: Image size .* exceeds limit"):
        prepare(tmp_path, tmp_path / "out", val_share=0, test_share=0)


def test_a_turned_picture_that_breaks_off_is_named(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    loose(tmp_path, [{"file": "a.jpg", "caption": "tee"}])
    (tmp_path / "a.jpg").write_bytes(encoded(picture((256, 256)), "JPEG", exif=exif)[:-200])
    with pytest.raises(ValueError, match="a.jpg can't be decoded: .*truncated"):
        prepare(tmp_path, tmp_path / "out", val_share=0, test_share=0)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(mode):
    image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    image.paste((90, 90, 90, 255), (0, 0, 32, 16))
    decoded = decode_picture(encoded(image.quantize(4) if mode == "P" else image.convert(mode)), 32)
    assert decoded[24, 16].tolist() == list(WHITE)
    assert decoded[8, 16].tolist() == [90, 90, 90]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_colour_that_is_keyed_as_transparent_becomes_white(mode):
    image = Image.new(mode, (32, 32), 0)
    image.paste((90, 90, 90) if mode == "RGB" else 90, (0, 0, 32, 16))
    decoded = decode_picture(encoded(image, transparency=0 if mode == "L" else (0, 0, 0)), 32)
    assert decoded[24, 16].tolist() == list(WHITE) and decoded[8, 16].tolist() == [90, 90, 90]


def test_half_transparent_pixels_mix_with_white():
    assert decode_picture(encoded(picture(colour=(0, 0, 0, 51), mode="RGBA")), 32)[3, 3].tolist() == [204] * 3


@pytest.mark.parametrize("size", [(40, 20), (20, 40)])
def test_a_picture_that_is_no_square_is_padded_with_white_and_keeps_its_shape(size):
    decoded = decode_picture(encoded(picture(size)), 64)
    inside = np.all(decoded == RED, axis=2)
    assert decoded.shape == (64, 64, 3)
    assert sorted((inside.any(0).sum(), inside.any(1).sum())) == [32, 64] and inside.sum() == 32 * 64
    assert (decoded[~inside] == 255).all() and inside[32, 32]


@pytest.mark.parametrize("form", ["L", "1", "CMYK"])
def test_pictures_of_other_modes_become_rgb(form):
    decoded = decode_picture(encoded(picture(colour=None, mode="RGB").convert(form), "TIFF"), 32)
    assert decoded.shape == (32, 32, 3) and decoded.max() == 0


@pytest.fixture
def swapped_profile() -> bytes:
    """A colour profile whose red is sRGB's green, and the other way round."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return srgb.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_are_read_by_the_profile_that_a_picture_holds(swapped_profile, mode):
    image = picture().quantize(4) if mode == "P" else picture().convert(mode)
    decoded = decode_picture(encoded(image, icc_profile=swapped_profile), 32)
    assert np.abs(decoded.astype(int) - [RED[1], RED[0], RED[2]]).max() <= 4


def test_a_broken_profile_and_one_of_another_mode_change_nothing(swapped_profile):
    assert decode_picture(encoded(picture(), icc_profile=b"no profile"), 32)[3, 3].tolist() == list(RED)
    grey = encoded(picture(mode="L", colour=90), icc_profile=swapped_profile)
    assert decode_picture(grey, 32)[3, 3].tolist() == [90, 90, 90]


def test_the_default_size_is_256_and_small_pictures_grow_to_it(tmp_path):
    loose(tmp_path, [{"file": "a.png", "caption": "tee"}])
    prepare(tmp_path, tmp_path / "out", val_share=0, test_share=0)
    assert load_split(tmp_path / "out", "train", in_memory=False).images.shape == (1, 256, 256, 3)


@pytest.mark.parametrize("size", ["300", "0", "-16", "64", "abc"])
def test_a_size_that_makes_no_whole_cells_is_refused_before_anything_is_read(tmp_path, monkeypatch, capsys, size):
    options = ["--catalogue", str(tmp_path / "none"), "--out", str(tmp_path / "out"), "--size", size]
    monkeypatch.setattr("sys.argv", ["data", *options])
    with pytest.raises(SystemExit):
        main()
    told = f"data: --size: '{size}' is no multiple of 16 from 128 up"
    assert told in capsys.readouterr().err


def test_a_catalogue_that_is_no_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none is no folder, where a catalogue is one"):
        prepare(tmp_path / "none", tmp_path / "out")


def test_a_split_that_is_not_there_is_named_beside_those_that_are(tmp_path):
    sharded(tmp_path)
    prepare(tmp_path, tmp_path / "out", size=8)
    with pytest.raises(FileNotFoundError, match="no split 'test'.*train, val. toile.data holds one out by --test-share"):
        load_split(tmp_path / "out", "test")


def test_an_unknown_split_is_named_with_its_picture_and_the_valid_ones(tmp_path):
    write_csv(tmp_path, [{"file": "a.png", "caption": "tee", "split": "holdout"}])
    with pytest.raises(ValueError, match="captions.csv, line 2: split 'holdout' is none of train, val, test, unseen"):
        prepare(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("row", [{"file": "a.png", "caption": ""}, {"file": "", "caption": "tee"},
                                 {"file": "a.png", "caption": "  "}])  # fmt: skip
def test_a_row_without_file_or_caption_is_named_by_its_line_and_content(tmp_path, row):
    write_csv(tmp_path, [{"file": "b.png", "caption": "tee"}, row])
    row["caption"] = row["caption"].strip()
    with pytest.raises(ValueError, match="captions.csv, line 3: 'file' and 'caption' are both needed, got") as caught:
        read_index(tmp_path, 0.05, 0)
    assert str(row) in str(caught.value)


def test_a_folder_that_is_no_catalogue_is_told_what_one_holds(tmp_path):
    with pytest.raises(FileNotFoundError, match="neither tar shards with an index, nor captions.csv"):
        prepare(tmp_path, tmp_path / "out")
    write_shard(tmp_path / "a.tar", {"1": picture()})
    with pytest.raises(FileNotFoundError, match="tar shards and no .jsonl index"):
        prepare(tmp_path, tmp_path / "out")


def test_an_empty_list_of_captions_is_refused(tmp_path):
    (tmp_path / "captions.jsonl").write_text("\n")
    with pytest.raises(ValueError, match=f"{tmp_path.name} holds no captioned pictures"):
        prepare(tmp_path, tmp_path / "out")


def half_broken(folder):
    """Of six pictures two are missing and two damaged, of two splits; 1 and 4 are sound."""
    rows = [{"file": f"{n}.png", "caption": "tee", "split": "val" if n > 3 else "train"} for n in range(6)]
    loose(folder, rows)
    for n in (0, 5):
        (folder / f"{n}.png").unlink()
    (folder / "2.png").write_bytes(b"no picture")
    (folder / "3.png").write_bytes((folder / "3.png").read_bytes()[:60])


def test_all_pictures_that_are_missing_are_told_before_any_is_decoded(tmp_path, monkeypatch):
    half_broken(tmp_path)
    monkeypatch.setattr("toile.data.read_pictures", None)
    with pytest.raises(ValueError, match="2 of 6 pictures are missing or damaged, .* --skip-broken") as caught:
        prepare(tmp_path, tmp_path / "out", size=16)
    lines = ["  captions.csv, line 2: 0.png is missing", "  captions.csv, line 7: 5.png is missing"]
    assert str(caught.value).splitlines()[1:] == lines


def test_all_pictures_that_are_damaged_are_told_together_and_nothing_is_written(tmp_path):
    half_broken(tmp_path)
    for n in (0, 5):
        picture().save(tmp_path / f"{n}.png")
    with pytest.raises(ValueError, match="2 of 6 pictures are missing or damaged") as caught:
        prepare(tmp_path, tmp_path / "out", size=16)
    first, second = str(caught.value).splitlines()[1:]
    assert first == "  captions.csv, line 4: 2.png can't be decoded: it is no picture of a known kind"
    assert second.startswith("  captions.csv, line 5: 3.png can't be decoded: ")
    assert list((tmp_path / "out").iterdir()) == []


def test_broken_pictures_are_left_out_where_that_is_asked_for(tmp_path, capsys):
    half_broken(tmp_path)
    picture(colour=BLUE).save(tmp_path / "4.png")
    assert prepare(tmp_path, tmp_path / "out", size=16, skip_broken=True) == {"train": 1, "val": 1}
    train, val = (load_split(tmp_path / "out", name) for name in ("train", "val"))
    assert [r.id for r in train.records + val.records] == ["1", "4"]
    assert train.images[0, 3, 3].tolist() == list(RED) and val.images[0, 3, 3].tolist() == list(BLUE)
    told = capsys.readouterr().out
    assert "4 pictures are left out:" in told and all(f"{n}.png " in told for n in (0, 2, 3, 5))


def test_a_catalogue_of_broken_pictures_alone_is_refused(tmp_path):
    loose(tmp_path, [{"file": "a.png", "caption": "tee"}])
    (tmp_path / "a.png").unlink()
    with pytest.raises(ValueError, match="holds no captioned pictures\n  captions.csv, line 2: a.png is missing"):
        prepare(tmp_path, tmp_path / "out", skip_broken=True)


@pytest.mark.parametrize(("text", "told"), [
    ("file,caption\na.png,red tee, long sleeves\n", "line 2 has 3 values for 2 columns: put quotes .* got a.png,red tee"),
    ("file;caption\na.png;red tee\n", "line 1: no column 'caption' among: file;caption; commas part them"),
    ("picture,caption\na.png,red tee\n", "line 1: no column 'file' among: picture, caption$"),
])  # fmt: skip
def test_a_csv_that_says_other_than_it_means_is_refused(tmp_path, text, told):
    (tmp_path / "captions.csv").write_text(text)
    with pytest.raises(ValueError, match=f"captions.csv, {told}"):
        read_index(tmp_path, 0, 0)


def test_columns_and_splits_are_known_in_any_case_and_with_spaces(tmp_path):
    (tmp_path / "captions.csv").write_text('File, Caption,Color, SPLIT,\n a.png , "red, tee ",red, Test ,\n')
    (record,) = read_index(tmp_path, 0, 0)
    assert (record.source, record.caption, record.colour, record.split) == ("a.png", "red, tee", "Red", "test")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (["a.png"], "is no object"),
        ({"file": 7, "caption": "tee"}, "file 7 is no text"),
        ({"file": "a.png", "caption": ["tee"]}, r"caption \['tee'\] is no text"),
        ({"file": "a.png", "caption": "t", "effective_px": "big"}, "effective_px 'big'"),
        ({"file": "a.png", "caption": "tee", "colour": 3}, "colour 3 is no text"),
    ],
)
def test_a_line_of_captions_jsonl_that_is_no_row_is_named(tmp_path, row, told):
    write_jsonl(tmp_path / "captions.jsonl", [{"file": "b.png", "caption": "cap"}, row])
    with pytest.raises(ValueError, match=f"captions.jsonl, line 2: .*{told}"):
        read_index(tmp_path, 0, 0)


def test_the_command_tells_labels_and_columns_that_mean_nothing_and_splits_that_lack(tmp_path, monkeypatch, capsys):
    rows = [{"file": f"{n}.png", "caption": "tee", "article": ("Dungarees", "T-shirt")[n > 1], "colour": "teal",
             "season": "summer"} for n in range(3)]  # fmt: skip
    loose(tmp_path, rows)
    out = tmp_path / "out"
    out.mkdir()
    (out / "recoloured.npy").touch()
    monkeypatch.setattr("sys.argv", ["data", "--catalogue", str(tmp_path), "--out", str(out), "--size", "128"])
    read, read_bytes = [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or read_bytes(path))
    main()
    assert read.count("captions.csv") == 1
    told = capsys.readouterr().out
    assert "article: kept as written, since toile.captions has no words for: Dungarees (2)\n" in told
    assert "teal (3)" in told and "columns that nothing reads: season\n" in told
    assert "there is no val split: training takes one" in told and "there is no test split" in told
    assert "recoloured was of what lay here before, and is removed: toile.recolour makes it" in told


def test_a_picture_that_the_index_names_and_its_shard_lacks_is_named(tmp_path):
    rows = sharded(tmp_path)
    write_jsonl(tmp_path / "index.jsonl", [*rows, {"id": "404", "caption": "gone", "shard": "a.tar"}])
    with pytest.raises(ValueError, match="index.jsonl, line 4: a.tar lacks 404.webp"):
        prepare(tmp_path, tmp_path / "out")


def test_an_index_row_without_id_or_shard_is_named_by_its_line_and_content(tmp_path):
    rows = sharded(tmp_path)
    write_jsonl(tmp_path / "index.jsonl", [rows[0], {"id": "5", "caption": "nowhere"}])
    with pytest.raises(ValueError, match="index.jsonl, line 2: .*nowhere"):
        prepare(tmp_path, tmp_path / "out")


def test_a_line_that_is_not_json_is_named_by_its_number(tmp_path):
    (tmp_path / "captions.jsonl").write_text('{"file": "a.png", "caption": "tee"}\n\n{"file": \n')
    with pytest.raises(ValueError, match="captions.jsonl, line 3 is not JSON"):
        prepare(tmp_path, tmp_path / "out")


def test_whether_a_garment_is_worn_is_read_from_words_and_numbers(tmp_path):
    words = {"True": True, "1": True, " yes": True, "False": False, "0": False, "no": False, "": False}
    write_csv(tmp_path, [{"file": f"{n}.png", "caption": "tee", "on_model": word} for n, word in enumerate(words)])
    assert [r.on_model for r in read_index(tmp_path, 0, 0)] == list(words.values())
    write_csv(tmp_path, [{"file": "a.png", "caption": "tee", "on_model": "maybe"}])
    with pytest.raises(ValueError, match="line 2: on_model 'maybe' is none of true, false, 1, 0, yes, no"):
        read_index(tmp_path, 0, 0)


def test_names_that_are_known_are_known_in_any_case_and_others_stay(tmp_path):
    values = {("t-shirt ", "NAVY BLUE", "men", "sports"): ("T-shirt", "Navy Blue", "Men", "Sports"),
              ("T-shirt", "red", "Men", "CASUAL"): ("T-shirt", "Red", "Men", "Casual"),
              ("Dungarees", "", "dogs", "Ballet"): ("Dungarees", "", "dogs", "Ballet")}  # fmt: skip
    columns = ("article", "colour", "gender", "usage")
    write_csv(tmp_path, [{"file": "a.png", "caption": "tee"} | dict(zip(columns, row, strict=True)) for row in values])
    found = [tuple(getattr(record, column) for column in columns) for record in read_index(tmp_path, 0, 0)]
    assert found == list(values.values())


def test_every_name_that_evaluation_asks_for_is_known_in_any_case(tmp_path):
    rows = [{"file": f"{n}.png", "caption": "tee", "article": article.upper(), "colour": colour.lower()}
            for n, (colour, article) in enumerate(colour_pairs())]  # fmt: skip
    write_csv(tmp_path, rows)
    assert pairs_of(read_index(tmp_path, 0, 0)) == colour_pairs()


@pytest.mark.parametrize("name", ["captions.csv", "captions.jsonl"])
def test_captions_that_are_not_utf_8_are_refused_with_their_file(tmp_path, name):
    (tmp_path / name).write_bytes("file,caption\na.png,Robe à pois\n".encode("latin-1"))
    with pytest.raises(ValueError, match=f"{name} is not UTF-8"):
        read_index(tmp_path, 0, 0)


def test_a_catalogue_that_breaks_off_leaves_what_was_prepared_before(tmp_path):
    loose(tmp_path, [{"file": "a.png", "caption": "tee"}])
    prepare(tmp_path, tmp_path / "out", size=16, val_share=0, test_share=0)
    before = (tmp_path / "out" / "train.npy").read_bytes()
    loose(tmp_path, [{"file": "a.png", "caption": "tee"}, {"file": "b.png", "caption": "tee"}])
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="b.png"):
        prepare(tmp_path, tmp_path / "out", size=16, val_share=0, test_share=0)
    assert (tmp_path / "out" / "train.npy").read_bytes() == before


def test_a_split_that_the_catalogue_no_longer_has_is_gone_with_what_was_made_of_it(tmp_path):
    rows = [{"file": "a.png", "caption": "tee", "split": "train"}, {"file": "b.png", "caption": "cap", "split": "test"}]
    loose(tmp_path, rows)
    prepare(tmp_path, tmp_path / "out", size=16)
    save_split(tmp_path / "out", "recoloured", load_split(tmp_path / "out", "train"))
    write_csv(tmp_path, rows[:1])
    (tmp_path / "out" / "notes.txt").touch()
    prepare(tmp_path, tmp_path / "out", size=16)
    stay = ["notes.txt", "train.jsonl", "train.npy"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == stay


def test_a_catalogue_that_can_not_be_read_removes_nothing(tmp_path):
    loose(tmp_path, [{"file": "a.png", "caption": "tee", "split": "test"}])
    prepare(tmp_path, tmp_path / "out", size=16)
    write_csv(tmp_path, [{"file": "b.png", "caption": "tee", "split": "train"}])
    with pytest.raises(ValueError, match="b.png is missing"):
        prepare(tmp_path, tmp_path / "out", size=16)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["test.jsonl", "test.npy"]


def test_pictures_and_records_of_two_catalogues_are_refused(tmp_path):
    for n in (2, 1):
        loose(tmp_path, [{"file": f"{m}.png", "caption": "tee", "split": "train"} for m in range(n)])
        prepare(tmp_path, tmp_path / f"out-{n}", size=16)
    (tmp_path / "out-1" / "train.npy").replace(tmp_path / "out-2" / "train.npy")
    with pytest.raises(ValueError, match="out-2 has 1 pictures of the split 'train' and 2 records: prepare it again"):
        load_split(tmp_path / "out-2", "train")


def test_neither_pictures_nor_records_change_before_both_are_written(tmp_path, monkeypatch):
    loose(tmp_path, [{"file": "a.png", "caption": "tee", "split": "train"}])
    prepare(tmp_path, tmp_path / "out", size=16)
    loose(tmp_path, [{"file": f"{n}.png", "caption": "tee", "split": "train"} for n in range(2)])

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("toile.data.json.dumps", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare(tmp_path, tmp_path / "out", size=16)
    assert len(load_split(tmp_path / "out", "train")) == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["train.jsonl", "train.npy"]
