"""``python -m shared.risk_models COMMAND``: the author's tools, under the name of what they work on."""

import sys

from shared.authoring.risk_cli import main

sys.exit(main())
