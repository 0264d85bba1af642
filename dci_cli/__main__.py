"""`python -m dci_cli`, which `accelerate launch -m dci_cli` needs too."""

import sys

from .main import main

sys.exit(main())
