"""Where sentences end: one example for every rule, and laws at random texts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_tf.corpora import split_sentences


@pytest.mark.parametrize(
    "text",
    [
        "A cat sat. | It slept.",
        "Why? | Because! | Well… | Yes.",
        # Abbreviations and initials
        "Dr. Smith met Mrs. Jones. | They spoke.",
        "J. R. R. Tolkien knew C.S. Lewis and J.-P. Sartre.",
        "The U.S. Navy sailed. | It sank.",
        "Felix (b. 1809 or ca. 1810) came.",
        "See e.g. Berlin, i.e. Prussia.",
        "White v. Crook was heard by Maj. Gen. Polk and Brig. Gen. Grant.",
        "É. Galois died.",
        # Abbreviations that may end a sentence
        "It is Acme Inc. and grew.",
        "It is Acme Inc. | He left.",
        "They had cats, dogs etc. | Then they moved.",
        "Smith et al. (2003) and Riccio et al. 2011 showed it.",
        # "no." is a number before a number, otherwise a word
        "It is No. 5 and nos. 6 to 8.",
        "He said no. | She left.",
        # Numbers
        "Pi is 3.14 and more. | It costs $1,000.50 today.",
        "He came in 1914. | 1915 was worse.",
        # Quotes and brackets
        '"Stop!" | He stopped.',
        '"Why?" he asked.',
        "He said “go.” | “Where?” | (Nowhere.) | [Sic.] | ‘Good.’",
        "(See Dr. Smith.) | He knows.",
        # No capital letter or digit after it
        "The site amazon.com grew ... slowly.",
        "Yahoo! was bought.",
        # A capital letter that is not English
        "He left. | Évariste stayed. | Ωmega came.",
        # Letters that know no capitals
        "그는 갔다. | 그녀는 왔다.",
        "मैं गया। | वह आई।",
        "ذهب. | ثم عاد؟ | نعم",
    ],
)
def test_sentences_end_where_a_reader_ends_them(text):
    assert split_sentences(text.replace("| ", "")) == text.split(" | ")


@pytest.mark.parametrize(
    "text",
    [
        "春天来了。|花开了！|你看见了吗？|看见了…|真的",
        "好！！！|真的？！|是。。。|吧",
        "今年。|2024年。|Keras。|then",
        # Closing quotes and brackets belong to the sentence; a comma behind them goes on with it
        "他说：“你好。”|然后走了。",
        "「好。」|（真的。）|『对！』|是",
        "他说“走吧！”，然后走了。|她没有。",
        '他说："你好。"|然后走了。|"再见"她说。',
        "「そうです。」と言った。|彼は帰った。",
        # A title is one
        "《你好！李焕英》是电影。|《她》也是。",
        # ASCII stops between Chinese characters, not in numbers, names and lists
        "真的.|好!|对吗?|对",
        "价格是3.14元.|是吗",
        "请看README.|然后运行。",
        "1.引言",
        "U.S.军舰",
        "你好.World",
        # An ellipsis, but not a stutter
        "他走了……|她哭了...|真的",
        "我……我不知道。",
    ],
)
def test_chinese_and_japanese_sentences_end_without_white_space(text):
    assert split_sentences(text.replace("|", "")) == text.split("|")
    assert split_sentences(text.replace("|", " ")) == text.split("|")


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\n\n \n", "\u2028"])
def test_a_line_break_ends_a_sentence(line_break):
    assert split_sentences(f"A title{line_break}a line.") == ["A title", "a line."]


def test_white_space_around_sentences_is_dropped_and_inside_them_kept():
    assert split_sentences("  A  cat.   It\tslept.  ") == ["A  cat.", "It\tslept."]


@pytest.mark.parametrize("text", ["", " ", "\n \n", "\u3000"])
def test_no_text_has_no_sentences(text):
    assert split_sentences(text) == []


def test_a_stop_alone_is_a_sentence_and_no_error():
    assert split_sentences(". A '. B") == [".", "A '.", "B"]


prose = st.text(st.sampled_from("AbÉ1.!?…'\"”)([“ \n\t\u2028-"), max_size=60)
eastern = st.text(st.sampled_from('春天と。！？….!?1aB“”"「」《》（）， '), max_size=60)
prose |= eastern


@given(prose | st.text(max_size=60))
def test_nothing_but_white_space_is_lost(text):
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@given(prose)
def test_a_sentence_is_not_split_again(text):
    found = split_sentences(text)
    assert [part for sentence in found for part in split_sentences(sentence)] == found


def test_the_time_grows_no_faster_than_the_text():
    begin = time.perf_counter()
    split_sentences("a" * 200_000 + "! B")
    split_sentences("Mr. A " * 20_000)
    split_sentences("." * 200_000)
    split_sentences("。" + "”" * 200_000)
    split_sentences("a.中" * 20_000 + "aa" * 100_000)
    assert time.perf_counter() - begin < 5  # quadratic, it would be minutes
