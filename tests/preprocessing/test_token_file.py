"""Token files: read at any place, whole or not at all, and with their own pipeline only."""

import json

import numpy as np
import pytest

from mlm_tf import TextPipeline
from mlm_tf.errors import (
    EmptyCorpusError,
    InvalidArgumentError,
    InvalidFileError,
    MissingFileError,
)
from mlm_tf.preprocessing.token_file import HEADER_BYTES, TokenFile, TokenFileWriter, fingerprint

ROWS = [np.array([2, 6, 7, 3], "int32"), np.array([2, 3], "int32"), np.array([2, 8, 3], "int32")]
STREAM = np.concatenate(ROWS)


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(["a b c"])


@pytest.fixture
def path(tmp_path, pipeline):
    write(tmp_path / "abc.tokens", pipeline)
    return tmp_path / "abc.tokens"


def write(path, pipeline, rows=ROWS, **kwargs):
    with TokenFileWriter(path, pipeline, **kwargs) as writer:
        for row in rows:
            writer.append(row)
    return writer


class Large:
    """A pipeline of more types than two bytes can tell apart."""

    vocabulary_size = 2**16 + 1

    def to_json(self):
        return '{"version": 2, "counts": [], "max_sequence_length": null}'


@pytest.mark.parametrize("places", [slice(None), slice(2, 5), slice(-3, None), [[0, 1], [8, -1]]])
def test_it_reads_like_the_array(path, places):
    file = TokenFile(path)
    assert len(file) == len(STREAM)
    np.testing.assert_array_equal(file[places], STREAM[places])
    assert file[places].dtype == np.int32
    assert file[1] == 6


def test_the_format_is_what_its_documentation_says(path, pipeline):
    header = json.loads(path.read_bytes()[:HEADER_BYTES])
    assert header == {
        "format": "mlm_tf.TokenFile",
        "version": 1,
        "dtype": "<u2",
        "tokens": 9,
        "pipeline": fingerprint(pipeline),
    }
    ids = np.memmap(path, header["dtype"], "r", offset=256)
    np.testing.assert_array_equal(ids, STREAM)
    assert path.stat().st_size == 256 + 2 * 9


def test_ids_beyond_two_bytes_take_four(tmp_path):
    write(tmp_path / "large.tokens", Large(), [np.array([6, 2**16], "int32")])
    assert (tmp_path / "large.tokens").stat().st_size == 256 + 4 * 2
    assert TokenFile(tmp_path / "large.tokens")[:].tolist() == [6, 2**16]


@pytest.mark.parametrize("row", [[2, 6, 7], (2, 6, 7), np.array([2, 6, 7], "int64")])
def test_any_sequence_of_ids_can_be_appended(tmp_path, pipeline, row):
    assert write(tmp_path / "abc.tokens", pipeline, [row, [], [3]]).tokens == 4
    assert TokenFile(tmp_path / "abc.tokens")[:].tolist() == [2, 6, 7, 3]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([2, 9], "holds 9, .* ids 0 to 8"),
        ([2, -1], "holds -1, .* ids 0 to 8"),
        (np.array([2, 2**16 + 2]), "holds 65538, .* ids 0 to 8"),
        ([2, 6.0], r"\[2, 6\.0\] is not allowed"),
        (["2"], r"\['2'\] is not allowed"),
        (7, "7 is not allowed"),
        ([[2, 3], [2, 3]], r"several rows; append them one by one"),
        (np.zeros((2, 3), int), r"several rows; append them one by one"),
    ],
)
def test_what_is_no_id_of_the_pipeline_is_refused_and_writes_nothing(
    tmp_path, pipeline, row, message
):
    """It would come out as another id: 65,538 is 2 in two bytes."""
    with pytest.raises(InvalidArgumentError, match=message) as error:
        write(tmp_path / "abc.tokens", pipeline, [row])
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_writer_writes_inside_its_block_only(tmp_path, pipeline):
    writer = TokenFileWriter(tmp_path / "abc.tokens", pipeline)
    with pytest.raises(InvalidArgumentError, match=r"is not open; .*with TokenFileWriter"):
        writer.append([6])
    assert list(tmp_path.iterdir()) == []
    with writer:
        writer.append([6])
    with pytest.raises(InvalidArgumentError, match="is not open"):
        writer.append([6])
    assert len(TokenFile(tmp_path / "abc.tokens")) == 1


