"""`croissant.json`: what an export holds, as ML Commons' Croissant 1.0 (docs.mlcommons.org/croissant) has it.

Files are named relative to it, with their hashes; every leaf of a row is a field.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from datasets import Image

from dcikit.schema.features import SCHEMAS, schema
from dcikit.schema.paper import CITATION, HOMEPAGE

from .shards import Written

NAME = "croissant.json"

_OURS = (
    "citeAs column conformsTo extract field fileProperty fileObject fileSet format includes isLiveDataset jsonPath key "
    "md5 parentField path recordSet references regex repeated replace samplingRate separator source subField transform"
).split()

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    **{name: f"cr:{name}" for name in _OURS},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
}

_TYPES = {"string": "sc:Text", "int32": "cr:Int32", "int64": "cr:Int64", "float64": "cr:Float64"}


def croissant(written: Iterable[Written], source: Mapping[str, str] | None = None, kinds: Collection[str] = ()) -> str:
    """The whole file.

    Args:
        written: what became of every shard.
        source: what the release was imported from, see `read_source`; None: it is DCI.
        kinds: of its negatives, see `kinds_of`.
    """
    written = tuple(written)
    configs = {config: [each for each in written if each.path.startswith(f"{config}/")] for config in SCHEMAS}
    configs = {config: files for config, files in configs.items() if files}
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        **(_dci() if source is None else _imported(source)),
        "distribution": [each for config, files in configs.items() for each in _distribution(config, files)],
        "recordSet": [_record_set(config, schema(config, kinds)) for config in configs],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _dci() -> dict[str, str]:
    return {
        "name": "Densely Captioned Images",
        "description": "Photographs with human captions of over 1,000 words, aligned to segmentation masks; "
        "and sDCI, the same captions summarised to 77 CLIP tokens, with negatives.",
        "license": "https://creativecommons.org/licenses/by-nc/4.0/",
        "url": HOMEPAGE,
        "citeAs": CITATION,
        "datePublished": "2023-12-13",
        "version": "1.1.0",
    }


def _imported(source: Mapping[str, str]) -> dict[str, str]:
    return {
        "name": source["title"],
        "description": f"{source['title']}, with the columns of Densely Captioned Images.",
        "license": source["licence"],
        "url": source["homepage"],
    }


def _distribution(config: str, files: list[Written]) -> list[dict[str, Any]]:
    """Every file with its hash, and all of them as one set."""
    objects = [
        {
            "@type": "cr:FileObject",
            "@id": each.path,
            "name": each.path,
            "contentUrl": each.path,
            "contentSize": f"{each.size} B",
            "encodingFormat": "application/x-parquet",
            "sha256": each.sha256,
        }
        for each in files
    ]
    together = {
        "@type": "cr:FileSet",
        "@id": _files(config),
        "name": _files(config),
        "encodingFormat": "application/x-parquet",
        "includes": f"{config}/*.parquet",
    }
    return [*objects, together]


def _record_set(config: str, features: Mapping[str, Any]) -> dict[str, Any]:
    fields = [_field(config, column, feature) for column, feature in features.items()]
    return {"@type": "cr:RecordSet", "@id": config, "name": config, "field": [_split(config), *fields]}


def _split(config: str) -> dict[str, Any]:
    """The split, which stands in the name of a row's file."""
    return {
        "@type": "cr:Field",
        "@id": f"{config}/split",
        "name": "split",
        "dataType": "sc:Text",
        "source": {
            "fileSet": {"@id": _files(config)},
            "extract": {"fileProperty": "fullpath"},
            "transform": {"regex": rf".*{config}[/\\](\w+)-\d+-of-\d+\.parquet"},
        },
    }


def _field(config: str, column: str, feature: Any) -> dict[str, Any]:
    """A column; an object's members, or those of the objects in a list, are its subfields."""
    named = {"@type": "cr:Field", "@id": f"{config}/{column}", "name": column}
    item = _item(feature)
    repeated = {} if item is feature else {"repeated": True}
    if not isinstance(item, dict):
        return {**named, **repeated, **_leaf(config, column, item, ())}
    inside = [
        {
            "@type": "cr:Field",
            "@id": f"{config}/{column}/{'/'.join(path)}",
            "name": "_".join(path),
            # mlcroissant takes a list of images only from a field that says of itself that it is one
            **({"repeated": True} if _item(leaf) is not leaf or (repeated and isinstance(leaf, Image)) else {}),
            **_leaf(config, column, _item(leaf), path),
        }
        for path, leaf in _leaves(item, ())
    ]
    return {**named, **repeated, "subField": inside}


def _leaves(members: Mapping[str, Any], prefix: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, feature in members.items():
        if isinstance(feature, dict):
            yield from _leaves(feature, (*prefix, name))
        else:
            yield (*prefix, name), feature


def _item(feature: Any) -> Any:
    """What a list is of; anything else as it is."""
    return feature[0] if isinstance(feature, list) else getattr(feature, "feature", feature)


def _leaf(config: str, column: str, feature: Any, path: tuple[str, ...]) -> dict[str, Any]:
    """Type and source of a value at `path` inside a column."""
    is_image = isinstance(feature, Image)
    steps = [*path, *(["bytes"] if is_image else [])]
    return {
        "dataType": "sc:ImageObject" if is_image else _TYPES[feature.dtype],
        "source": {
            "fileSet": {"@id": _files(config)},
            "extract": {"column": column},
            **({"transform": {"jsonPath": ".".join(steps)}} if steps else {}),
        },
    }


def _files(config: str) -> str:
    return f"{config}-files"
