"""`python -m mlm_tf.cli` is `mlm-tf`."""

import sys

from mlm_tf.cli import main

if __name__ == "__main__":
    sys.exit(main())
