"""Region texts and descriptions, against strings written by hand from docs/protocol.md §2."""

from dcikit.data.record import Mask, Record
from dcikit.data.text import extended_caption, image_description, mask_description, region_text


def mask(idx: str, children: tuple[str, ...] = (), quality: str = "ok", caption: str = "it is here") -> Mask:
    return Mask(idx, None, children, f"thing{idx}", caption, quality, (0, 0, 1, 1), 1, b"")


def record(*masks: Mask) -> Record:
    return Record("1", "a.jpg", 10, 10, "A yard.", "It is\nwet.", masks)


def test_region_text_by_quality() -> None:
    assert region_text(mask("1")) == "thing1: it is here"
    assert region_text(mask("1", quality="low_quality")) == "thing1"
    assert region_text(mask("1", quality="bad")) == ""


def test_image_description_lists_masks_in_file_order() -> None:
    image = record(mask("2"), mask("9", quality="bad"), mask("1", quality="low_quality"))
    assert extended_caption(image) == "A yard.\nIt is\nwet."
    assert image_description(image) == (
        "A yard.\nIt is\nwet.\nThe following can also be seen in the image:\nthing2: it is here\nthing1"
    )


def test_image_description_without_region_texts() -> None:
    assert image_description(record(mask("9", quality="bad"))) == "A yard.\nIt is\nwet."


def test_mask_description_goes_depth_first_and_prunes_bad_and_missing_children() -> None:
    masks = [
        mask("0", ("3", "404", "1", "2")),
        mask("1", ("4",), quality="bad"),
        mask("2"),
        mask("3", ("5",), quality="low_quality"),
        mask("4"),
        mask("5"),
    ]
    assert mask_description(record(*masks), masks[0]) == (
        "This is an image of thing0. it is here\nThe following can also be seen in the image:\n"
        "thing3\nthing5: it is here\nthing2: it is here"
    )
    assert mask_description(record(*masks), masks[2]) == "This is an image of thing2. it is here"
