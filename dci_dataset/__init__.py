"""The data: `import dci_dataset` registers "dci" with `datasets`.

import dci_dataset
ds = load_dataset("dci", "sdci", data_dir="densely_captioned_images", split="test")
"""

from .attach import attach_photos
from .errors import DataError
from .register import register
from .release import Release

__all__ = ["DataError", "Release", "attach_photos"]

register()
