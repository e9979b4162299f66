"""SMART beside autoregression: quality and speed of both on the same captions (Table 2).

    python -m toile.stage_two.train --data prepared --tokens runs/tokens --tokenizer models/bundles/garments/tokenizer.json \
        --run runs/autoregressive --init-from models/bundles/garments --autoregressive --minutes 60
    python -m toile.compare_decoding --bundle models/bundles/garments --autoregressive runs/autoregressive/last.pt \
        --data prepared

Both draw the test split's captions, one picture at a time, in ONNX Runtime in float32, and the bundle's decoder paints.
SMART draws at the bundle's temperatures, the baseline at their mean and by the bundle's min_p. Times are of the tokens
alone, conditions included; the kinds take turns, so that other work on the machine slows all alike. Without a baseline
the bundle's own weights are timed, run causally: speed does not depend on what they learned. The baseline is never
guided.

Each --smart is one more way to decode: JSON of what differs from the bundle's options, such as '{"passes": 6}' or
'{"guidance": 1, "choice_temperature": 0.5}'. With --wordless they are compared on pictures without words too, which
show sooner where a way falls into white or into shreds. How options are chosen, on photos that nothing is reported of:

    python -m toile.compare_decoding --bundle models/bundles/garments --data prepared --split val --limit 40 --variants 4 \
        --wordless 120 --timed 0 --smart '{}' '{"choice_temperature": 1}'
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tqdm import tqdm

from .bundle import load_transformer
from .command_line import CommandParser, bundle_folder, run_command, whole_number
from .data import SPLITS
from .evaluate import FEWEST, find_judge
from .evaluate_sets import SPREADS, spread_of
from .evaluator.asked import HITS_HEAD, count_hits, pairs_of
from .evaluator.bench import Bench, Photos, set_figures
from .evaluator.judge import Judge, Verdicts
from .evaluator.tables import print_table
from .onnx_networks import OnnxNetworks, to_bytes
from .stage_two.autoregressive import Baseline, export_baseline
from .stage_two.conditions import build_conditions
from .stage_two.smart import SmartOptions, generate, parse_options
from .timing import time_in_turns
from .tokenizer import encode

NO_CACHE = "autoregression, no cache of cells"
Draw = Callable[[list[int], int], np.ndarray]  # text ids and seed -> codes (cells, M)


def decoders(bundle: OnnxNetworks, baseline: Baseline, changes: list[str]) -> dict[str, Draw]:
    """Every way to draw a picture's tokens, by the name that the tables give it."""
    smart = SmartOptions(**bundle.model["smart"])
    mean_temperature = smart.temperature * (smart.first_temperature_share + smart.final_temperature_share) / 2
    marginals = np.array(bundle.model["marginals"])

    def by_smart(options: SmartOptions) -> Draw:
        return lambda text, seed: generate(bundle, text, seed, options, marginals=marginals).codes

    def by_cells(cached: bool) -> Draw:
        return lambda text, seed: baseline.generate(build_conditions([text]), seed, mean_temperature, cached, smart.min_p)

    found = {f"SMART {text}": by_smart(parse_options(text, smart)) for text in changes}
    return found | {"autoregression, cached": by_cells(True), NO_CACHE: by_cells(False)}


def compare_speed(ways: dict[str, Draw], texts: list[list[int]]) -> dict[str, float]:
    """Median seconds a picture of each way, which take turns over the texts."""
    turns = {name: lambda n, draw=draw: draw(texts[n], n) for name, draw in ways.items()}
    seconds, first = time_in_turns(turns, len(texts)), next(iter(ways))
    rows = [(name, s, s / seconds[first], len(texts)) for name, s in seconds.items()]
    print_table("Seconds a picture's tokens at batch 1", ("", "s", f"over {first}", "pictures"), rows)
    return seconds


def judge_draws(draw: Draw, name: str, texts: list[list[int]], bundle: OnnxNetworks, judge: Judge) -> Verdicts:
    """Verdicts on a picture of each text, the n-th with seed n."""
    side = bundle.model["grid"]["size"]
    drawn = np.stack([draw(text, seed) for seed, text in enumerate(tqdm(texts, desc=name, unit="picture"))])
    maps = drawn.transpose(0, 2, 1).reshape(len(drawn), -1, side, side)  # (N, M, h, w)
    return judge(np.concatenate([to_bytes(bundle.decode(maps[at : at + 8])) for at in range(0, len(maps), 8)]))


def compare_quality(ways: dict[str, Draw], bundle: OnnxNetworks, photos: Photos, asked: Photos,
                    texts: list[list[int]], variants: int, judge: Judge) -> dict[str, dict]:  # fmt: skip
    """Distances from the photos, and the articles and colours found, of each way's pictures of the texts.

    asked: the photos whose captions the texts are, of each of which `variants` pictures are drawn. Labels found in the
    pictures stand beside those found in these photos, and not in all, whose mix may be another.
    """
    repeated = [record for record in asked.records for _ in range(variants)]
    made = {name: judge_draws(draw, name, [text for text in texts for _ in range(variants)], bundle, judge)
            for name, draw in ways.items()}  # fmt: skip
    sets = {name: set_figures(verdicts, photos.verdicts) for name, verdicts in made.items()}
    hits = {name: count_hits(verdicts, pairs_of(repeated), judge) for name, verdicts in made.items()}
    hits["real photos"] = count_hits(asked.verdicts, pairs_of(asked.records), judge)
    print_distances(f"Pictures of {len(asked)} captions, against {len(photos)} photos", sets)
    hits = {name: counted for name, counted in hits.items() if counted}  # none where the captions have no known labels
    if hits:
        print_table("Asked colour and article that the evaluator finds, %", HITS_HEAD,
                    [(name, *counted.cells()) for name, counted in hits.items()])  # fmt: skip
    found = sets | {name: sets.get(name, {}) | {"hits": asdict(counted)} for name, counted in hits.items()}
    if variants > 1:
        for name, verdicts in made.items():
            sets = verdicts.features.reshape(len(asked), variants, -1)
            found[name]["spread"] = spread_of(sets, asked.records, photos.verdicts, photos.records)
        rows = [(name, *(found[name]["spread"].get(key) for key in SPREADS)) for name in made]
        print_table("Distance between two pictures of a prompt, over that between two photos", ("", *SPREADS), rows)
    return found


