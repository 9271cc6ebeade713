"""``python -m shared.instruments COMMAND``: the author's tools, under the name of what they work on."""

import sys

from shared.authoring.cli import main

sys.exit(main())
