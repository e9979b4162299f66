"""Judge sets of pictures that the command line makes of a bundle: how near to real photos, how various, how new.

Parts of `toile.evaluate`. Every set is measured against as many photos of the test split, and the floor stands beside
it: how far as many photos of the train split lie from those; and how far photos of val do, which the evaluator did not
learn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from .accents import accents
from .captions import canonical
from .data import Record
from .evaluator.asked import HITS_HEAD, Hits, count_hits, pairs_of
from .evaluator.bench import Bench, Photos, reconstruct, seed_of, set_figures, take
from .evaluator.judge import Verdicts, same_family
from .evaluator.metrics import mean_distance, nearest_distances
from .evaluator.parts import Unmeasurable
from .evaluator.repeats import over_seeds, print_range
from .evaluator.tables import print_table

PROMPTS, VARIANTS = 50, 4  # of `diversity`
COPIES = 200  # of `memorised`
PASSES, CAPTIONS = (1, 2, 4, 6, 8, 10, 16), 200  # of `passes`
# of `accents`: the first colour, and words for it and for a second
ACCENTED = (("White", "white sneakers", "with {} stripe"), ("White", "white t-shirt", "with {} stripes"),
            ("Black", "black t-shirt", "with {} print"), ("Grey", "grey sports shoes", "with {} details"),
            ("Black", "black flip flops", "with {} details"))  # fmt: skip
ACCENTS = ("red", "green", "blue", "yellow", "pink", "orange")
SPREADS = ("within a prompt", "of article", "of article and colour", "prompts with two such")  # of `diversity`
FLOORS = {"floor": "train photos (floor)", "val floor": "val photos"}  # rows of real photos
SET_HEAD = ("", "Garment-FD", "x reconstruction's", "x floor", "KID x1000", "Garment-IS", "precision", "recall", "pictures")


def evaluate_words(bench: Bench) -> dict:
    """A picture for each caption of the test split, and of the unseen split, whose pairs train lacks."""
    found = over_seeds([words_of_run(bench, run) for run in range(1, bench.seeds + 1)])
    found |= beside_sets(bench)
    rows = [row for name in ("test", "unseen") if name in found for row in hit_rows(f"{name} captions", found[name])]
    print_table("What the captions' records say, as the evaluator finds it in pictures made of the captions, %",
                HITS_HEAD, rows)  # fmt: skip
    print_sets("Pictures made of the test split's captions, against its photos", found)
    print_range(found)
    return found


def words_of_run(bench: Bench, run: int) -> dict:
    found = {}
    for name in ("test", "unseen"):
        if (photos := bench.photos_if_any(name, bench.limit)) is None:
            continue
        made = bench.from_captions(name, bench.limit, run)
        if hits := hits_beside(bench, photos, made):
            found[name] = hits
        if name == "test":
            found["set"] = compare_set(bench, made)
    return found


def evaluate_unconditional(bench: Bench) -> dict:
    """As many pictures without words as there are test photos."""
    count, runs = len(bench.photos("test", bench.limit)), []
    for run in range(1, bench.seeds + 1):
        made, _ = bench.made([{"seed": seed_of(run, n)} for n in range(count)])
        runs.append({"set": compare_set(bench, made)})
    found = over_seeds(runs) | beside_sets(bench)
    print_sets("Pictures made without words, against the test split's photos", found)
    print_range(found)
    return found


def evaluate_diversity(bench: Bench) -> dict:
    """How far apart a prompt's pictures lie, as a share of how far apart real photos of its article lie.

    A caption fixes more than the article. So the same stands beside it over photos of the caption's article and colour,
    of those captions that have two such; of prompts that name the article alone, over photos of that; and of the real
    photos of one caption, of those captions that two photos or more of test and train share.
    """
    test = bench.photos("test")
    by_article = {article: rows for article, rows in rows_of_articles(test.records).items() if len(rows) > 1}
    chosen = spread_over(by_article, min(PROMPTS, max(1, (bench.limit or PROMPTS * VARIANTS) // VARIANTS)))
    if not chosen:
        raise Unmeasurable(f"no article has two photos among the {len(test)} of the test split, so none can be compared")
    records = [test.records[row] for row in chosen]
    plain = [replace(record, colour="") for record in records]
    alone = [replace(record, caption=canonical(record)) for record in plain]
    found = {}
    for run, (name, asked) in enumerate({"captions": records, "articles alone": alone}.items(), 1):
        requests = [{"prompt": record.caption, "variants": VARIANTS, "seed": seed_of(run, n)}
                    for n, record in enumerate(asked)]  # fmt: skip
        made, _ = bench.made(requests, VARIANTS)
        sets = made.features.reshape(len(asked), VARIANTS, -1)
        found[name] = spread_of(sets, asked, test.verdicts, test.records)
    photos = [test, *filter(None, [bench.photos_if_any("train")])]
    if real := spread_of_photos(photos, test):
        found["real photos"] = real
    found |= {"prompts": len(chosen), "variants": VARIANTS}
    names = {"captions": "captions", "articles alone": "articles alone", "real photos": "real photos of one caption"}
    rows = [(label, *(found[name].get(key) for key in SPREADS)) for name, label in names.items() if name in found]
    print_table("Distance between two pictures of a prompt, over that between two real photos", ("", *SPREADS), rows)
    return found


def evaluate_accents(bench: Bench) -> dict:
    """How often a picture shows the second colour that words ask for beside the first, and how often where they don't.

    The first colour is the evaluator's word: a garment that is all of the second has not got what was asked.
    """
    asked = [(colour, f"{garment} {accent.format(second)}", second)
             for colour, garment, accent in ACCENTED for second in ACCENTS]  # fmt: skip
    unasked = [(colour, garment, second) for colour, garment, _ in ACCENTED for second in ACCENTS]
    lines = [line for _, line, _ in asked] + [garment for _, garment, _ in ACCENTED]

    firsts = {line: colour for colour, line, _ in asked + unasked}

    def look(images: np.ndarray) -> list[tuple[str, np.ndarray]]:
        return list(zip(bench.judge(images).colours, images, strict=True))

    parts, _ = bench.looked_at([{"prompt": line, "variants": VARIANTS, "seed": 1} for line in lines], look, VARIANTS)
    seen = [one for part in parts for one in part]
    shown: dict[str, list[list[str]]] = {}  # of each line's pictures the second colours, none where the first is not right
    for n, line in enumerate(lines):
        colour, pictures = firsts[line], seen[n * VARIANTS : (n + 1) * VARIANTS]
        shown[line] = [accents(image, colour) if same_family(first, colour) else [] for first, image in pictures]

    def share(which: list[tuple[str, str, str]]) -> float:
        """Of (first colour, prompt, second colour): how many of the prompts' pictures show both."""
        return float(np.mean([second in seconds for _, line, second in which for seconds in shown[line]]))

    found = {"asked": share(asked), "not asked": share(unasked), "pictures": len(asked) * VARIANTS}
    for at, (_, garment, accent) in enumerate(ACCENTED):
        found[f"{garment} {accent.format('…')}"] = share(asked[at * len(ACCENTS) : (at + 1) * len(ACCENTS)])
    print_table("The second colour that words ask for is seen beside the first, %", ("", "value"),
                [(name, 100 * value if name != "pictures" else value) for name, value in found.items()])  # fmt: skip
    return found


