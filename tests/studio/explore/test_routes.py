"""What explore serves."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from support.odd_release import NAME, edit, one_image_release
from support.studio import explore_client, indexed

from dcikit.data.release import Release
from dcikit.hub.export import export_release
from dcikit.studio.app import make_app
from dcikit.studio.explore.collection import ReleaseCollection
from dcikit.studio.explore.routes import explore_routes
from dcikit.studio.explore.rows_collection import RowsCollection, record_of


@pytest.fixture(scope="module")
def client(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return explore_client(odd, tmp_path_factory.mktemp("index"))


def test_the_page_names_the_data_as_text(tmp_path: Path) -> None:
    folder = one_image_release(tmp_path / "<img src=x onerror=alert(1)>")
    page = explore_client(folder, tmp_path / "index").get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<img src=x" not in page.text and "&lt;img src=x onerror=alert(1)&gt;" in page.text


def test_lists(client: TestClient, odd: Path) -> None:
    answer = client.get("/api/images", params={"limit": 5, "offset": 10}).json()
    assert (answer["total"], answer["images"], answer["indexed"], answer["error"]) == (12, 12, 12, None)
    names = [name for split in Release(odd).splits.values() for name in split]
    assert [row["image_id"] for row in answer["rows"]] == [name.split("-")[0] for name in names[10:]]
    assert client.get("/api/places/300207").json() == names.index("300207-data.json")
    assert client.get("/api/places/300207", params={"words": "nothing like it"}).json() is None
    assert client.get("/api/images", params={"limit": 201}).status_code == 422
    assert client.get("/api/images", params={"depth": "deep"}).status_code == 422


def test_photos_are_the_files_themselves_once(client: TestClient, odd: Path) -> None:
    answer = client.get("/photos/300207")
    assert answer.content == (odd / "photos" / "sa_300207.jpg").read_bytes()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert client.get("/photos/300099").headers["Content-Type"] == "image/png", "whatever its name says"
    for path in ("/photos/300207", "/thumbnails/300207", "/api/images/300207", "/api/masks/300207"):
        tag = client.get(path).headers["ETag"]
        again = client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content) == (304, b"")


def test_formats_that_browsers_do_not_show_come_as_png(one_image: Path, tmp_path: Path) -> None:
    with Image.open(one_image / "photos" / "sa_1.jpg") as photo:
        pixels = photo.convert("RGB")
    pixels.save(one_image / "photos" / "sa_1.jpg", "TIFF")
    answer = explore_client(one_image, tmp_path / "index").get("/photos/1")
    assert answer.headers["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert shown.tobytes() == pixels.tobytes()


def test_thumbnails_are_small(client: TestClient) -> None:
    for image_id in ("300207", "300099", "300004", "90001", "300013"):
        with Image.open(io.BytesIO(client.get(f"/thumbnails/{image_id}").content)) as image:
            assert (image.format, max(image.size)) == ("JPEG", 192)


@pytest.mark.parametrize("path", ["/photos/", "/thumbnails/", "/api/images/", "/api/masks/", "/api/places/"])
@pytest.mark.parametrize("image_id", ["7", "../splits", "..%2f..%2fsplits.json", "%00", "300207-data.json", "300207/"])
def test_nothing_but_images_of_the_collection(client: TestClient, path: str, image_id: str) -> None:
    assert client.get(path + image_id).status_code == 404


def test_photos_do_not_lead_out_of_their_folder(one_image: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes((one_image / "photos" / "sa_1.jpg").read_bytes())
    (one_image / "photos" / "link.jpg").symlink_to(secret)
    for name in ("../../secret.jpg", str(secret), "link.jpg"):
        edit(one_image, NAME, lambda doc, name=name: doc.update(image=name))
        client = explore_client(one_image, tmp_path / "index")
        answer = client.get("/photos/1")
        assert answer.status_code == 422 and b"JFIF" not in answer.content


def test_what_is_no_photo_is_one_error(one_image: Path, tmp_path: Path) -> None:
    (one_image / "photos" / "sa_1.jpg").write_text("<script>alert(1)</script>")
    answer = explore_client(one_image, tmp_path / "index").get("/photos/1")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/json"


@pytest.fixture(scope="module")
def collection(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> RowsCollection:
    from dcikit.api.explore import open_collection

    folder = tmp_path_factory.mktemp("rows") / "export"
    export_release(Release(odd), folder, photos=True, on_error="skip", num_proc=1)
    found = open_collection(folder)
    assert isinstance(found, RowsCollection)
    return found


class TestRows:
    def test_an_export_shows_what_its_release_does(self, collection: RowsCollection, odd: Path) -> None:
        release = ReleaseCollection(Release(odd), "odd")
        assert collection.splits == release.splits
        for image_id in collection.splits:
            record, defects = collection.examine(image_id)
            expected, _ = release.examine(image_id)
            assert record is not None and expected is not None and defects == []
            assert (record.short_caption, record.extra_caption) == (expected.short_caption, expected.extra_caption)
            assert [(mask.key, mask.parent_id, mask.png) for mask in record.masks] == [
                (mask.key, mask.parent_id, mask.png) for mask in expected.masks
            ]
            assert collection.photo(image_id) == release.photo(image_id)
        record, _ = collection.examine("300207")
        expected, _ = release.examine("300207")
        assert record is not None and expected is not None
        scored = {"base", "m-3-sc", "m-1-sc", "m-2-sc", "m-7-sc", "m-5-sc"}
        for name in ("captions", "negatives", "clip_scores"):
            of_release = {key: value for key, value in getattr(expected, name).items() if key in scored}
            assert getattr(record, name) == of_release

    def test_they_are_served(self, collection: RowsCollection, tmp_path: Path) -> None:
        app = make_app([explore_routes(indexed(collection, tmp_path))])
        client = TestClient(app, base_url="http://localhost")
        assert client.get("/photos/300207").headers["Content-Type"] == "image/jpeg"
        tag = client.get("/api/masks/300207").headers["ETag"]
        assert client.get("/api/masks/300207", headers={"If-None-Match": tag}).status_code == 304

    def test_sdci_alone(self, odd: Path) -> None:
        from dcikit.data.rows import sdci_row

        release = ReleaseCollection(Release(odd), "odd")
        expected, _ = release.examine("300207")
        assert expected is not None
        record = record_of(None, sdci_row(expected))
        assert [mask.key for mask in record.masks] == ["m-3-sc", "m-1-sc", "m-2-sc", "m-7-sc", "m-5-sc"]
        assert record.masks[0].area == 224 * 224
        assert record.short_caption == expected.captions["base"][0]

    def test_a_path_in_a_row_is_not_followed(self, one_image: Path) -> None:
        import datasets

        from dcikit.data.rows import dci_row
        from dcikit.schema.errors import DataError
        from dcikit.schema.features import DCI

        record, _ = ReleaseCollection(Release(one_image), "one").examine("1")
        assert record is not None
        row = dci_row(record) | {"image": {"bytes": None, "path": str(one_image / "photos" / "sa_1.jpg")}}
        rows = datasets.Dataset.from_list([row], features=DCI)
        collection = RowsCollection("rows", {"dci": [("train", rows)]})
        with pytest.raises(DataError, match="has no photo"):
            collection.photo("1")
