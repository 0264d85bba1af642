"""Who is served by the studio, and what every answer says."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, Request
from fastapi.testclient import TestClient

from dcikit.schema.errors import ArgumentError, DataError
from dcikit.studio.app import make_app
from dcikit.studio.pages import render
from dcikit.studio.safety import check_address
from dcikit.studio.server import address, listen

TOKEN = "sixteen-letters-or-more"


def a_page() -> APIRouter:
    router = APIRouter()

    @router.get("/read")
    def read() -> str:
        return "read"

    @router.post("/change")
    async def change(request: Request) -> int:
        return len(await request.body())

    @router.post("/document")
    def document(value: dict[str, Any]) -> int:
        return len(value)

    @router.get("/broken")
    def broken() -> None:
        raise RuntimeError("a bug")

    @router.get("/defect")
    def defect() -> None:
        raise DataError("a.json", "image", "<b>is absent</b>", "add it")

    return router


def client(*, host: str = "localhost:8000", token: str | None = None, body_bytes: int = 100) -> TestClient:
    app = make_app([a_page()], token=token, body_bytes=body_bytes)
    return TestClient(app, base_url=f"http://{host}", raise_server_exceptions=False, follow_redirects=False)


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000"])
def test_this_computer_is_answered_to(host: str) -> None:
    assert client(host=host).get("/read").json() == "read"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "[", ""])
def test_other_names_that_lead_here_are_not(host: str) -> None:
    assert client().get("/read", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "http://localhost:9000", "http://localhost", "file://localhost:8000"]
)
def test_only_own_pages_change_anything(origin: str) -> None:
    answer = client().post("/change", content=b"x", headers={"Origin": origin} if origin else {})
    assert answer.status_code == 403
    assert client().request("DELETE", "/read", headers={"Origin": origin}).status_code == 403


def test_own_pages_may() -> None:
    assert client().post("/change", content=b"xyz", headers={"Origin": "http://localhost:8000"}).json() == 3


@pytest.mark.parametrize("path", ["/change", "/document"])
def test_large_bodies_are_refused_whether_or_not_they_say_so(path: str) -> None:
    own = {"Origin": "http://localhost:8000"}
    assert client().post(path, content=b"x" * 101, headers=own).status_code == 413
    assert client().post(path, content=iter([b"x" * 60, b"x" * 60]), headers=own).status_code == 413
    assert client().post(path, content=b"x", headers={**own, "Content-Length": "-1"}).status_code == 413
    assert client().post("/change", content=b"x" * 100, headers=own).json() == 100


@pytest.mark.parametrize("path", ["/read", "/none", "/broken", "/defect", "/assets/base.css", "/assets/none"])
def test_every_answer_says_what_a_browser_may_do_with_it(path: str) -> None:
    answer = client().get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_errors_are_said_as_data() -> None:
    answer = client().get("/defect")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"detail": "a.json: `image`: <b>is absent</b>; add it"}


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/assets/../app.py", "/assets/%2e%2e/app.py", "/assets/"]
)
def test_nothing_else_is_served(path: str) -> None:
    assert client().get(path).status_code in (404, 405)


class TestToken:
    def test_without_it_nothing_is_served(self) -> None:
        for path in ("/read", "/assets/base.css", "/read?token=", "/read?token=wrong", "/read?token=%ff"):
            assert client(token=TOKEN).get(path).status_code == 401
        assert client(token=TOKEN).get("/read", headers={"Authorization": "Bearer "}).status_code == 401

    def test_the_address_with_it_leads_to_the_page_without(self) -> None:
        visitor = client(token=TOKEN, host="lab.example:8000")
        answer = visitor.get(f"/read?a=1&token={TOKEN}&b=2")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/read?a=1&b=2")
        assert "HttpOnly" in answer.headers["Set-Cookie"] and "SameSite=lax" in answer.headers["Set-Cookie"]
        assert visitor.get("/read").json() == "read"
        assert visitor.post("/change", headers={"Origin": "http://evil.example"}).status_code == 403
        assert visitor.post("/change", headers={"Origin": "http://lab.example:8000"}).status_code == 200

    def test_it_leads_to_no_other_host(self) -> None:
        answer = client(token=TOKEN).get(f"http://localhost:8000//evil.example/?token={TOKEN}")
        assert answer.headers["Location"] == "/evil.example/"

    def test_scripts_send_it_as_a_header(self) -> None:
        assert client(token=TOKEN).get("/read", headers={"Authorization": f"Bearer {TOKEN}"}).json() == "read"

    @pytest.mark.parametrize(("host", "token"), [("0.0.0.0", None), ("192.168.1.2", None), ("127.0.0.1", "short")])
    def test_others_need_a_long_one(self, host: str, token: str | None) -> None:
        with pytest.raises(ArgumentError, match="token"):
            check_address(host, token)
        with pytest.raises(ArgumentError, match="token"):
            listen(host, 0, token)


def test_a_port_that_is_taken_is_one_error() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        assert address(first) == f"http://127.0.0.1:{port}/"
        assert address(first, TOKEN) == f"http://127.0.0.1:{port}/?token={TOKEN}"
        with pytest.raises(ArgumentError, match=f"`port` {port} cannot be had"):
            listen("127.0.0.1", port)


def test_pages_have_nothing_inline() -> None:
    page = render("base.html")
    assert "<style" not in page and "style=" not in page and "javascript:" not in page
    assert page.count("<script") == page.count('<script src="assets/')
    assert "default-src &#39;none&#39;" in page
