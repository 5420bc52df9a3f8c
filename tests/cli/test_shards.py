"""`mlm-tf tokenize --shard` and `--merge`: to the byte what one process writes, or one sentence."""

import json
import shutil

import numpy as np
import pytest

from mlm_tf import TextPipeline, cli
from mlm_tf.preprocessing import TokenFile
from mlm_tf.preprocessing import shards as shards_module

# Texts of all lengths, some empty after the words are cut, with rare words and ties.
TEXTS = [f"Text number {i % 7} is about w{i % 11}.{' Yes' * (i % 4)}" for i in range(61)]
LAST = "春眠不觉晓é"
SPLIT = ("--validation-fraction", "0.1", "--seed", "5")


def run(*arguments) -> None:
    assert cli.main(["tokenize", *map(str, arguments)]) == 0


def sharded(corpus, folder, count, *arguments) -> list:
    folders = [folder / str(number) for number in range(1, count + 1)]
    for number, output in enumerate(folders, start=1):
        run(*corpus, "--shard", f"{number}/{count}", "--output", output, *arguments)
    return folders


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "a.txt").write_text("\n\n".join(TEXTS[:40]), encoding="utf-8")
    (folder / "b.txt").write_text("\n\n".join([*TEXTS[40:], LAST]), encoding="utf-8")
    return folder / "a.txt", folder / "b.txt"


@pytest.fixture(scope="module")
def shards(corpus, tmp_path_factory):
    """Three, with the pipeline of all."""
    folder = tmp_path_factory.mktemp("shards")
    TextPipeline.fit(TEXTS).save(folder / "pipeline.json")
    return sharded(corpus, folder, 3, *SPLIT, "--pipeline", folder / "pipeline.json")


@pytest.fixture
def copies(shards, tmp_path):
    """Of the shards, to be damaged."""
    return [shutil.copytree(shard, tmp_path / "copy" / shard.name) for shard in shards]


@pytest.mark.parametrize("settings", [("--level", "word"), ("--level", "character")])
def test_counted_merged_encoded_and_merged_it_is_what_one_process_writes(
    corpus, tmp_path, settings, monkeypatch
):
    monkeypatch.setattr(shards_module, "TEXTS", 16)  # several parts of the corpus
    size = 20 if "word" in settings else 280
    run(*corpus, "--output", tmp_path / "whole", *SPLIT, *settings, "--vocabulary-size", size)
    counted = sharded(corpus, tmp_path / "counted", 4, *SPLIT, *settings)
    merged = ("--merge", *reversed(counted), "--vocabulary-size", size)
    run(*merged, "--output", tmp_path / "vocabulary")
    pipeline = tmp_path / "vocabulary" / "pipeline.json"
    folders = sharded(corpus, tmp_path / "shards", 4, *SPLIT, "--pipeline", pipeline)
    run("--merge", *reversed(folders), "--output", tmp_path / "merged")
    assert contents(tmp_path / "merged") == contents(tmp_path / "whole")
    assert len(TokenFile(tmp_path / "merged" / "validation.tokens")) > 20


def test_a_shard_holds_every_third_text(shards):
    pipeline = TextPipeline.load(shards[1] / "pipeline.json")
    held = []
    for name in ("training.tokens", "validation.tokens"):
        ids = TokenFile(shards[1] / name)[:]
        held += np.split(ids, np.flatnonzero(ids == pipeline.start_id)[1:])
    expected = pipeline.encode([*TEXTS, LAST][1::3])
    assert sorted(map(tuple, held)) == sorted(map(tuple, expected))
    assert json.loads((shards[1] / "shard.json").read_text())["texts"] == len(TEXTS) + 1


def test_more_shards_than_texts_held_back_leave_some_without_a_file(corpus, tmp_path):
    pipeline = tmp_path / "pipeline.json"
    TextPipeline.fit(TEXTS).save(pipeline)
    settings = ("--validation-fraction", "0.03", "--seed", "1", "--pipeline", pipeline)
    run(*corpus, "--output", tmp_path / "whole", *settings)
    folders = sharded(corpus, tmp_path / "shards", 5, *settings)
    assert not all((folder / "validation.tokens").exists() for folder in folders)
    run("--merge", *folders, "--output", tmp_path / "merged")
    assert contents(tmp_path / "merged") == contents(tmp_path / "whole")


