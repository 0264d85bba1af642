"""The benchmark's tasks: which scores the Hub's leaderboard lists, and the `eval.yaml` that declares them."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from dcikit.schema.titles import title

FRAMEWORK = "dci"
"""Our id in `eval.yaml`; Hugging Face must add it to its list before the Hub takes the file (see the dataset card)."""


@dataclass(frozen=True)
class Task:
    """A score on the leaderboard.

    Attributes:
        id: its id on the Hub.
        protocol: name of the protocol in the results.
        score: name of the score in the results.
        config, split: the data it is measured on; split None: all of them.
    """

    id: str
    protocol: str
    score: str
    config: str
    split: str | None

    @property
    def title(self) -> str:
        """Its heading in tables."""
        return title(self.score)


TASKS = (
    Task("sdci_all_scm", "sdci", "all_scm", "sdci", "test"),
    Task("sdci_all_neg", "sdci", "all_neg", "sdci", "test"),
    Task("sdci_pick5_scm", "sdci", "pick5_scm", "sdci", "test"),
    Task("sdci_pick5_neg", "sdci", "pick5_neg", "sdci", "test"),
    Task("sdci_base_neg", "sdci", "base_neg", "sdci", "test"),
    Task("sdci_hard_neg", "sdci", "hard_neg", "sdci", "test"),
    Task("dci_i2t_r1", "lotlip", "i2t_r@1", "dci", None),
    Task("dci_t2i_r1", "lotlip", "t2i_r@1", "dci", None),
)
"""In the order of a table."""

_DESCRIPTION = (
    "Densely Captioned Images (arXiv 2312.08578). sDCI: subcrop-caption matching (SCM) and negatives (Neg) of "
    "vision-language models, on captions within 77 CLIP tokens. DCI: retrieval with long captions, protocol lotlip, "
    "over the images of all splits. All values are percentages, higher is better."
)


def eval_yaml() -> str:
    """The `eval.yaml` of an export. The Hub knows no task over all splits: those name the test split."""
    tasks = [{"id": task.id, "config": task.config, "split": task.split or "test"} for task in TASKS]
    document = {
        "name": "Densely Captioned Images",
        "description": _DESCRIPTION,
        "evaluation_framework": FRAMEWORK,
        "tasks": tasks,
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
