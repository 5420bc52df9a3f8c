"""What models are for: applications, each one file here over the pipeline, the factory and the
training of this package, with a table of results that holds its baselines.

An application lies in a module of its own: `from mlm_tf.tasks.sentiment import Sentiment`, or by
name, `mlm_tf.tasks.applications()["sentiment"]`.
"""

from mlm_tf.tasks.application import (
    Application,
    Setting,
    applications,
    register_application,
)
from mlm_tf.tasks.result_table import Column, Result, ResultTable
from mlm_tf.tasks.rows import Rows, read_rows, split_rows

__all__ = [
    "Application",
    "Column",
    "Result",
    "ResultTable",
    "Rows",
    "Setting",
    "applications",
    "read_rows",
    "register_application",
    "split_rows",
]
