"""`python -m dcikit`, which `accelerate launch -m dcikit` needs too."""

import sys

from dcikit.cli.main import main

sys.exit(main())
