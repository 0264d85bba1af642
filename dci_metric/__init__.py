"""The scores: `import dci_metric` registers "dci_scm" with `evaluate`.

import dci_metric
evaluate.load("dci_scm").compute(model="openai/clip-vit-base-patch32", dataset=ds)
"""

from .register import register

__all__: list[str] = []

register()
