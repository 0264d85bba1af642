"""What a model scores: on the validation split while it is trained, on the test split before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset, Features

from dcikit.encoders.encoder import Encoder
from dcikit.engine.prepare import Reader
from dcikit.engine.processes import Processes
from dcikit.engine.progress import Progress, silent
from dcikit.engine.windows import Run
from dcikit.results.document import make_results
from dcikit.schema.errors import NothingToScoreError
from dcikit.schema.features import SDCI
from dcikit.schema.results import Results, ZeroShot
from dcikit.schema.suites import SDCI_ENTRIES
from dcikit.tasks.evaluation import Evaluation, evaluate
from dcikit.tasks.scm import Scm
from dcikit.tasks.zero_shot.evaluation import zero_shot

VALIDATED = ("all_scm", "all_neg")
"""The two scores of a validation."""

METRICS = ("scm_plus_neg", "loss")
"""By which a checkpoint can be the best: the highest sum of the two, or the lowest loss."""

_READ = ("image_id", "file_name", "image", "regions", "excluded")


@dataclass(frozen=True)
class EvalSplit:
    """Rows of config `sdci` to score a model on.

    Attributes:
        readers: of the rows.
        described: id, revision and split, for the results file.
        classes: a folder of photos by class, their names, and the prompt, see `zero_shot`; None: it is not classified.
        progress: shows how far it is, in the first process.
    """

    readers: Sequence[Reader]
    described: dict[str, Any]
    classes: tuple[Path, Path | None, str] | None = None
    progress: Progress = silent

    def results(self, encoder: Encoder, num_workers: int = 0) -> Results:
        """What `dci eval` says of a model; with classes it has a section `zero_shot`.

        Data of one's own may have nothing that the paper's protocol keeps: then it is sdci-entries.
        """
        try:
            evaluation = self._evaluated(Scm(), encoder, num_workers)
        except NothingToScoreError:
            evaluation = self._evaluated(Scm(protocol_name=SDCI_ENTRIES), encoder, num_workers)
        results = make_results(evaluation, encoder, {**self.described, "limit": None, "skipped": {}})
        if not self.classes:
            return results
        found = zero_shot(encoder, *self.classes, num_workers=num_workers)
        section = ZeroShot(
            images=str(self.classes[0]),
            classes=len(found.classes),
            accuracy=found.accuracy,
            skipped=len(found.skipped),
        )
        return results.model_copy(update={"zero_shot": section})

    def rows(self) -> Dataset:
        """The rows with their photos, in memory: what a loss on them is computed of."""
        features = Features({name: SDCI[name] for name in _READ})
        read = (reader() for reader in self.readers)
        return Dataset.from_list([{name: row[name] for name in _READ} for row in read], features=features)

    def scores(self, encoder: Encoder, num_workers: int = 0) -> dict[str, float]:
        """SCM and Neg, whose sum is to choose a checkpoint: of every region that can be scored.

        Raises:
            ValueError: if the split has no region for one of them.
        """
        evaluation = self._evaluated(Scm(("all",), protocol_name=SDCI_ENTRIES), encoder, num_workers)
        values = {name: evaluation.scores[name].value for name in VALIDATED}
        missing = [name for name, value in values.items() if value is None]
        if missing:
            raise ValueError(f"split {self.described['split']} has nothing to measure {', '.join(missing)} on")
        return {name: float(value) for name, value in values.items() if value is not None}

    def _evaluated(self, task: Scm, encoder: Encoder, num_workers: int) -> Evaluation:
        processes = Processes()
        progress = self.progress if processes.is_main else silent
        run = Run(num_workers=num_workers, processes=processes)
        with run.shown(progress, f"Scoring split {self.described['split']}", len(self.readers)) as shown:
            return evaluate(task, self.readers, encoder, shown)
