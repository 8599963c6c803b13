"""`python -m realtime` is the same as `fliptally`."""

import sys

from realtime.cli import main

sys.exit(main())
