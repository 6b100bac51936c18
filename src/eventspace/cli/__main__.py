"""``python -m eventspace.cli`` is the command ``eventspace``."""

import sys

from eventspace.cli import main

sys.exit(main())