def compare_wordless(ways: dict[str, Draw], bundle: OnnxNetworks, photos: Photos, count: int,
                     judge: Judge) -> dict[str, dict]:  # fmt: skip
    """Distances from the photos of `count` pictures that each way of SMART makes without words."""
    sets = {name: set_figures(judge_draws(draw, name, [[]] * count, bundle, judge), photos.verdicts)
            for name, draw in ways.items() if name.startswith("SMART")}  # fmt: skip
    print_distances(f"Pictures without words, against {len(photos)} photos", sets)
    return sets


def print_distances(title: str, sets: dict[str, dict]) -> None:
    rows = [(name, f["fd"], 1000 * f["kid"], *(f[key] for key in ("is", "precision", "recall", "pictures")))
            for name, f in sets.items()]  # fmt: skip
    print_table(title, ("", "Garment-FD", "KID x1000", "Garment-IS", "precision", "recall", "pictures"), rows)


def main() -> None:
    parser = CommandParser("Compare SMART with an autoregressive baseline.")
    parser.add_argument("--bundle", required=True, type=bundle_folder,
                        help="folder with model.json, or the name of one in models/bundles")  # fmt: skip
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--autoregressive", type=Path, help="checkpoint of stage_two.train --autoregressive")
    parser.add_argument("--smart", nargs="+", metavar="JSON", default=['{"passes": 10}', '{"passes": 6}', '{"passes": 1}'],
                        help="ways of SMART; the first is what speed is compared with")  # fmt: skip
    parser.add_argument("--split", choices=SPLITS, default="test", help="whose captions and photos the quality is of")
    parser.add_argument("--limit", type=whole_number(0), metavar="N",
                        help=f"at most so many captions for the quality, from {FEWEST} up, spread over the split; "
                        "0: speed alone")  # fmt: skip
    parser.add_argument("--variants", type=whole_number(1), metavar="N", default=1,
                        help="pictures a caption; of two and more the distance within a caption is told")  # fmt: skip
    parser.add_argument("--wordless", type=whole_number(FEWEST), metavar="N",
                        help="compare the ways of SMART on so many pictures without words too")  # fmt: skip
    parser.add_argument("--timed", type=whole_number(0), metavar="N", default=8, help="pictures a way for the speed")
    parser.add_argument("--threads", type=whole_number(0), default=0, help="of ONNX Runtime; 0: one a core")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    args = parser.parse_args()
    if args.wordless and args.limit == 0:
        parser.error("--wordless compares quality, which --limit 0 leaves out")
    if args.limit and args.limit < FEWEST:
        parser.error(f"--limit {args.limit} is neither 0 nor at least {FEWEST}, which the quality of a set takes")
    bundle = OnnxNetworks(args.bundle, args.threads)
    try:
        for text in args.smart:
            parse_options(text, SmartOptions(**bundle.model["smart"]))
    except ValueError as error:
        parser.error(str(error))
    model = load_transformer(args.autoregressive) if args.autoregressive else load_transformer(args.bundle, causal=True)
    if not model.config.causal:
        parser.error(f"--autoregressive {args.autoregressive}: that transformer was not trained with --autoregressive")
    judge = find_judge(bundle, None)
    bench = Bench(args.data, None if args.limit == 0 else judge, bundle)
    photos, asked = bench.photos(args.split), bench.photos(args.split, args.limit or None)
    if judge and args.limit != 0 and len(photos) < FEWEST:
        parser.error(f"--split {args.split} of {args.data} has {len(photos)} photos, and the quality of a set takes at "
                     f"least {FEWEST}: give another split, or --limit 0")  # fmt: skip
    tokenizer = Tokenizer.from_file(str(args.bundle / bundle.model["text"]["tokenizer"]))
    texts = [encode(tokenizer, r.caption, bundle.model["text"]["max_tokens"]) for r in asked.records]
    figures: dict = {}
    with tempfile.TemporaryDirectory() as folder:
        export_baseline(model, Path(folder))
        ways = decoders(bundle, Baseline(Path(folder), model, args.threads), args.smart)
        if args.timed:
            figures["seconds"] = compare_speed(ways, texts[: args.timed])
        if not judge:
            print("quality is not compared: the bundle has no evaluator")
        elif args.limit != 0:
            del ways[NO_CACHE]  # draws what the cached one draws
            if not args.autoregressive:
                del ways["autoregression, cached"]
            if args.wordless:
                figures["wordless"] = compare_wordless(ways, bundle, photos, args.wordless, judge)
            figures["quality"] = compare_quality(ways, bundle, photos, asked, texts, args.variants, judge)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(f"\nfigures -> {args.json}")


if __name__ == "__main__":
    run_command(main)
