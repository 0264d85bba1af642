"""How scores are called, and in which section of a table they stand."""

from __future__ import annotations

from dcikit.schema.titles import grouped, title


def test_a_subset_stands_behind_its_whole() -> None:
    names = ["pairs", "pairs_macro", "pairs/add_att", "pairs_macro/a/b", "pairs/swap_obj", "all_scm", "new/x"]
    assert [title(name) for name in names[2:4]] == ["Pairs: add_att", "Pairs, mean of groups: a/b"]
    assert title("new/x") == "new/x"
    [paper, pairs, others] = grouped(names).values()
    assert (paper, others) == (["all_scm"], ["new/x"])
    assert pairs == ["pairs", "pairs/add_att", "pairs/swap_obj", "pairs_macro", "pairs_macro/a/b"]
