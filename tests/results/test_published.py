"""Published numbers: what their digits say, where they stand, and which result they may stand beside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.results_documents import document

from dcikit.results.digits import digits_test
from dcikit.results.published import gallery_differs, published_beside, published_scores, why_not_published
from dcikit.schema.errors import ArgumentError
from dcikit.tasks.pairs import BENCHMARKS
from dcikit.tasks.retrieval.protocols import PROTOCOLS

DOCUMENT = Path(__file__).parents[2] / "docs" / "published.md"


@pytest.mark.parametrize(
    ("percentage", "n", "fits"),
    [
        ("33.33", 3, True),
        ("33.3", 3, True),
        ("33", 3, True),
        ("66.67", 3, True),
        ("66.66", 3, False),
        ("50.0", 3, False),
        ("0.00", 3, True),
        ("100.00", 3, True),
        ("12.5", 8, True),
        ("12", 8, True),  # 12.5 rounded down
        ("13", 8, True),  # and up
        ("12.4", 8, False),
        ("64.13", 1999, True),  # 1,282 of 1,999 are 64.132
        ("64.12", 1999, False),
        ("43.06", 7805, True),  # 3,361 of 7,805 are 43.062
    ],
)
def test_whether_a_percentage_fits(percentage: str, n: int, fits: bool) -> None:
    found = digits_test([percentage], n)
    assert found.misfits == (() if fits else (percentage,))


@pytest.mark.parametrize("n", [1, 7, 1999, 7805])
@pytest.mark.parametrize("places", [0, 1, 2, 3])
def test_what_a_table_prints_fits(n: int, places: int) -> None:
    assert digits_test([f"{100 * k / n:.{places}f}" for k in range(0, n + 1, max(1, n // 97))], n).misfits == ()


def test_chance_is_the_share_of_numbers_that_fit() -> None:
    """Of the 10,000 numbers below 100 with two decimals 1,999 are those of N = 1,999; one decimal fits any large N."""
    every = [f"{k // 100}.{k % 100:02}" for k in range(10_000)]
    found = digits_test(every, 1999)
    assert found.numbers - len(found.misfits) == 1999
    assert digits_test(["64.13", "67.83"], 1999).chance == pytest.approx(0.1999**2)
    assert digits_test(["64.1", "67.8"], 1999).chance == 1.0


def test_a_proof_needs_numbers_and_no_misfit() -> None:
    fitting = ["64.13", "67.83", "74.59", "74.54", "74.74", "76.19"]
    assert digits_test(fitting, 1999).proven and not digits_test(fitting[:3], 1999).proven
    assert not digits_test([*fitting, "64.12"], 1999).proven


@pytest.mark.parametrize("text", ["", "-1", "100.01", "1e1", "nan", "5.", "1/3", "٣"])
def test_what_is_no_percentage(text: str) -> None:
    with pytest.raises(ArgumentError, match="percentages"):
        digits_test([text], 10)


def test_no_queries() -> None:
    with pytest.raises(ArgumentError, match="at least 1"):
        digits_test(["1"], 0)


def test_published_numbers_fit_their_galleries() -> None:
    for each in published_scores():
        if each.protocol in PROTOCOLS and each.n:
            assert each.n == PROTOCOLS[each.protocol].gallery
            assert digits_test([each.percent], each.n).misfits == (), each
        assert each.protocol in (*PROTOCOLS, *BENCHMARKS, "hn-long")
    assert len({(each.protocol, each.source, each.model, each.note, each.score) for each in published_scores()}) == len(
        published_scores()
    )


def test_the_document_has_every_number() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    for each in published_scores():
        place = each.model if each.protocol in PROTOCOLS else ""
        assert any(place in line and re.search(rf"(?<!\d){re.escape(each.percent)}(?!\d)", line) for line in lines), (
            each
        )


def retrieval(regions: int = 7805, **changes: object) -> object:
    counts = {f"{image}": (1, 1) for image in range(regions)}
    facts = {
        "model__id": "openai/clip-vit-base-patch32",
        "protocol__name": "lotlip",
        "protocol__parameters": {"gallery": 7805},
        "dataset__regions": regions,
        "task": "retrieval",
        **changes,
    }
    return document({"i2t_r@1": counts, "t2i_r@5": counts}, **facts)


def test_the_published_row_of_the_same_model_and_protocol() -> None:
    [found] = published_beside(retrieval())  # T2I R@5 is not published
    assert (found.score, found.percent, found.n) == ("i2t_r@1", "43.06", 7805)
    assert published_beside(retrieval(model__id="somebody/else")) == []
    assert published_beside(retrieval(protocol__name="plain")) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dataset__limit": 9}, "only the first 9 images"),
        ({"dataset__skipped": {"7": "lost"}}, "1 images were skipped"),
        ({"model__adapter": "a/b"}, "adapter"),
        ({"regions": 12}, "12 images, that of protocol lotlip 7,805: not comparable"),
    ],
)
def test_when_no_published_number_may_stand_beside(changes: dict[str, object], reason: str) -> None:
    results = retrieval(**changes)
    assert reason in (why_not_published(results) or "") and published_beside(results) == []


def test_a_protocol_without_a_gallery() -> None:
    assert gallery_differs(retrieval(regions=12, protocol__parameters={})) is None
