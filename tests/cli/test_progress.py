"""What long work shows on stderr."""

from __future__ import annotations

import pytest

from dcikit.cli.progress import counter, progress


def test_a_bar_inside_another_is_a_line_of_the_same_display(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich then takes stderr for a terminal

    with counter("Training", 5) as outer:
        outer(2)
        with counter("Scoring split validation", 7) as inner:
            inner(3)
        outer(1)
    shown = capsys.readouterr().err

    assert "Training" in shown and "/5" in shown
    assert "Scoring split validation" in shown and "/7" in shown


def test_without_a_terminal_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress([1, 2], "Scoring", 2)) == [1, 2]

    assert capsys.readouterr().err == ""
