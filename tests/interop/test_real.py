"""Real checkpoints, where `python tools/fetch_checkpoints.py` has put them: what they say."""

import numpy as np
import pytest

from mlm_tf import Chat, build_model
from mlm_tf.errors import MissingFileError
from mlm_tf.interop import find_checkpoint, from_gguf, from_huggingface
from mlm_tf.models import TextEncoder


def find(name):
    try:
        return find_checkpoint(name)
    except MissingFileError:
        pytest.skip(f"{name} is not there: python tools/fetch_checkpoints.py")


@pytest.mark.slow
def test_smollm2_answers_and_remembers():
    model = from_gguf(find("smollm2"))
    assert model.count_params() == 134_515_008
    preset = build_model("smollm2-135m")
    assert [w.shape for w in model.weights] == [w.shape for w in preset.weights]
    assert "Paris" in model.generate("The capital of France is", max_length=12, sampler="greedy")
    chat = Chat(model, sampler="greedy", reply_length=24)
    assert "Paris" in chat.reply("What is the capital of France?")
    before = chat._reads[-1]
    assert "Paris" in chat.reply("Which tower stands there?")  # wherever "there" is
    read = chat._reads[0]  # the second question, behind what was read and written before it
    assert np.array_equal(read.token_ids[: before.length], before.token_ids)


@pytest.mark.slow
def test_minilm_gives_the_vectors_of_transformers():
    """The first numbers of each, by transformers 5.24: the mean over the mask, then L2."""
    model = from_huggingface(find("minilm"))
    assert isinstance(model, TextEncoder)
    texts = ["A man is eating food.", "Someone eats a meal.", "The sky is blue today."]
    vectors = model.vectors(texts, normalize=True)
    expected = [
        [0.03324, 0.00441, -0.00628, 0.04838],
        [0.00032, 0.03447, -0.01160, 0.01307],
        [0.03103, 0.04721, 0.06846, 0.02358],
    ]
    np.testing.assert_allclose(vectors[:, :4], expected, atol=1e-4)
    likeness = vectors @ vectors.T
    np.testing.assert_allclose(likeness[0], [1, 0.76142, -0.01855], atol=1e-4)
