"""Settings as they are written: in a YAML file, or as NAME=VALUE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import yaml

from dcikit.files.strict_yaml import parse_yaml
from dcikit.schema.errors import ArgumentError, DataError


def read_settings_file(path: Path, form: type) -> dict[str, Any]:
    """The settings of a YAML file, as the fields of `form`, a dataclass, are typed.

    Raises:
        ArgumentError: if it has no such setting, or a value is no such thing.
        DataError: if the file is no mapping in YAML.
    """
    try:
        read = parse_yaml(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(str(path), "", f"is no YAML: {' '.join(str(error).split())}", "correct it") from None
    if not isinstance(read, dict):
        raise DataError(str(path), "", "must be a mapping of settings to values", "correct it")
    return _typed(read, form, f"{path} has no setting")


def read_settings(settings: Sequence[str], form: type) -> dict[str, Any]:
    """The same of `NAME=VALUE`; the last one of a name counts.

    Raises:
        ArgumentError: if one is written otherwise, there is no such setting, or a value is no such thing.
    """
    found = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ArgumentError(f"a setting must be NAME=VALUE, got {setting!r}")
        found[name] = value
    return _typed(found, form, "the settings have no")


def _typed(settings: Mapping[Any, Any], form: type, unknown: str) -> dict[str, Any]:
    """The settings as their types; text is read as YAML reads it, and also 1e-4, which YAML takes for text."""
    kinds = get_type_hints(form)
    typed = {}
    for name, value in settings.items():
        if name not in kinds:
            raise ArgumentError(f"{unknown} `{name}`; {_remedy(str(name), list(kinds))}")
        try:
            typed[name] = _value(value, kinds[name])
        except (TypeError, ValueError, yaml.YAMLError):
            kind = "list" if get_origin(kinds[name]) is tuple else kinds[name].__name__
            raise ArgumentError(f"`{name}` must be of type {kind}, got {value!r}") from None
    return typed


def _remedy(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean `{close[0]}`?" if close else f"there are {', '.join(names)}"


def _value(value: Any, kind: type) -> Any:
    if kind is str:
        return _exactly(str, value)
    if get_origin(kind) is tuple:
        parts = value.split(",") if isinstance(value, str) else value
        return tuple(_exactly(str, part).strip() for part in _exactly(list, parts))
    if kind is float and not isinstance(value, bool):
        return float(value)
    return _exactly(kind, parse_yaml(value) if isinstance(value, str) else value)


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError
    return value
