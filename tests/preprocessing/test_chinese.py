"""Chinese words: jieba's, and a pipeline's own dictionary that nothing outside changes."""

import io
import json
import random
import subprocess
import sys

import pytest

from mlm_tf import TextPipeline
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.preprocessing import TokenFile, TokenFileWriter
from mlm_tf.preprocessing.chinese import cutter, user_words

jieba = pytest.importorskip("jieba")

TEXT = "李小福是创新办主任也是云计算方面的专家，我爱北京天安门，他来到了网易杭研大厦"
WORDS = ["创新办 3 i", "云计算", "李小福 2 nr", "天安门 0"]
FILE = "\ufeff创新办 3 i\r\n\n云计算\n李小福 2 nr\n天安门 0\n"


def fit(user_dict=None, **settings):
    settings = {"level": "word", "language": "zh", "user_dict": user_dict, **settings}
    return TextPipeline.fit([TEXT], **settings)


def words(pipeline):
    return pipeline.tokenize([TEXT])[0]


@pytest.fixture
def changed_jieba():
    """What a user, or another library in the process, adds to jieba itself."""
    jieba.add_word("我爱北京")
    jieba.del_word("杭研")  # which all of jieba's tokenizers share
    assert jieba.lcut("我爱北京") == ["我爱北京"]
    yield
    jieba.dt = jieba.Tokenizer()
    for name in ("lcut", "add_word", "del_word"):
        setattr(jieba, name, getattr(jieba.dt, name))
    jieba.finalseg.Force_Split_Words.clear()


def test_words_are_those_of_jieba():
    rng = random.Random(0)
    common = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家"
    texts = ["".join(rng.choices(common, k=30)) for _ in range(300)]
    texts += [*TEXT.split("，"), "", "好", "々〇㐀𠀀豈"]
    cut = jieba.Tokenizer().lcut
    assert [cutter()(text) for text in texts] == [cut(text) for text in texts]


def test_a_user_dictionary_adds_words_as_it_does_in_jieba():
    theirs = jieba.Tokenizer()
    lines = [line for line in WORDS if not line.endswith(" 0")]
    theirs.load_userdict(io.StringIO("\n".join(lines)))
    cut = cutter(tuple(user_words(lines)))
    assert cut(TEXT) == theirs.lcut(TEXT)
    assert {"创新办", "云计算", "李小福"} <= set(cut(TEXT))


def test_what_is_added_to_jieba_changes_no_pipeline(changed_jieba):
    assert "杭研" in words(fit()) and "我爱北京" not in words(fit())
    assert "杭研" in words(fit(WORDS))


def test_a_pipelines_dictionary_changes_neither_jieba_nor_another_pipeline():
    plain, theirs = words(fit()), jieba.lcut(TEXT)
    own = words(fit([*WORDS, "杭研 0"]))
    assert "云计算" in own and "天安门" not in own and "杭研" not in own
    assert "云计算" not in plain and {"天安门", "杭研"} <= set(plain)
    assert words(fit()) == plain
    assert jieba.lcut(TEXT) == theirs
    assert not jieba.finalseg.Force_Split_Words


def test_a_file_and_its_lines_are_the_same(tmp_path):
    (tmp_path / "words.txt").write_text(FILE, encoding="utf-8", newline="")
    pipelines = [
        fit(user_dict)
        for user_dict in (WORDS, iter(WORDS), str(tmp_path / "words.txt"), tmp_path / "words.txt")
    ]
    assert len({pipeline.to_json() for pipeline in pipelines}) == 1
    assert pipelines[0].user_dict == ["创新办 3", "云计算", "李小福 2", "天安门 0"]


def test_the_pipelines_file_holds_the_words_and_another_process_cuts_the_same(tmp_path):
    (tmp_path / "words.txt").write_text(FILE, encoding="utf-8")
    pipeline = fit(tmp_path / "words.txt")
    pipeline.save(tmp_path / "pipeline.json")
    (tmp_path / "words.txt").unlink()
    program = (
        "import json, sys; from mlm_tf import TextPipeline; "
        "print(json.dumps(TextPipeline.load(sys.argv[1]).tokenize([sys.argv[2]])))"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "pipeline.json"), TEXT]
    printed = subprocess.run(arguments, capture_output=True, check=True).stdout
    assert json.loads(printed) == [words(pipeline)]
    assert TextPipeline.load(tmp_path / "pipeline.json").user_dict == pipeline.user_dict


