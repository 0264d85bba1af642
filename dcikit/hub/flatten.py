"""Modules of this project as sibling files, which work where the project is not installed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

PACKAGES = ("dci_dataset", "dci_metric", "dcikit")

ROOT = Path(__file__).parents[2]
"""The folder that holds the packages."""

_COMMENT = re.compile(rb"[ \t]*#[^\r\n]*")
"""Behind an import, `evaluate.load` takes a comment for an address."""

_COPIED = "\n\n# `evaluate.load` copies the siblings that this file imports, and no others.\n"


def flatten(module: str, name: str | None = None, root: Path = ROOT) -> dict[str, str]:
    """A module and every module of ours that it imports, each one file that imports its siblings.

    `evaluate.load` copies a script with the siblings that the script itself imports, which it finds line by line: so
    the first file imports all others. What only type checkers import becomes `Any`, and is not followed.

    Args:
        module: dotted name, such as "dci_metric.dci_scm".
        name: of its file, without ".py"; by default the last part of `module`.
        root: the folder that holds `PACKAGES`.

    Returns:
        File name -> source, the module itself first; `dcikit.engine.encode` is `dcikit_engine_encode.py`.

    Raises:
        ValueError: if an import cannot be rewritten, with its file and line.
    """
    flat = _Flat(root, module, name or module.rpartition(".")[2])
    modules, rewritten = [module], {}
    for each in modules:  # grows while it is walked
        rewritten[each], imported = flat.rewrite(each)
        modules += [found for found in dict.fromkeys(imported) if found not in modules]
    names = [flat.sibling(each) for each in modules]
    if len(set(names)) < len(names):
        clash = [each for each in modules if names.count(flat.sibling(each)) > 1]
        raise ValueError(f"`module` {module} needs {' and '.join(sorted(clash))}, which have one name as siblings")
    files = {f"{flat.sibling(each)}.py": text for each, text in rewritten.items()}
    if len(names) > 1:
        files[f"{flat.name}.py"] += _COPIED + "".join(
            f"from .{each} import __name__ as _\n" for each in sorted(names[1:])
        )
    return files


def libraries(source: str) -> set[str]:
    """Top-level names of the packages that a flattened file imports, those of Python included."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.split(".")[0] for name in plain | named}


Name = tuple[str, str | None, str]
"""A module of ours, what is taken of it (None: the module itself), and what it is called in the importing file."""


class _Flat:
    """The modules below a folder, their names as siblings, and the imports that use those.

    Args:
        root: the folder.
        first, name: a module, and its name as a sibling.
    """

    def __init__(self, root: Path, first: str, name: str) -> None:
        self.root, self.first, self.name = root, first, name

    def sibling(self, module: str) -> str:
        return self.name if module == self.first else module.replace(".", "_")

    def rewrite(self, module: str) -> tuple[str, list[str]]:
        """The module's text with its imports of ours rewritten, and the modules that those name."""
        path = self.path(module)
        if path is None:
            raise ValueError(f"`module` {module} is not in {self.root}")
        source = path.read_bytes()
        tree = ast.parse(source)
        starts = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
        for_types = {id(node) for block in _type_checking(tree) for node in ast.walk(block)}
        imported: list[str] = []
        edits = []
        for node in ast.walk(tree):
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            names = self.names_of_ours(module, path, node)
            if not names:
                continue
            if id(node) in for_types:
                text = "; ".join(f"from typing import Any as {alias}" for _, _, alias in names)
            else:
                imported += [target for target, _, _ in names]
                text = "; ".join(self.rewritten(*each) for each in names)
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            comment = _COMMENT.match(source, end)
            edits.append((start, comment.end() if comment else end, text))
        for start, end, text in sorted(edits, reverse=True):
            source = source[:start] + text.encode() + source[end:]
        return source.decode(), imported

    def rewritten(self, module: str, name: str | None, alias: str) -> str:
        where, what = (f".{self.sibling(module)}", name) if name else (".", self.sibling(module))
        return f"from {where} import {what}" + (f" as {alias}" if alias != what else "")

    def names_of_ours(self, module: str, path: Path, node: ast.Import | ast.ImportFrom) -> list[Name]:
        """What a statement imports of ours."""
        if isinstance(node, ast.Import):
            ours = [alias for alias in node.names if alias.name.split(".")[0] in PACKAGES]
            if ours and (len(ours) < len(node.names) or not all(alias.asname for alias in ours)):
                raise ValueError(f"{path}, line {node.lineno}: only `from MODULE import NAME` can be flattened")
            return [(alias.name, None, alias.asname or "") for alias in ours]
        base = _base(module, path, node)
        if base.split(".")[0] not in PACKAGES:
            return []
        if self.path(base) is None:
            raise ValueError(f"{path}, line {node.lineno}: {base} is no module of this project")
        return [self.taken(base, alias) for alias in node.names]

    def taken(self, base: str, alias: ast.alias) -> Name:
        """A name of a module, or a submodule of a package that has no such name of its own."""
        submodule = f"{base}.{alias.name}"
        if self.path(submodule) is not None and alias.name not in self.bound(base):
            return submodule, None, alias.asname or alias.name
        return base, alias.name, alias.asname or alias.name

    def bound(self, package: str) -> set[str]:
        """Names that the package's own file gives a meaning."""
        path = self.path(package)
        bound: set[str] = set()
        for node in ast.parse(path.read_bytes()).body if path else []:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                bound |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                bound.add(node.name)
        return bound

    def path(self, module: str) -> Path | None:
        stem = self.root.joinpath(*module.split("."))
        return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def _base(module: str, path: Path, node: ast.ImportFrom) -> str:
    """The absolute name of the module after `from`."""
    if not node.level:
        return node.module or ""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    return ".".join([*package[: len(package) + 1 - node.level], *([node.module] if node.module else [])])


def _type_checking(tree: ast.Module) -> Iterator[ast.AST]:
    """The statements below `if TYPE_CHECKING:`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            yield from node.body
