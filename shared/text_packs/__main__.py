"""``python -m shared.text_packs COMMAND``: for those who deploy licensed wording."""

import sys

from shared.text_packs.cli import main

sys.exit(main())