def test_a_token_file_is_of_one_dictionary(tmp_path):
    pipeline = fit(WORDS)
    with TokenFileWriter(tmp_path / "tokens", pipeline) as writer:
        writer.append(pipeline.encode([TEXT])[0])
    file = TokenFile(tmp_path / "tokens")
    file.check_pipeline(TextPipeline.from_json(pipeline.to_json()))
    content = json.loads(pipeline.to_json())
    other = TextPipeline.from_json(json.dumps({**content, "user_dict": WORDS[:1]}))
    with pytest.raises(InvalidArgumentError, match="another pipeline"):
        file.check_pipeline(other)


def test_a_pipelines_file_opens_no_other(tmp_path):
    (tmp_path / "words.txt").write_text(FILE, encoding="utf-8")
    content = json.loads(fit().to_json()) | {"user_dict": str(tmp_path / "words.txt")}
    with pytest.raises(InvalidFileError, match="user_dict is no list of words"):
        TextPipeline.from_json(json.dumps(content))


def test_a_file_of_before_there_were_user_dictionaries_is_read():
    content = json.loads(fit().to_json())
    del content["user_dict"]
    earlier = TextPipeline.from_json(json.dumps({**content, "version": 2}))
    assert earlier.user_dict is None
    assert words(earlier) == words(fit())


def test_words_of_the_dictionary_are_normalised_as_the_text_is():
    [compatible] = {"\uf900"}  # NFKC: 豈
    pipeline = fit([f"{compatible}云计"])
    assert "豈云计" in pipeline.tokenize([f"他{compatible}云计"])[0]


@pytest.mark.parametrize("settings", [{"level": "character"}, {"language": "any"}, {"level": None}])
def test_where_nothing_is_cut_by_a_dictionary_it_is_refused(settings):
    with pytest.raises(InvalidArgumentError, match=r"user_dict=.*needs level='word' and language"):
        fit(WORDS, **settings)


@pytest.mark.parametrize(
    ("user_dict", "message"),
    [
        (["T恤"], "holds 'T恤', and an entry is a word of Chinese characters alone"),
        (["云计算", "云 计算"], "holds '云 计算'"),
        (["云计算 -1"], "holds '云计算 -1'"),
        ({"云计算": 5}, "is a dict; use a list"),
        ([("云计算", 5)], r"user_dict\[0\]="),
        (5, "user_dict=5 is not allowed"),
    ],
)
def test_what_is_no_dictionary_is_refused_in_one_sentence(user_dict, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        fit(user_dict)
    assert "\n" not in str(error.value)


def test_a_dictionary_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingFileError, match="path of a user dictionary of jieba"):
        fit(tmp_path / "none.txt")
    (tmp_path / "gbk.txt").write_bytes("云计算".encode("gbk"))
    with pytest.raises(InvalidFileError, match="not UTF-8"):
        fit(tmp_path / "gbk.txt")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # nodejieba 97 and gojieba 19: Latin words and numbers fell into letters and digits
        ("罐身上的“SAP No. 1293164 ”", "罐 身上 的 “ SAP No . 1293164 ”"),
        ("南京市长江大桥 is a long bridge", "南京市 长江大桥 is a long bridge"),
        ("Tom和Amy都是16岁", "Tom 和 Amy 都 是 16 岁"),  # jieba 342
        ("steel健身爆发力", "steel 健身 爆发力"),  # jieba 810: the word was lost
        ("a b c", "a b c"),  # jieba 699: spaces were words
        ("他说 didn't 好", "他 说 didn't 好"),  # jieba 692: in three pieces
        ("openjdk,springboot框架", "openjdk , springboot 框架"),  # WMSeg 19
        ("测试，和,", "测试 ， 和 ,"),  # sentencepiece 643 and 789: both commas became one
    ],
)
def test_words_of_mixed_texts_stay_whole(text, expected):
    pipeline = TextPipeline.fit([text], level="word", language="zh", case_folding=False)
    assert pipeline.tokenize([text]) == [expected.split()]
