"""The sum of what is known of all regions of a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .work_folder import Doc, WorkFolder


def summarize(folder: WorkFolder, names: Sequence[str]) -> Doc:
    """Adds `regions/` up, in the order of the splits.

    Args:
        folder: what runs know.
        names: of the steps.

    Returns:
        images, and by step: settings (hash -> regions), regions, kept (texts), answers (that were read), refused
        (reason -> answers), missing (what -> regions), and the regions behind `missing`, as "<name> <key>".
    """
    images = 0
    steps: Doc = {
        step: {
            "settings": Counter(),
            "regions": 0,
            "kept": 0,
            "answers": 0,
            "refused": Counter(),
            "missing": Counter(),
            "regions_missing": {},
        }
        for step in names
    }
    for name in (name for split in folder.release.splits.values() for name in split):
        regions = folder.regions(name)
        images += bool(regions)
        for key, region in regions.items():
            for step, notes in region.items():
                total = steps[step]
                total["settings"][notes["settings"]] += 1
                total["regions"] += 1
                total["kept"] += notes["kept"]
                total["answers"] += notes["answers"]
                total["refused"].update(notes["refused"])
                for what in notes["missing"]:
                    total["missing"][what] += 1
                    total["regions_missing"].setdefault(what, []).append(f"{name} {key}")
    for total in steps.values():
        for counted in ("settings", "refused", "missing"):
            total[counted] = dict(sorted(total[counted].items()))
        total["regions_missing"] = dict(sorted(total["regions_missing"].items()))
    return {"images": images, "steps": steps}
