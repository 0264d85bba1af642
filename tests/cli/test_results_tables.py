"""What stands beside the scores of a result: chance, and what others have published."""

from __future__ import annotations

from typing import Any

from support.results_documents import document

from dcikit.cli.results_tables import results_notes, results_tables
from dcikit.schema.results import Results


def retrieval(regions: int, model: str = "openai/clip-vit-base-patch32", gallery: int = 7805) -> Results:
    """Every image finds its text and the other way round."""
    counts = {str(image): (1, 1) for image in range(regions)}
    facts: dict[str, Any] = {"model__id": model, "protocol__name": "lotlip", "task": "retrieval"}
    facts["protocol__parameters"] = {"gallery": gallery}
    return document({"i2t_r@1": counts, "t2i_r@1": counts}, **facts)


def test_chance_stands_beside_each_score() -> None:
    [table] = results_tables(retrieval(20))
    assert [record["chance"] for record in table.records()] == [1 / 20, 1 / 20]


def test_the_published_row_of_the_same_model_and_protocol() -> None:
    notes = "\n".join(results_notes(retrieval(7805)))
    assert "Published: I2T R@1 43.06 (LoTLIP, repository wuw2019/LoTLIP)" in notes
    assert "Published: T2I R@1 40.32 (LoTLIP, repository wuw2019/LoTLIP)" in notes
    assert "No published number of me by protocol lotlip" in "\n".join(results_notes(retrieval(7805, "me")))


def test_another_gallery_compares_with_no_published_number() -> None:
    notes = "\n".join(results_notes(retrieval(20)))
    assert "The gallery has 20 images, that of protocol lotlip 7,805: not comparable with published numbers" in notes
    assert "Published" not in notes and "No published" not in notes
