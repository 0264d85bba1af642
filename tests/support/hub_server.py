"""A Hub on the loopback: the endpoints that huggingface_hub, datasets and evaluate call, and failures on demand.

Repositories are kept in memory, one commit a state. `faults` makes chosen requests fail, or cuts their connection.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

TOKEN = "hf_loopback"
LFS_SUFFIXES = (".parquet", ".safetensors", ".jpg", ".png")


@dataclass
class Repo:
    """A repository: its commits, the files of each, and its pull requests."""

    private: bool = False
    commits: list[str] = field(default_factory=list)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    pull_requests: list[str] = field(default_factory=list)

    def commit(self, files: dict[str, bytes], *, pull_request: bool = False) -> str:
        oid = os.urandom(20).hex()  # as in life, no other repository has it, and no cache
        self.trees[oid] = files
        (self.pull_requests if pull_request else self.commits).append(oid)
        return oid

    def at(self, revision: str) -> str | None:
        """The commit of a revision."""
        match = re.fullmatch(r"refs/pr/(\d+)", revision)
        if match:
            return self.pull_requests[int(match[1]) - 1]
        return self.commits[-1] if revision == "main" else revision if revision in self.trees else None

    @property
    def files(self) -> dict[str, bytes]:
        return self.trees[self.commits[-1]]


@dataclass
class Fault:
    """What happens to matching requests instead: a status, or a connection that is cut.

    Attributes:
        request: pattern of "METHOD /path".
        status: the answer; None: the connection is cut.
        after: bytes of the body that pass before the cut, downwards or upwards.
        handled: the request takes effect, and only its answer is lost.
        times: how many requests.
        skip: how many matching requests pass before.
    """

    request: str
    status: int | None = None
    after: int = 0
    handled: bool = False
    times: int = 1
    skip: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class Hub:
    """The state of the server, to be looked at by tests."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.plain: dict[str, bytes] = {}
        """Path -> a file served as it is, outside any repository."""
        self.leaderboard: dict[str, list[dict[str, Any]]] = {}
        self.faults: list[Fault] = []
        self.log: list[str] = []
        self.ranges: list[str] = []
        self.bodies: list[bytes] = []
        self.uploaded: list[str] = []
        self.lock = threading.RLock()
        self.url = ""

    def count(self, pattern: str) -> int:
        """How many requests matched."""
        return sum(bool(re.search(pattern, line)) for line in self.log)

    def fault(self, line: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and re.search(fault.request, line):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None


class _Cut(Exception):
    pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        self.route, self.query = unquote(parts.path), parse_qs(parts.query)
        line = f"{self.command} {self.route}"
        with self.hub.lock:
            self.hub.log.append(line)
            fault = self.hub.fault(line)
        self.cut_at = fault.after if fault and fault.status is None else None
        self.lost = bool(fault and fault.handled)
        try:
            body = self._body()
            if fault and fault.status is not None:
                self._send(fault.status, {"error": f"fault {fault.status}"}, **fault.headers)
                return
            if self.cut_at is not None and self.command not in ("GET",) and not self.lost:
                raise _Cut
            with self.hub.lock:
                self._answer(body)
        except _Cut:
            self.close_connection = True
            self.connection.close()

    do_GET = do_HEAD = do_POST = do_PUT = _serve

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if self.headers.get("Transfer-Encoding") == "chunked":
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        if self.cut_at is not None and length and not self.lost:
            self.rfile.read(min(self.cut_at, length))
            raise _Cut
        return self.rfile.read(length)

    def _send(self, status: int, content: Any = b"", **headers: str) -> None:
        if self.lost:
            raise _Cut
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        if status >= 400:
            self.send_header("X-Error-Message", json.loads(data)["error"] if data.startswith(b"{") else "")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.cut_at is not None:
            self.wfile.write(data[: self.cut_at])
            self.wfile.flush()
            raise _Cut
        self.wfile.write(data)

    def _may(self, *, write: bool) -> bool:
        """Whether the token may do it; answers if not."""
        if self.headers.get("Authorization") == f"Bearer {TOKEN}" or not write:
            return True
        self._send(401, {"error": "Invalid username or password."})
        return False

    def _answer(self, body: bytes) -> None:
        route, hub = self.route, self.hub
        if route in hub.plain:
            return self._file(hub.plain[route], "plain")
        if route == "/api/validate-yaml":
            return self._validate(json.loads(body))
        if route == "/api/repos/create":
            return self._create(json.loads(body))
        if match := re.fullmatch(r"/lfs/(\w+)", route):
            if hashlib.sha256(body).hexdigest() != match[1]:
                return self._send(400, {"error": "wrong checksum"})
            hub.objects[match[1]] = body
            hub.uploaded.append(match[1])
            return self._send(200)
        if match := re.fullmatch(r"/((?:datasets|spaces)/)?([\w.-]+/[\w.-]+)\.git/info/lfs/objects/batch", route):
            return self._batch(json.loads(body))
        if match := re.fullmatch(r"/api/(model|dataset|space)s/([\w.-]+/[\w.-]+)(?:/([\w-]+)(?:/(.*))?)?", route):
            return self._api(f"{match[1]}s/{match[2]}", match[3] or "", match[4] or "", body)
        if match := re.fullmatch(r"/(?:(dataset|space)s/)?([\w.-]+/[\w.-]+)/resolve/(refs/pr/\d+|[^/]+)/(.+)", route):
            return self._resolve(f"{match[1] or 'model'}s/{match[2]}", match[3], match[4])
        return self._send(404, {"error": f"no endpoint {route}"})

    def _create(self, ask: dict[str, Any]) -> None:
        if not self._may(write=True):
            return
        name = f"{ask.get('type', 'model')}s/{ask['organization']}/{ask['name']}"
        url = f"{self.hub.url}/{name.removeprefix('models/')}"
        if name in self.hub.repos:
            return self._send(409, {"error": "You already created this repo", "url": url})
        private = bool(ask.get("private")) or ask.get("visibility") == "private"
        repo = self.hub.repos[name] = Repo(private)
        repo.commit({".gitattributes": b""})
        self._send(200, {"url": url, "name": name.split("/", 1)[1]})

    def _api(self, name: str, action: str, rest: str, body: bytes) -> None:
        repo = self.hub.repos.get(name)
        if action == "leaderboard" and name in self.hub.leaderboard:
            return self._send(200, self.hub.leaderboard[name])
        if repo is None or (repo.private and not self.headers.get("Authorization")):
            return self._send(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
        revision, _, path = rest.partition("/")
        if rest.startswith("refs/pr/"):
            revision, path = "/".join(rest.split("/")[:3]), "/".join(rest.split("/")[3:])
        oid = repo.at(revision or "main")
        if oid is None:
            return self._send(404, {"error": "Invalid rev id"}, X_Error_Code="RevisionNotFound")
        files = repo.trees[oid]
        if action in ("", "revision"):
            siblings = [{"rfilename": each} for each in files]
            return self._send(
                200,
                {"id": name.split("/", 1)[1], "sha": oid, "siblings": siblings, "private": repo.private, "tags": []},
            )
        if action == "preupload":
            if self._may(write=True):
                modes = [_mode(each["path"], files) for each in json.loads(body)["files"]]
                self._send(200, {"files": modes})
            return None
        if action == "commit":
            return self._commit(name, repo, body) if self._may(write=True) else None
        if action == "tree":
            under = [p for p in files if p.startswith(f"{path}/")] if path else list(files)
            if path and not under:
                return self._send(404, {"error": "no folder"}, X_Error_Code="EntryNotFound")
            return self._send(
                200, _entries(under, files, path, bool(self.query.get("recursive", ["false"])[0].lower() == "true"))
            )
        if action == "paths-info":
            asked = json.loads(body)["paths"] if body.startswith(b"{") else parse_qs(body.decode()).get("paths", [])
            return self._send(200, [each for p in asked for each in _at(p, files)])
        return self._send(404, {"error": f"no endpoint {self.route}"})

    def _batch(self, ask: dict[str, Any]) -> None:
        if not self._may(write=True):
            return
        objects = []
        for each in ask["objects"]:
            if each["oid"] in self.hub.objects:
                objects.append(each)
            else:
                objects.append({**each, "actions": {"upload": {"href": f"{self.hub.url}/lfs/{each['oid']}"}}})
        self._send(200, {"transfer": "basic", "objects": objects})

    def _commit(self, name: str, repo: Repo, body: bytes) -> None:
        files = dict(repo.files)
        for line in map(json.loads, body.splitlines()):
            kind, value = line["key"], line["value"]
            if kind == "header" and value.get("parentCommit") not in (None, repo.commits[-1]):
                return self._send(412, {"error": "A commit has happened since. Please refresh and try again."})
            if kind == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            if kind == "lfsFile":
                if value["oid"] not in self.hub.objects:
                    return self._send(400, {"error": f"LFS object {value['oid']} does not exist"})
                files[value["path"]] = self.hub.objects[value["oid"]]
            if kind == "deletedFile":
                del files[value["path"]]
        pull_request = self.query.get("create_pr") == ["1"]
        oid = repo.commit(files, pull_request=pull_request)
        answer = {
            "success": True,
            "commitUrl": f"{self.hub.url}/{name.removeprefix('models/')}/commit/{oid}",
            "commitOid": oid,
        }
        if pull_request:
            answer["pullRequestUrl"] = (
                f"{self.hub.url}/{name.removeprefix('models/')}/discussions/{len(repo.pull_requests)}"
            )
        return self._send(200, answer)

    def _resolve(self, name: str, revision: str, path: str) -> None:
        repo = self.hub.repos.get(name)
        if repo is None:
            return self._send(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
        oid = repo.at(revision)
        if oid is None:
            return self._send(404, {"error": "Invalid rev id"}, X_Error_Code="RevisionNotFound")
        if path not in repo.trees[oid]:
            return self._send(404, {"error": "Entry not found"}, X_Error_Code="EntryNotFound")
        return self._file(repo.trees[oid][path], oid)

    def _file(self, data: bytes, oid: str) -> None:
        headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X_Repo_Commit": oid, "Accept_Ranges": "bytes"}
        asked = self.headers.get("Range")
        if asked and self.command == "GET":
            self.hub.ranges.append(asked)
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start = int(first) if first else max(len(data) - int(last), 0)
            stop = min(int(last), len(data) - 1) if last and first else len(data) - 1
            if start >= len(data):
                return self._send(416, {"error": "range"})
            headers["Content_Range"] = f"bytes {start}-{stop}/{len(data)}"
            return self._send(206, data[start : stop + 1], **headers)
        return self._send(200, data, **headers)

    def _validate(self, ask: dict[str, Any]) -> None:
        """As the Hub does: the metadata must be a mapping, of known keys' types."""
        errors: list[str] = []
        match = re.match(r"---\r?\n(.*?)\r?\n---", ask["content"], flags=re.DOTALL)
        try:
            data = yaml.safe_load(match[1]) if match else {}
        except yaml.YAMLError as error:
            data, errors = {}, [str(error)]
        for key in ("tags", "configs", "task_categories"):
            if key in data and not isinstance(data[key], list):
                errors.append(f'"{key}" must be an array')
        if "license" in data and not isinstance(data["license"], str):
            errors.append('"license" must be a string')
        if ask["repoType"] == "space" and data.get("sdk") not in ("gradio", "docker", "static"):
            errors.append('"sdk" must be one of [gradio, docker, static]')
        if ask["repoType"] == "space" and len(data.get("short_description", "")) > 60:
            errors.append('"short_description" length must be less than or equal to 60 characters long')
        content = {"errors": [{"message": each} for each in errors], "warnings": []}
        self._send(400 if errors else 200, content | ({"error": errors[0]} if errors else {}))


def _mode(path: str, files: dict[str, bytes]) -> dict[str, Any]:
    found = {"path": path, "uploadMode": "lfs" if path.endswith(LFS_SUFFIXES) else "regular", "shouldIgnore": False}
    if path in files:
        found["oid"] = _oid(path, files[path])
    return found


def _oid(path: str, data: bytes) -> str:
    if path.endswith(LFS_SUFFIXES):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _at(path: str, files: dict[str, bytes]) -> Iterator[dict[str, Any]]:
    if path in files:
        yield {"type": "file", "path": path, "size": len(files[path]), "oid": _oid(path, files[path])}
    elif any(each.startswith(f"{path}/") for each in files):
        yield {"type": "directory", "path": path, "oid": "0" * 40}


def _entries(paths: list[str], files: dict[str, bytes], folder: str, recursive: bool) -> list[dict[str, Any]]:
    depth = len(folder.split("/")) if folder else 0
    if not recursive:
        paths = ["/".join(each.split("/")[: depth + 1]) for each in paths]
    else:
        parents = {"/".join(each.split("/")[:n]) for each in paths for n in range(depth + 1, each.count("/") + 1)}
        paths = [*paths, *parents]
    return [each for path in dict.fromkeys(paths) for each in _at(path, files)]


@contextmanager
def serve() -> Iterator[Hub]:
    """Runs a Hub until the block ends."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def use(hub: Hub, monkeypatch: pytest.MonkeyPatch, token: str | None = TOKEN) -> None:
    """Points the client libraries of this process at the server, for one test."""
    from huggingface_hub import constants, utils

    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # its protocol is not spoken here
    if token is None:
        monkeypatch.delenv("HF_TOKEN", raising=False)
    else:
        monkeypatch.setenv("HF_TOKEN", token)
    forget = getattr(utils, "reset_sessions", None) or getattr(utils, "close_session", None)
    if forget is not None:  # huggingface_hub 0.x keeps a session that is offline for good
        forget()
