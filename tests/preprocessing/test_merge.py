"""Pipelines of parts, merged, are the pipeline of the whole; several token files are one."""

import numpy as np
import pytest

from mlm_tf import TextPipeline
from mlm_tf.errors import InvalidArgumentError, MissingFileError
from mlm_tf.preprocessing import TokenFile, TokenFiles, TokenFileWriter

TEXTS = [f"{'the ' * (i % 5)}cat {i % 9} sat é{i % 3}, 猫{'🐈' * (i % 2)}!" for i in range(30)]


@pytest.mark.parametrize("size", [None, 10, 300])
@pytest.mark.parametrize("level", ["word", "character"])
def test_merged_pipelines_are_that_of_all_texts(level, size):
    if level == "character" and size == 10:
        size = 265  # fewer characters than there are
    settings = {"level": level, "language": "any", "scrub": True}
    parts = [TextPipeline.fit(TEXTS[i::3], **settings) for i in (2, 0, 1)]
    whole = TextPipeline.fit(TEXTS, vocabulary_size=size, **settings)
    merged = TextPipeline.merge(parts, size)
    assert merged.to_json() == whole.to_json()
    assert [row.tolist() for row in merged.encode(TEXTS)] == [
        row.tolist() for row in whole.encode(TEXTS)
    ]


def test_what_cannot_be_merged_is_refused():
    def fitted(**settings):
        return TextPipeline.fit(TEXTS, language="any", **settings)

    whole = fitted()
    for others, message in (
        ([], "pipelines is empty"),
        ([fitted(level="subword", vocabulary_size=300)], "subword"),
        ([whole, fitted(stopwords="en")], "differ in stopwords"),
        ([whole, fitted(vocabulary_size=9)], "left out the rarest words"),
    ):
        with pytest.raises(InvalidArgumentError, match=message):
            TextPipeline.merge(others)
    cut = fitted(level="character", vocabulary_size=263)
    with pytest.raises(InvalidArgumentError, match="left out the rarest characters"):
        TextPipeline.merge([cut])
    with pytest.raises(InvalidArgumentError, match="vocabulary_size=6"):
        TextPipeline.merge([whole], 6)


# === Many token files ===


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder of four, one of which is shorter than a window, and one with all of it; and the
    pipeline."""
    pipeline = TextPipeline.fit(TEXTS, language="any")
    folder = tmp_path_factory.mktemp("files")
    (folder / "many").mkdir()
    rows = pipeline.encode(TEXTS)
    for number, (first, last) in enumerate([(0, 9), (9, 10), (10, 22), (22, 30)]):
        with TokenFileWriter(folder / "many" / f"{number}.tokens", pipeline) as writer:
            for row in rows[first:last]:
                writer.append(row)
    with TokenFileWriter(folder / "whole.tokens", pipeline) as writer:
        writer.append(np.concatenate(rows))
    return folder, pipeline


@pytest.mark.parametrize(
    "places",
    [slice(None), slice(3, 90), slice(200, 60, -7), slice(5, 5), 0, -1, [[0, 95], [-4, 70]], []],
)
def test_several_files_read_like_their_concatenation(files, places):
    folder, _ = files
    many, whole = TokenFiles(folder / "many"), TokenFile(folder / "whole.tokens")
    assert len(many) == len(whole)
    places = np.array(places, int) if isinstance(places, list) else places
    np.testing.assert_array_equal(many[places], whole[places])
    assert many[places].dtype == np.int32
    for first, last in ((0, 20), (50, 120), (120, len(whole)), (7, 7)):
        np.testing.assert_array_equal(many.part(first, last)[:], whole.part(first, last)[:])


@pytest.mark.parametrize("place", [10**6, -(10**6), [0, 10**6]])
def test_a_place_that_is_not_there_is_an_index_error(files, place):
    with pytest.raises(IndexError):
        TokenFiles(files[0] / "many")[place]


@pytest.mark.parametrize("shuffle", [True, False])
def test_windows_over_several_files_are_those_over_their_concatenation(files, shuffle):
    folder, pipeline = files
    many = TokenFiles(sorted((folder / "many").iterdir()))
    whole = TokenFile(folder / "whole.tokens")
    settings = {"length": 6, "batch_size": 4, "shuffle": shuffle, "seed": 3}
    for data, other in zip(
        pipeline.windows(many, **settings), pipeline.windows(whole, **settings), strict=True
    ):
        for part, expected in zip(data, other, strict=True):
            np.testing.assert_array_equal(part, expected)


def test_files_of_two_pipelines_and_no_file_are_refused(files, tmp_path):
    folder, _ = files
    other = TextPipeline.fit(["a b"])
    with TokenFileWriter(tmp_path / "other.tokens", other) as writer:
        writer.append(other.encode(["a b"])[0])
    with pytest.raises(InvalidArgumentError, match="written with different pipelines"):
        TokenFiles([folder / "whole.tokens", tmp_path / "other.tokens"])
    with pytest.raises(InvalidArgumentError, match="written with another pipeline"):
        other.windows(TokenFiles(folder / "many"), length=2, batch_size=1)
    (tmp_path / "empty").mkdir()
    for none in ([], tmp_path / "empty"):
        with pytest.raises(InvalidArgumentError, match="holds no token file"):
            TokenFiles(none)
    with pytest.raises(MissingFileError):
        TokenFiles(tmp_path / "nothing.tokens")
