"""The folder of one training: what it is the training of, how far it is, and what came of it."""

from __future__ import annotations

import json
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from dcikit.encoders.preprocessor import Preprocessor
from dcikit.files.exclusive import exclusive
from dcikit.files.json_node import load_json
from dcikit.files.whole_file import write_whole
from dcikit.schema.errors import ArgumentError

IDENTITY = "training.json"
CHECKPOINTS = "checkpoints"
LOGS = "logs"
RESULT = "result.json"
CARD = "README.md"
"""Written last: a folder that has one is complete."""

_REMEDY = "choose another folder"


class Output:
    """A folder that holds one training, running, interrupted or finished.

    Args:
        folder: of this training's own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkpoints = folder / CHECKPOINTS
        self.logs = folder / LOGS
        self.before, self.after = folder / "before.json", folder / "after.json"

    def begin(self, identity: dict[str, Any]) -> None:
        """Starts a training, or takes up the same one again.

        Raises:
            ArgumentError: if the folder holds anything else.
        """
        path = self.folder / IDENTITY
        identity = json.loads(json.dumps(identity))
        if path.is_file():
            found = load_json(path, _REMEDY).value
            if found != identity:
                raise ArgumentError(
                    f"{self.folder} holds another training, which differs in {_differences(found, identity)}; "
                    "choose another folder"
                )
            return
        if self.folder.is_dir() and any(self.folder.iterdir()):
            raise ArgumentError(f"{self.folder} is not empty and holds no training; choose another folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(identity, indent=2) + "\n").encode())

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else trains here as long as this is held.

        Raises:
            DciError: if somebody does.
        """
        message = f"another training is writing to {self.folder}; wait for it, or {_REMEDY}"
        return exclusive(self.folder / ".lock", message)

    def result(self) -> Any:
        """What `finish` was given; None: it is not finished."""
        if not (self.folder / CARD).is_file():
            return None
        return load_json(self.folder / RESULT, _REMEDY).value

    def checkpoint(self) -> str | None:
        """The last whole checkpoint: the Trainer writes its own state last."""
        whole = [path.parent for path in self.checkpoints.glob("checkpoint-*/trainer_state.json") if _is_json(path)]
        return str(max(whole, key=lambda path: int(path.name.partition("-")[2]))) if whole else None

    def save(self, model: Any, preprocessor: Preprocessor | None) -> None:
        """Writes the adapter, or a whole model with its processor, in safetensors."""
        temporary = self.folder / ".saving"
        shutil.rmtree(temporary, ignore_errors=True)
        model.save_pretrained(temporary)
        if preprocessor:
            preprocessor.tokenizer.save_pretrained(temporary)
            preprocessor.image_processor.save_pretrained(temporary)
        (temporary / CARD).unlink(missing_ok=True)  # peft's; ours is written last
        for file in sorted(temporary.iterdir()):
            file.replace(self.folder / file.name)
        temporary.rmdir()

    def finish(self, result: Any, card: str) -> None:
        """Writes what came of it, and the model card; from now on the folder is complete."""
        write_whole(self.folder / RESULT, (json.dumps(result, indent=2) + "\n").encode())
        write_whole(self.folder / CARD, card.encode())
        shutil.rmtree(self.checkpoints, ignore_errors=True)


def _differences(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    flat = {**wanted, **wanted["recipe"]}
    old = {**found, **found.get("recipe", {})}
    return ", ".join(
        f"{name} ({old.get(name)!r}, not {value!r})"
        for name, value in flat.items()
        if name != "recipe" and old.get(name) != value
    )


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True