# === One sentence each ===


@pytest.mark.parametrize("shard", ["5/4", "0/4", "1", "a/b", "1/0", "-1/2", "1/2/3"])
def test_a_shard_that_cannot_be_is_refused(corpus, tmp_path, refused, shard):
    arguments = (f"--shard={shard}", "--output", tmp_path / "x")
    assert f"shard={shard!r} is not allowed; use I/N" in refused("tokenize", *corpus, *arguments)
    assert not (tmp_path / "x").exists()


def test_a_shard_without_a_text_is_refused(tmp_path, refused):
    (tmp_path / "two.txt").write_text("a cat\n\na dog")
    error = refused("tokenize", tmp_path / "two.txt", "--shard", "3/3", "--output", tmp_path / "x")
    assert "shard='3/3' has no text" in error and "use fewer shards" in error


@pytest.mark.parametrize("more", [("--level", "subword"), ("--vocabulary-size", "300")])
def test_a_shard_that_counts_takes_no_size_and_no_subwords(corpus, tmp_path, refused, more):
    error = refused("tokenize", *corpus, "--shard", "1/2", "--output", tmp_path / "x", *more)
    assert "--pipeline" in error if "subword" in more else "give it to --merge" in error


def test_a_missing_shard_and_one_that_is_there_twice_are_named(shards, tmp_path, refused):
    output = ("--output", tmp_path / "x")
    assert "Shard 2/3 is missing" in refused("tokenize", "--merge", shards[0], shards[2], *output)
    error = refused("tokenize", "--merge", *shards, shards[1], *output)
    assert "Shard 2/3 is there twice" in error
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("--shard", "2/4"), "shards: 3 and 4"),
        (("--seed", "6"), "seed: 5 and 6"),
        (("--validation-fraction", "0.2"), "validation_fraction: 0.1 and 0.2"),
    ],
)
def test_shards_of_different_runs_are_not_put_together(
    corpus, shards, tmp_path, refused, settings, message
):
    pipeline = ("--pipeline", shards[0] / "pipeline.json")
    run(*corpus, "--shard", "2/3", "--output", tmp_path / "2", *SPLIT, *pipeline, *settings)
    error = refused(
        "tokenize", "--merge", shards[0], tmp_path / "2", shards[2], "--output", tmp_path / "x"
    )
    assert message in error


def test_shards_of_another_corpus_and_of_another_pipeline_are_not_put_together(
    corpus, shards, tmp_path, refused
):
    def with_another_second(*arguments) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        run(*arguments, "--shard", "2/3", "--output", folder, *SPLIT)
        return refused(
            "tokenize", "--merge", shards[0], folder, shards[2], "--output", tmp_path / "x"
        )

    pipeline = ("--pipeline", shards[0] / "pipeline.json")
    assert "texts: 62 and 40" in with_another_second(corpus[0], *pipeline)
    assert "counted only: False and True" in with_another_second(*corpus)
    TextPipeline.fit(TEXTS[:9]).save(tmp_path / "other.json")
    error = with_another_second(*corpus, "--pipeline", tmp_path / "other.json")
    assert "were encoded with different pipelines" in error


def test_a_folder_that_is_no_shard_and_one_that_is_damaged_are_named(copies, tmp_path, refused):
    merge = ("tokenize", "--merge", *copies, "--output", tmp_path / "x")
    (copies[2] / "training.tokens").write_bytes((copies[0] / "training.tokens").read_bytes())
    assert "tokenize this shard again" in refused(*merge)
    (copies[1] / "shard.json").write_text("{}")
    assert "does not say which shard it is" in refused(*merge)
    (copies[0] / "shard.json").unlink()
    assert "shard.json" in refused(*merge) and not (tmp_path / "x").exists()


def test_merging_takes_nothing_that_is_for_texts(shards, tmp_path, refused):
    error = refused(
        "tokenize", "--merge", *shards, "--output", tmp_path / "x", "--vocabulary-size", "9"
    )
    assert "vocabulary_size is for texts" in error
