"""Draws negatives that the rules make of a release's own sentences, to be read and judged one by one.

python scripts/draw_negatives.py RELEASE --kind swaps --count 60 --tokenizer openai/clip-vit-base-patch32
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random

from transformers import AutoTokenizer

from dcikit.captions import Tokens
from dcikit.captions.generation_result import derived_seed
from dcikit.captions.rules import candidates, extracts
from dcikit.captions.source import sources
from dcikit.data.release import Release
from dcikit.encoders.models import TINY_CLIP
from dcikit.schema.regions import NEGATIVE_KINDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", type=Path, help="folder with annotations/")
    parser.add_argument("--kind", choices=NEGATIVE_KINDS, default="swaps")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--captions", type=int, default=1, help="captions of each region, the first one first")
    parser.add_argument("--negatives", type=int, default=1, help="negatives of each caption, at most")
    parser.add_argument("--tokenizer", default=str(TINY_CLIP))
    arguments = parser.parse_args()
    tokens = Tokens(AutoTokenizer.from_pretrained(arguments.tokenizer), 77)
    found: dict[str, str] = {}
    captions = without = 0
    release = Release(arguments.release)
    for name in (name for names in release.splits.values() for name in names):
        for source in sources(release.read(name, summaries=False, photo=False), name):
            for caption in extracts(source, tokens, arguments.captions - 1)[: arguments.captions]:
                rng = Random(derived_seed(arguments.seed, name, source.key, arguments.kind))
                made = list(dict.fromkeys(candidates(caption, arguments.kind, rng)))[: arguments.negatives]
                captions, without = captions + 1, without + (not made)
                found.update(dict.fromkeys(made, caption))
    drawn = Random(arguments.seed).sample(sorted(found), min(arguments.count, len(found)))
    for number, negative in enumerate(drawn, start=1):
        print(f"{number}\n  {found[negative]}\n  {negative}")
    print(f"{captions} captions, {without} of them without any; {len(found)} negatives, {len(drawn)} drawn")


if __name__ == "__main__":
    main()
