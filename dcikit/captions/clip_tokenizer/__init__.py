"""CLIP's tokenizer, from the merges beside this file: lengths in its tokens need no network."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

_MERGES = Path(__file__).parent / "merges.txt.gz"
_START, _END = "<|startoftext|>", "<|endoftext|>"
_WORD_END = "</w>"
_CONTEXT = 77
_PARTS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def clip_tokenizer() -> Any:
    """The tokenizer of every CLIP of OpenAI, with the context of 77 tokens; a tokenizer of transformers."""
    import transformers
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary, merges = _vocabulary()
    ids = {token: index for index, token in enumerate(vocabulary)}
    model = models.BPE(ids, merges, end_of_word_suffix=_WORD_END, unk_token=_END)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(_PARTS), "removed", invert=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.post_processor = processors.RobertaProcessing((_END, ids[_END]), (_START, ids[_START]), False, False)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=_CONTEXT,
        bos_token=_START,
        eos_token=_END,
        unk_token=_END,
        pad_token=_END,
    )


def _vocabulary() -> tuple[list[str], list[tuple[str, str]]]:
    """Tokens in the order of their ids (bytes, bytes that end a word, merges, special tokens), and the merges."""
    lines = gzip.decompress(_MERGES.read_bytes()).decode("utf-8").splitlines()
    merges = [(left, right) for left, right in map(str.split, lines)]
    letters = _letters()
    ends = [letter + _WORD_END for letter in letters]
    return [*letters, *ends, *(left + right for left, right in merges), _START, _END], merges


def _letters() -> list[str]:
    """The character that stands for each byte: itself if it is printable, otherwise one from 256 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(code) for code in (*printable, *range(256, 512 - len(printable)))]
