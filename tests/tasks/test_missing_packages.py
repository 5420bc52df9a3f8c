"""Without the extra "tasks" each application says in a sentence which package it lacks."""

import sys

import pytest

from mlm_tf.errors import MissingDependencyError
from mlm_tf.tasks import Rows
from mlm_tf.tasks.dialogue import retrieve
from mlm_tf.tasks.likeness import own_vectors
from mlm_tf.tasks.sentiment import Sentiment
from mlm_tf.tasks.terms import Terms
from mlm_tf.tasks.topics import Topics
from mlm_tf.tasks.translation import scores

TEXTS = ["A fine film.", "A dull film.", "A fine evening.", "A dull evening."]
ROWS = Rows(TEXTS, ["good", "bad", "good", "bad"])

CALLS = {
    "sentiment": ("scikit-learn", lambda: Sentiment().baselines(ROWS, ROWS)),
    "topics": ("scikit-learn", lambda: Topics(num_topics=2).fit(TEXTS)),
    "likeness": ("scikit-learn", lambda: own_vectors(TEXTS, Terms.fit(TEXTS))),
    "dialogue": ("scikit-learn", lambda: retrieve([("Tea?",)], Rows([("Tea?",)], ["Yes."]))),
    "translation": ("sacrebleu", lambda: scores(["va !"], [["Va !"]])),
}


@pytest.mark.parametrize("application", CALLS)
def test_what_lacks_its_package_says_so_and_what_to_install(application, monkeypatch):
    package, call = CALLS[application]
    call()
    for name in ("sklearn", "sacrebleu"):
        monkeypatch.setitem(sys.modules, name, None)  # cannot be imported
    with pytest.raises(MissingDependencyError, match=rf"{package}.*'mlm_tf\[tasks\]'"):
        call()
