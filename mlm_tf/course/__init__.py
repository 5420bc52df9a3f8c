"""The exercises of the notebooks: an answer is looked at within the page.

>>> from mlm_tf import course
>>> course.check("05.1", ...)
05.1 · not answered yet · 尚未作答
"""

from mlm_tf.course.exercises import Hint, Verdict, check, exercise, judge

__all__ = ["Hint", "Verdict", "check", "exercise", "judge"]