def test_the_writer_counts(tmp_path, pipeline):
    assert write(tmp_path / "abc.tokens", pipeline).tokens == 9


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_what_is_interrupted_leaves_nothing(tmp_path, pipeline, error):
    with pytest.raises(error), TokenFileWriter(tmp_path / "abc.tokens", pipeline) as writer:
        writer.append(ROWS[0])
        raise error
    assert list(tmp_path.iterdir()) == []


def test_the_file_appears_when_it_is_whole(tmp_path, pipeline):
    with TokenFileWriter(tmp_path / "abc.tokens", pipeline) as writer:
        writer.append(ROWS[0])
        assert not (tmp_path / "abc.tokens").exists()
    assert [file.name for file in tmp_path.iterdir()] == ["abc.tokens"]


def test_an_empty_file_is_not_written(tmp_path, pipeline):
    with pytest.raises(EmptyCorpusError, match=r"abc.tokens; give more text"):
        write(tmp_path / "abc.tokens", pipeline, rows=[])
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_when_told(path, pipeline):
    with pytest.raises(InvalidArgumentError, match=r"abc.tokens' exists already; .*overwrite=True"):
        write(path, pipeline, ROWS[:1])
    assert len(TokenFile(path)) == 9
    write(path, pipeline, ROWS[:1], overwrite=True)
    assert len(TokenFile(path)) == 4


def test_an_interrupted_replacement_leaves_the_old_file(path, pipeline):
    with pytest.raises(KeyboardInterrupt), TokenFileWriter(path, pipeline, overwrite=True):
        raise KeyboardInterrupt
    assert len(TokenFile(path)) == 9


def test_a_folder_must_be_there_and_is_no_file(tmp_path, pipeline):
    with pytest.raises(MissingFileError, match="folder that does not exist"):
        write(tmp_path / "none" / "abc.tokens", pipeline)
    with pytest.raises(InvalidArgumentError, match="is a folder"):
        write(tmp_path, pipeline, overwrite=True)


def test_a_file_is_read_with_a_pipeline_of_the_same_ids_only(path, pipeline):
    file = TokenFile(path)
    file.check_pipeline(TextPipeline.from_json(pipeline.to_json()))
    file.check_pipeline(TextPipeline.fit(["a a b c"], max_sequence_length=5))
    with pytest.raises(InvalidArgumentError, match=r"abc.tokens was written with another pipeline"):
        file.check_pipeline(TextPipeline.fit(["c c b a"]))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + b" ",
        lambda data: data[:HEADER_BYTES],
        lambda data: b"\xff" + data[1:],
        lambda data: b"[]".ljust(HEADER_BYTES) + data[HEADER_BYTES:],
        lambda data: b"{}".ljust(HEADER_BYTES) + data[HEADER_BYTES:],
        lambda data: data.replace(b'"version": 1', b'"version": 2'),
        lambda data: data.replace(b'"tokens": 9', b'"tokens": 8'),
    ],
)
def test_a_damaged_file_is_refused(path, damage):
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InvalidFileError, match=r"abc.tokens' is not a whole token file"):
        TokenFile(path)


def with_header(path, **entries):
    """The same file under a header with other entries."""
    data = path.read_bytes()
    header = {**json.loads(data[:HEADER_BYTES]), **entries}
    path.write_bytes(json.dumps(header).encode().ljust(HEADER_BYTES) + data[HEADER_BYTES:])


@pytest.mark.parametrize("dtype", ["<f2", ">u2", "<i2", "|V2", "|b1", "?u2", "uint16", None, 2])
def test_only_the_two_kinds_of_ids_are_read(path, dtype):
    with_header(path, dtype=dtype)
    with pytest.raises(InvalidFileError, match=r"its dtype is .*; write it again"):
        TokenFile(path)


def test_a_file_that_claims_to_hold_objects_is_refused_and_ends_nothing(path):
    """NumPy would take its bytes for addresses, and the process would end."""
    path.write_bytes(path.read_bytes() + b"\1" * 54)  # 9 × 8 bytes
    with_header(path, dtype="|O")
    with pytest.raises(InvalidFileError, match=r"its dtype is '\|O'"):
        TokenFile(path)


@pytest.mark.parametrize("tokens", [-1, 0, 9.0, "9", True, None, [9]])
def test_the_number_of_tokens_is_a_whole_number_above_0(path, tokens):
    with_header(path, tokens=tokens)
    with pytest.raises(InvalidFileError, match=r"its number of tokens is .*; write it again"):
        TokenFile(path)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(MissingFileError, match=r"none.tokens' is not a file"):
        TokenFile(tmp_path / "none.tokens")