def spread_of_photos(lots: Sequence[Photos], test: Photos) -> dict[str, float]:
    """`spread_of` the photos of each caption that two or more of `lots` share; empty where none is shared.

    Captions whose article no two photos of the test split are of are left out, for nothing compares them.
    """
    records = [record for lot in lots for record in lot.records]
    features = np.concatenate([lot.verdicts.features for lot in lots])
    by_caption: dict[str, list[int]] = {}
    for row, record in enumerate(records):
        by_caption.setdefault(record.caption.lower(), []).append(row)
    known = {article for article, rows in rows_of_articles(test.records).items() if len(rows) > 1}
    shared = [rows for rows in by_caption.values() if len(rows) > 1 and records[rows[0]].article in known]
    if not shared:
        return {}
    asked = [records[rows[0]] for rows in shared]
    found = spread_of([features[rows] for rows in shared], asked, test.verdicts, test.records)
    return found | {"captions": len(shared)}


def spread_of(sets: Sequence[np.ndarray], asked: Sequence[Record], real: Verdicts,
              photos: Sequence[Record]) -> dict[str, float]:  # fmt: skip
    """How far apart the pictures of each prompt lie, and what share that is of how far apart photos lie.

    sets: of each prompt the features (V, F) of its pictures; asked: its record. Returns the mean distance within a
    prompt, its shares over photos of the article, and of article and colour, and how many prompts the latter is of: a
    prompt that no two of the photos are like is left out there.
    """
    within = np.array([mean_distance(features) for features in sets])
    found = {"within a prompt": float(within.mean())}
    keys = {"of article": [[(r.article,) for r in records] for records in (asked, photos)],
            "of article and colour": [pairs_of(asked), pairs_of(photos)]}  # fmt: skip
    for name, (wanted, there) in keys.items():
        rows: dict[tuple, list[int]] = {}
        for row, key in enumerate(there):
            if all(key):
                rows.setdefault(key, []).append(row)
        like = [rows.get(key, []) for key in wanted]
        told = np.array([len(group) > 1 for group in like])
        if told.any():
            apart = np.mean([mean_distance(real.features[group]) for group in like if len(group) > 1])
            found[name] = float(within[told].mean() / apart)
    return found | {"prompts with two such": int(told.sum())}


