"""`python -m glove`, the command line; see `glove/cli.py`."""

import sys

from glove.cli import main

if __name__ == "__main__":
    sys.exit(main())
