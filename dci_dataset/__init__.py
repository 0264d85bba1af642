"""The data: `import dci_dataset` registers "dci" with `datasets`.

import dci_dataset
ds = load_dataset("dci", "sdci", data_dir="densely_captioned_images", split="test")
"""

from dcikit.data.attach import attach_photos
from dcikit.data.release import Release
from dcikit.schema.errors import DataError

from .register import register

__all__ = ["DataError", "Release", "attach_photos"]

register()