def evaluate_memorised(bench: Bench) -> dict:
    """How many pictures made of captions lie nearer to a train photo than all but 1 % of the test photos do.

    A memorised picture would come out of stage I, not as the file has it. What train photos are after stage I stands
    beside the others therefore: its share near is how many copies the bound would find.
    """
    train, test = (bench.photos(name).verdicts.features for name in ("train", "test"))
    copied = bench.photos("train", min(bench.limit or COPIES, COPIES))
    copies = bench.judge(reconstruct(bench.bundle, copied.images)[0])
    lots = {"test photos": test, "reconstructed train photos": copies.features}
    for name in ("test", "unseen"):
        if bench.photos_if_any(name):
            lots[f"made of {name} captions"] = bench.from_captions(name, bench.limit, 1).features
    away = {name: nearest_distances(features, train) for name, features in lots.items()}
    near = float(np.percentile(away["test photos"], 1))
    found = {name: {"nearest": float(d.min()), "median": float(np.median(d)), "share": float((d <= near).mean()),
                    "pictures": len(d)} for name, d in away.items()}  # fmt: skip
    head = ("", "nearest", "median", "share near, %", "pictures")
    rows = [(name, f["nearest"], f["median"], 100 * f["share"], f["pictures"]) for name, f in found.items()]
    print_table(f"Distance from the nearest of {len(train)} train photos; near is at most {near:.3f}", head, rows)
    return found | {"near": near, "train pictures": len(train)}


def evaluate_passes(bench: Bench) -> dict:
    """The same captions in one pass, and in more."""
    test = bench.photos("test", min(bench.limit or CAPTIONS, CAPTIONS))
    # pass counts by turns, so that whatever else the machine does falls on each alike
    requests = [{"prompt": record.caption, "seed": seed_of(1, n), "passes": passes}
                for n, record in enumerate(test.records) for passes in PASSES]  # fmt: skip
    made, told = bench.made(requests)
    found = {}
    for at, passes in enumerate(PASSES):
        verdicts = take(made, slice(at, None, len(PASSES)))
        seconds = float(np.mean([one["timings"]["totalMs"] for one in told[at :: len(PASSES)]])) / 1000
        found[str(passes)] = figures_with_hits(bench, verdicts, test) | {"seconds": seconds}
    found |= bench.floors(len(test))
    found["real"] = figures_of_hits(bench, test.verdicts, test)
    rows = [(name, *pass_cells(found[name])) for name in map(str, PASSES)]
    rows += [(label, *pass_cells(found[key])) for key, label in (FLOORS | {"real": "test photos"}).items() if key in found]
    head = ("passes", "Garment-FD", "KID x1000", "precision", "recall", "article %", "colour %", "seconds", "pictures")
    print_table("SMART passes, over the same captions of the test split", head, rows)
    return found


