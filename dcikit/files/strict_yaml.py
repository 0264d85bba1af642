"""YAML that cannot grow: a few aliases of aliases would hold more than memory."""

from __future__ import annotations

from typing import Any

import yaml

from . import limits


def parse_yaml(text: str) -> Any:
    """The value of a YAML text.

    Raises:
        yaml.YAMLError: if it is none, has an alias, is too long or nested too deeply.
    """
    if len(text) > limits.YAML_BYTES:
        raise yaml.YAMLError(f"it has {len(text):,} characters, at most {limits.YAML_BYTES:,} are read")
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
            raise yaml.YAMLError("it has an alias (*name); write the value itself")
        return yaml.safe_load(text)
    except RecursionError:
        raise yaml.YAMLError("it is nested too deeply") from None
    except (ValueError, TypeError) as error:  # a date that is none, a key that is a list
        raise yaml.YAMLError(str(error)) from None
