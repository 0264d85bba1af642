"""Densely Captioned Images: `import dci_dataset` registers "dci" with `datasets`.

`load_dataset("dci", config, data_dir=FOLDER)` reads a release folder, `densely_captioned_images/`, as it is unpacked.
One row is one image, in the splits train, validation and test. Boxes are [x0, y0, x1, y1] in pixels, x1 and y1
exclusive.

- Config `sdci`: the whole image and its subcrops as `regions`, each with `captions`, `negatives`, `crop_box`, `mask`.
- Config `dci`: every mask with the annotators' `label`, `caption`, `quality` and place in the tree, and the long
  `description`.
- Config `regions`: every region, one a row, with its crop. Config `iiw`: ImageInWords' descriptions, of their import.

Options of `load_dataset`: `photos=False` leaves `image` null, `on_error="skip"` leaves out images with defects and says
which; by default the first defect raises DataError, which names file, key and remedy.

>>> from datasets import load_dataset
>>> import dci_dataset
>>> from dcikit.data.sample import sample_folder
>>> ds = load_dataset("dci", "sdci", data_dir=str(sample_folder()), split="test")
>>> region = ds[0]["regions"][1]
>>> subcrop = ds[0]["image"].crop(region["crop_box"])
>>> len(ds), sorted(region["negatives"])
(64, ['basic', 'layout', 'swaps'])
>>> x0, y0, x1, y1 = region["crop_box"]
>>> subcrop.size == (x1 - x0, y1 - y0)
True
"""

from dcikit.data.attach import attach_photos
from dcikit.data.formats.fiftyone_samples import to_fiftyone
from dcikit.data.release import Release
from dcikit.schema.errors import DataError

from .register import register

__all__ = ["DataError", "Release", "attach_photos", "to_fiftyone"]

register()
