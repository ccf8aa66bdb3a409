"""`python -m courselib`: the same as the `courselib` command."""

import sys

from courselib.cli import main

sys.exit(main())