def hits_beside(bench: Bench, photos: Photos, made: Verdicts) -> dict:
    """What the evaluator finds in made pictures beside what it finds in the photos themselves; empty without labels."""
    pairs = pairs_of(photos.records)
    generated, real = (count_hits(verdicts, pairs, bench.judge) for verdicts in (made, photos.verdicts))
    return beside(generated, real) if generated else {}


def beside(generated: Hits, real: Hits | None, like: Hits | None = None) -> dict:
    """Hits in made pictures, and where there are real ones, theirs and the ratio to them: of all made, or of `like`."""
    found = {"generated": asdict(generated)}
    return found | {"real": asdict(real), "ratio": (like or generated).over(real)} if real else found


def hit_rows(label: str, found: dict) -> list[tuple]:
    """A table's rows of what `beside` gives."""
    rows = [(f"{label}: {kind}", *Hits(**found[kind]).cells()) for kind in ("generated", "real") if kind in found]
    return rows + [(f"{label}: ratio", *found["ratio"].values(), None, None)] if "ratio" in found else rows


def compare_set(bench: Bench, made: Verdicts) -> dict:
    """`set_figures`, with the distance also as a multiple of the reconstruction's and of the floor's."""
    figures = set_figures(made, bench.photos("test", bench.limit).verdicts)
    reconstruction, floor = bench.reconstruction(bench.limit).fd, bench.floor(bench.limit)["fd"]
    return figures | {"over reconstruction": ratio(figures["fd"], reconstruction), "over floor": ratio(figures["fd"], floor)}


def beside_sets(bench: Bench) -> dict:
    """What a set's figures are read against."""
    return bench.floors(bench.limit) | {"reconstruction": bench.reconstruction(bench.limit).fd}


def ratio(distance: float, other: float) -> float | None:
    return distance / other if other > 0 else None


def figures_of_hits(bench: Bench, verdicts: Verdicts, photos: Photos) -> dict:
    hits = count_hits(verdicts, pairs_of(photos.records), bench.judge)
    return {"article": hits.article, "colour": hits.colour, "pictures": len(verdicts)} if hits else {}


def figures_with_hits(bench: Bench, verdicts: Verdicts, photos: Photos) -> dict:
    return set_figures(verdicts, photos.verdicts) | figures_of_hits(bench, verdicts, photos)


def pass_cells(figures: dict) -> list:
    scaled = [(key, scale) for key, scale in (("fd", 1), ("kid", 1000), ("precision", 1), ("recall", 1),
              ("article", 100), ("colour", 100), ("seconds", 1))]  # fmt: skip
    return [*(scale * figures[key] if key in figures else None for key, scale in scaled), figures.get("pictures")]


def print_sets(title: str, found: dict) -> None:
    def row(label: str, figures: dict, over: float | None) -> tuple:
        kid, rest = 1000 * figures["kid"], (figures[key] for key in ("is", "precision", "recall", "pictures"))
        return (label, figures["fd"], over, figures.get("over floor"), kid, *rest)

    rows = [row("made", found["set"], found["set"]["over reconstruction"])]
    for key, label in FLOORS.items():
        if floor := found.get(key):
            rows.append(row(label, floor, ratio(floor["fd"], found["reconstruction"])))
    print_table(title, SET_HEAD, rows)


def rows_of_articles(records: Sequence[Record]) -> dict[str, list[int]]:
    """The rows of each article, those with most photos first."""
    found: dict[str, list[int]] = {}
    for row, record in enumerate(records):
        if record.article:
            found.setdefault(record.article, []).append(row)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def spread_over(rows: dict[str, list[int]], count: int) -> list[int]:
    """At most `count` rows: the first of every group, then the second of every one, and so on."""
    turns = range(max(map(len, rows.values()), default=0))
    return [group[turn] for turn in turns for group in rows.values() if turn < len(group)][:count]
