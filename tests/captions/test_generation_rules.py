"""`dci generate --engine rules`: what the rules make, how it is written, and that a run goes on where it ended."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.generation_runs import command, plain_release, run, tree

from dcikit.captions import Rules, Tokens
from dcikit.captions.checks import negative_defect
from dcikit.data.regions import scored_regions
from dcikit.data.release import Release
from dcikit.schema.errors import DataError
from dcikit.schema.regions import NEGATIVE_KINDS


@pytest.fixture(scope="session")
def tokens(processor: Any) -> Tokens:
    return Tokens(processor.tokenizer)


@pytest.fixture
def plain(sample: Path, tmp_path: Path) -> Path:
    return plain_release(sample, tmp_path / "plain", images=6)


def test_result_has_the_format_of_the_release(
    plain: Path, tokens: Tokens, load: Callable[..., Any], metric: Any, random_clip: Any, processor: Any
) -> None:
    outcome = run(plain, Rules(tokens))
    assert outcome.is_complete
    release, kinds = Release(plain), Counter[str]()
    for name in release.names("test"):
        doc = json.loads((plain / "complete" / name).read_text())
        plain_doc = json.loads((plain / "annotations" / name).read_text())
        assert list(doc) == [*plain_doc, "summaries", "negatives"]
        assert {key: doc[key] for key in plain_doc} == plain_doc
        found = release.read(name, summaries=True)
        assert list(doc["summaries"]) == list(doc["negatives"]) == [region.key for region in scored_regions(found)]
        for region in scored_regions(found):
            assert len(region.captions) >= 5
            for kind in NEGATIVE_KINDS:
                assert len(region.negatives[kind]) <= (3 if region.key == "base" else 1)
                kinds[kind] += len(region.negatives[kind])
            texts = [*region.captions, *(text for kind in NEGATIVE_KINDS for text in region.negatives[kind])]
            assert len(set(texts)) == len(texts)
            assert all(tokens.fits(text) for text in texts)
            for text in region.negatives["swaps"]:
                assert negative_defect(text, region.captions[0], (), "swaps", 0.8) is None
                assert -15 <= tokens.count(text) - tokens.count(region.captions[0]) <= 5
    missing = outcome.report["steps"]["negatives"]["missing"]
    assert set(missing) <= {
        f"{many} sound {kind} in the caption" for many in ("no", "too few") for kind in NEGATIVE_KINDS
    }
    assert min(kinds.values()) > 10
    dataset = load("sdci", plain)
    scores = metric.compute(model=random_clip, processor=processor, dataset=dataset, protocol="sdci-entries")
    assert 0 <= scores["all_scm"] <= 1


def test_same_seed_same_bytes(plain: Path, tokens: Tokens, tmp_path: Path) -> None:
    for number, seed in (("a", 0), ("b", 0), ("c", 1)):
        run(plain, Rules(tokens, seed=seed), tmp_path / number)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert (tmp_path / "a" / "complete").resolve() != (tmp_path / "c" / "complete").resolve()
    assert tree(tmp_path / "a") != tree(tmp_path / "c")


def test_steps_one_by_one_make_the_same(plain: Path, tokens: Tokens, tmp_path: Path) -> None:
    run(plain, Rules(tokens), tmp_path / "whole")
    run(plain, Rules(tokens), tmp_path / "steps", steps=["summaries"])
    assert not any(json.loads(path.read_text())["negatives"] for path in (tmp_path / "steps/complete").iterdir())
    run(plain, Rules(tokens), tmp_path / "steps", steps=["negatives"])
    assert tree(tmp_path / "steps") == tree(tmp_path / "whole")


def test_a_second_run_does_nothing(plain: Path, tokens: Tokens) -> None:
    first = run(plain, Rules(tokens))
    before = {path: path.stat().st_mtime_ns for path in (plain / "complete").iterdir()}
    second = run(plain, Rules(tokens))
    assert second.skipped == 2 * first.regions
    assert before == {path: path.stat().st_mtime_ns for path in (plain / "complete").iterdir()}
    assert not list((plain / "generation" / "answers").iterdir())
    assert not list((plain / "generation").glob(".*"))


@pytest.mark.parametrize("lost", ["regions", "half"])
def test_a_run_that_was_killed_between_two_files_goes_on(
    plain: Path, tokens: Tokens, tmp_path: Path, lost: str
) -> None:
    run(plain, Rules(tokens), tmp_path / "whole")
    output = tmp_path / "killed"
    run(plain, Rules(tokens), output)
    name = Release(plain).names("test")[1]
    (output / "generation" / "answers" / f"{name}l").write_bytes(b"" if lost == "regions" else b'{"key": "tor')
    (output / "generation" / "regions" / name).unlink()
    assert run(plain, Rules(tokens), output).is_complete
    assert tree(output) == tree(tmp_path / "whole")


def test_what_others_made_is_not_replaced(odd: Path, tokens: Tokens, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    shutil.copytree(odd, folder)
    with pytest.raises(DataError, match=r"did not write; write to another `output`, or give `overwrite`"):
        run(folder, Rules(tokens))
    assert run(folder, Rules(tokens), overwrite=True).is_complete
    with pytest.raises(DataError, match="under other settings"):
        run(folder, Rules(tokens, seed=1))
    assert run(folder, Rules(tokens, seed=1), overwrite=True).is_complete


def test_negatives_for_given_summaries(odd: Path, tokens: Tokens, tmp_path: Path) -> None:
    run(odd, Rules(tokens), tmp_path / "out", steps=["negatives"])
    before = Release(odd).read("400001-data.json", summaries=True, photo=False)
    after = Release(tmp_path / "out").read("400001-data.json", summaries=True, photo=False)
    assert after.captions == before.captions
    assert after.negatives.keys() == before.negatives.keys()
    assert after.negatives != before.negatives
    assert not after.clip_scores


def test_given_summaries_are_not_replaced_after_their_negatives(odd: Path, tokens: Tokens, tmp_path: Path) -> None:
    run(odd, Rules(tokens), tmp_path / "out", steps=["negatives"])
    assert run(odd, Rules(tokens), tmp_path / "out", steps=["negatives"]).is_complete
    with pytest.raises(DataError, match="`summaries`: holds summaries that"):
        run(odd, Rules(tokens), tmp_path / "out")


def test_the_odd_release(odd: Path, tokens: Tokens, tmp_path: Path) -> None:
    output = tmp_path / "out"
    outcome = run(odd, Rules(tokens), output)
    assert outcome.is_complete
    missing = outcome.report["steps"]["summaries"]["regions_missing"]
    assert "90001-data.json m-0-sc" in missing["no text to summarize"]  # bad quality, label and caption null
    doc = json.loads((output / "complete" / "300207-data.json").read_text())
    assert list(doc["summaries"]) == ["base", "m-3-sc", "m-1-sc", "m-2-sc", "m-7-sc", "m-5-sc"]
    assert all(isinstance(captions, list) for captions in doc["summaries"].values())


def test_command(plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dcikit.encoders.models import TINY_CLIP

    def fails(message: str, *arguments: str | Path) -> None:
        status, out, err = command("generate", *arguments, capsys=capsys)
        assert (status, out) == (1, "")
        assert message in err

    options = ["--engine", "rules", "--tokenizer", TINY_CLIP]
    status, out, _ = command("generate", plain, *options, "--split", "test", "--limit", "2", capsys=capsys)
    assert status == 0
    assert "Generated, 2 images" in out
    assert len(list((plain / "complete").iterdir())) == 2
    fails("other settings", plain, *options, "--seed", "1")
    fails("--llm-model", plain)
    fails("`--llm` must be", plain, "--llm-model", "m")
    fails("--tokenizer", plain, "--engine", "rules", "--tokenizer", tmp_path / "none")
    shutil.rmtree(plain / "annotations")
    fails("annotations: the folder is missing", plain, *options)


def test_summaries_need_no_word_tables(plain: Path) -> None:
    from dcikit.encoders.models import TINY_CLIP

    program = (
        "import sys; sys.modules['lemminflect'] = None\n"
        "from dcikit.cli.main import main\n"
        f"options = ['generate', {str(plain)!r}, '--engine', 'rules', '--tokenizer', {str(TINY_CLIP)!r}]\n"
        "print(main([*options, '--steps', 'summaries']), main([*options, '--steps', 'negatives', '--overwrite']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 1"
    assert "pip install 'dcikit[nlp]'" in " ".join(done.stderr.split()) and "Traceback" not in done.stderr
