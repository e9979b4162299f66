"""The text tokenizer: byte-level BPE, case-folded, so that any language's characters survive (§3.2).

    python -m toile.tokenizer --data prepared --out tokenizer.json

It learns from train's captions, and from phrasings of what their records say.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from .command_line import CommandParser, run_command, whole_number

PAD = "<pad>"


def train_tokenizer(texts: Iterable[str], vocabulary: int = 4096) -> Tokenizer:
    """Byte-level BPE of at most `vocabulary` tokens; id 0 is padding."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def load_tokenizer(path: Path) -> Tokenizer:
    """Raises FileNotFoundError, or ValueError where it is none."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no tokenizer {path}: toile.tokenizer makes one")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # it raises nothing narrower
        raise ValueError(f"{path} is no tokenizer: {error}") from error


def encode(tokenizer: Tokenizer, text: str, max_tokens: int = 64) -> list[int]:
    """Ids of a prompt, cut at max_tokens; empty for a blank one."""
    return tokenizer.encode(text.strip()).ids[:max_tokens] if text.strip() else []


def main() -> None:
    from .captions import phrase
    from .data import load_split

    parser = CommandParser("Learn the tokenizer from a catalogue's captions.")
    parser.add_argument("--data", required=True, type=Path, help="folder that toile.data wrote")
    parser.add_argument("--out", required=True, type=Path, help="file to write, as tokenizer.json")
    parser.add_argument("--vocabulary", type=whole_number(257), default=4096, help="tokens at most")
    args = parser.parse_args()
    records = load_split(args.data, "train", in_memory=False).records
    rng = np.random.default_rng(0)
    texts = [record.caption for record in records] + [phrase(r, rng) for r in records for _ in range(8)]
    tokenizer = train_tokenizer(texts, args.vocabulary)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(args.out))
    print(f"{tokenizer.get_vocab_size()} tokens from {len(texts)} texts -> {args.out}")


if __name__ == "__main__":
    run_command(main)
