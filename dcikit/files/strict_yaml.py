"""YAML that cannot grow: a few aliases of aliases would hold more than memory."""

from __future__ import annotations

from typing import Any

import yaml

from . import limits

_START = (
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
)
_END = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


def parse_yaml(text: str) -> Any:
    """The value of a YAML text.

    Raises:
        yaml.YAMLError: if it is none, has an alias, is too long or nested too deeply.
    """
    if len(text) > limits.YAML_BYTES:
        raise yaml.YAMLError(f"it has {len(text):,} characters, at most {limits.YAML_BYTES:,} are read")
    try:
        _scan(text)
        return yaml.safe_load(text)
    except RecursionError:
        raise yaml.YAMLError("it is nested too deeply") from None
    except (ValueError, TypeError) as error:  # a date that is none, a key that is a list
        raise yaml.YAMLError(str(error)) from None


def _scan(text: str) -> None:
    """Looks at the parts of a text, one after another, before anything is made of them."""
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken):
            raise yaml.YAMLError("it has an alias (*name); write the value itself")
        depth += isinstance(token, _START) - isinstance(token, _END)
        if depth > limits.YAML_DEPTH:
            raise yaml.YAMLError("it is nested too deeply")
