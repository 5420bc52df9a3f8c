"""What a saved file says it is: the class that wrote it, and no other, reads it."""

import copy
import pickle

import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model, load_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import Pipeline, TokenFileWriter, load_pipeline
from mlm_tf.preprocessing.saved import FORMATS


class Letters(Pipeline):
    format = "tests.saved.Letters"
    pad_id, start_id, end_id, unk_id = range(4)
    special_tokens = {"[PAD]": 0, "[START]": 1, "[END]": 2, "[UNK]": 3}  # noqa: RUF012

    def __init__(self, letters="abc "):
        self.letters = letters
        self.vocabulary = [*self.special_tokens, *letters]

    def ids(self, texts):
        known = {letter: place for place, letter in enumerate(self.vocabulary)}
        return [[known.get(letter, self.unk_id) for letter in text] for text in texts]

    def pieces(self, ids):
        return (self.vocabulary[i] for i in ids)

    def get_config(self):
        return {"letters": self.letters}


class Backwards(Letters):  # says no format
    def ids(self, texts):
        return super().ids([text[::-1] for text in texts])


class Shouting(TextPipeline):  # nor this one
    def ids(self, texts):
        return super().ids([text.upper() for text in texts])


class Formatless(Letters):
    format = None


UNSAVED = [
    (Backwards, Backwards, "but Letters's, as which it would be loaded"),
    (Shouting, lambda: Shouting.fit(["a cab"]), "but TextPipeline's, as which"),
    (Formatless, Formatless, "no format of its own;"),
]
NAMES = [kind.__name__ for kind, _, _ in UNSAVED]


def refused(name, is_of):
    return pytest.raises(InvalidArgumentError, match=rf"^{name} .*{is_of}.*format = '[\w.]+{name}'")


@pytest.mark.parametrize(("kind", "make", "is_of"), UNSAVED, ids=NAMES)
def test_a_class_without_a_format_of_its_own_is_not_saved_as_another(kind, make, is_of, tmp_path):
    pipeline, path = make(), tmp_path / "p.json"
    model = build_model("gru", pipeline=pipeline, hidden_dim=8)
    uses = {
        "to_json": pipeline.to_json,
        "save": lambda: pipeline.save(path),
        "a model": lambda: model.save(tmp_path / "m.keras"),
        "a folder": lambda: model.save(tmp_path / "m", zipped=False),
        "a config": model.to_json,
        "token file": lambda: TokenFileWriter(tmp_path / "ids.tokens", pipeline),
    }
    for use in uses.values():
        with refused(kind.__name__, is_of) as caught:
            use()
        assert "\n" not in str(caught.value)
    assert not [*tmp_path.iterdir()]


def test_its_own_format_makes_a_class_saved_as_itself(tmp_path):
    class Again(Backwards):
        format = "tests.saved.Again"

    model = build_model("gru", pipeline=Again(), hidden_dim=8)
    model.save(tmp_path / "m.keras")
    model.pipeline.save(tmp_path / "p.json")
    for loaded in (load_model(tmp_path / "m.keras").pipeline, load_pipeline(tmp_path / "p.json")):
        assert type(loaded) is Again
        assert loaded.encode(["ab"])[0].tolist() == [1, 5, 4, 2]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
@pytest.mark.parametrize(("kind", "make", "is_of"), UNSAVED, ids=NAMES)
def test_a_copy_needs_no_format(kind, make, is_of, again):
    pipeline = make()
    copied = again(pipeline)
    assert type(copied) is kind
    np.testing.assert_equal(copied.encode(["ab", "c"]), pipeline.encode(["ab", "c"]))


@pytest.mark.parametrize("taken", ["mlm_tf.TextPipeline", "tests.saved.Letters"])
def test_a_class_does_not_take_the_format_of_another(taken):
    owner = FORMATS[taken]
    with pytest.raises(InvalidArgumentError, match=rf"format='{taken}' .*{owner.__name__}.*Thief"):
        type("Thief", (Letters,), {"format": taken})
    assert FORMATS[taken] is owner


def test_the_same_class_may_be_made_again_as_when_a_cell_is_run_twice():
    def cell():
        class Mine(Letters):
            format = "tests.saved.Mine"

        return Mine

    first, second = cell(), cell()
    text = first().to_json()
    assert type(Pipeline.from_json(text)) is second
    assert second.from_json(text).encode(["ab"])[0].tolist() == [1, 4, 5, 2]


@pytest.mark.parametrize("wrong", [5, "", ["mine"], b"mine"])
def test_a_format_is_a_string(wrong):
    with pytest.raises(InvalidArgumentError, match=r"format=.* use a string"):
        type("Mine", (Letters,), {"format": wrong})
