"""What is left to do: which regions of which images a run makes anew, and what it may not touch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dcikit.schema.errors import DataError

from .store import Store
from .work_folder import Doc

_REMEDY = "write to another `output`, or give `overwrite` to replace them"


@dataclass(frozen=True)
class Plan:
    """Which steps a run takes, and under which settings.

    Attributes:
        steps: of `STEPS`, in order.
        settings: hash of the settings that texts depend on.
        overwrite: replace texts that others, or other settings, made.
    """

    steps: Sequence[str]
    settings: str
    overwrite: bool = False

    def is_done(self, step: str, region: Doc | None, caption: str) -> bool:
        """Whether a region needs nothing more: `region` is what is known of it, `caption` its first caption."""
        known = (region or {}).get(step)
        if known is None or known["settings"] != self.settings:
            return False
        return step != "negatives" or known["caption"] == caption_hash(caption)


def caption_hash(caption: str) -> str:
    """Says which caption negatives were made of."""
    return hashlib.sha256(caption.encode()).hexdigest()[:16]


def check_output(store: Store, names: Iterable[str], plan: Plan) -> None:
    """Makes sure, before anything is asked, that a run will not replace what it should not.

    Raises:
        DataError: if `complete/` holds texts of others, or of other settings.
    """
    for name in () if plan.overwrite else names:
        path = store.complete / name
        regions = store.regions(name)
        for key, region in regions.items():
            for step in plan.steps:
                if step in region and region[step]["settings"] != plan.settings:
                    problem = f"its {step} were made under other settings, see {store.work / 'settings.json'}"
                    raise DataError(str(path), key, problem, _REMEDY)
        if not path.is_file() or store.answers(name).is_file():
            continue
        for step in plan.steps:
            if not any(step in region for region in regions.values()) and store.old(name).get(step):
                raise DataError(str(path), step, f"holds {step} that `dci generate` did not write", _REMEDY)
