"""Personal data: what is found, what is not, and what a pipeline makes of it."""

import json

import numpy as np
import pytest
import tensorflow as tf

from mlm_tf import TextPipeline
from mlm_tf.errors import InvalidArgumentError, InvalidFileError
from mlm_tf.preprocessing.personal_data import (
    find_personal_data,
    has_chinese_check_digit,
    has_luhn_digit,
    scrubbed,
)
from mlm_tf.preprocessing.testing import TEXTS as TEXTS_OF_THE_LAWS
from mlm_tf.preprocessing.testing import check_pipeline

# Numbers that companies and offices publish as examples, or that belong to nobody.
PERSONAL = {
    "email": [
        "ann.lee+news@mail.example.co.uk",
        "jürgen@bücher.example",
        "abc_1@qq.com",
        "ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ",
    ],
    "id": [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "078-05-1120",
        "078‑05‑1120",  # with hyphens that break no line
    ],
    "card": [
        "4111111111111111",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "378282246310005",
        "3782 822463 10005",
        "30569309025904",
        "6011111111111117",
        "6222021234567890128",
    ],
    "phone": [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "8613800138000",
        "010-62345678",
        "(010) 6234 5678",
        "0755-8888 6666",
        "010-62345678-801",
        "400-810-8888",
        "415-555-0123",
        "(415) 555-2671",
        "415.555.0123",
        "415 555 0123",
        "+1 415-555-0123",
        "+14155550123",
        "1-800-555-0199",
        "415-555-0123 x45",
        "+44 20 7946 0958",
        "020 7946 0958",
        "07700 900123",
        "+49 (0)30 901820",
    ],
}
KEPT = """2019|1998-2003|2020 2021 2022 2023|2019-05-06|10:30:15|1700000000000|$1,299.00|12.5 %
£4,111,111.11|1 000 000 000|人民币138001380元|3.14159265358979323846|0.4111111111111111
978-0-306-40615-7|9780306406157|978 7 302 51185 6|7-302-51185-6|0-306-40615-2|0306406152
3.12.4|v2.21.0|react@18.2.0|192.168.100.200|2001:db8::1|user@localhost|@property|a@b
550e8400-e29b-41d4-a716-446655440000|pages 415-555|room 010-6234|123-45-678|000-12-3456
4111111111111112|110105194912310021|11010519491331001X|12345678901234567890|1234567890
2019-415-555-0123""".replace("\n", "|").split("|")
AROUND = ["{}", "Call {}, please.", "他的是{}。", "({})", "a,{},b", "x:{}\nnext"]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in PERSONAL.items() for text in texts]
)
def test_personal_data_is_replaced_by_its_kind_wherever_it_stands(kind, text):
    for around in AROUND:
        found, counts = scrubbed(around.format(text))
        assert (found, counts) == (around.format(f"[{kind.upper()}]"), {kind: 1})


@pytest.mark.parametrize("text", KEPT)
def test_years_prices_books_and_versions_stay(text):
    for around in AROUND:
        assert scrubbed(around.format(text)) == (around.format(text), {})


# As public bug reports have it: presidio 47, 1607; Recognizers-Text 2189; zaproxy 5841.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My credit card number is 6011577631711174", {"card": 1}),
        ("My credit card number is 6011-5776-3171-1174", {"card": 1}),
        ("1748503543012 please check this :)", {}),
        ("Visa 5111 1111 1111 1111, American Express 3600 0000 0000 009", {}),
        ('"to_eur.mro":"2.3500000000000001E-3", "to_eur.mru":"2.4119999999999999E-2"', {}),
        ("这是中国的银行卡6200 0000 0000 0000 123", {}),
    ],
)
def test_reports_about_others(text, expected):
    assert scrubbed(text)[1] == expected


def test_check_digits_tell_every_wrong_digit():
    for number, check in (
        ("4111111111111111", has_luhn_digit),
        ("110105194912310010", lambda number: has_chinese_check_digit(number)),
    ):
        right = [d for d in "0123456789" if check(number[:-1] + d)]
        assert len(right) <= 1
    for place in range(16):
        others = ("4111111111111111"[:place] + d + "4111111111111111"[place + 1 :] for d in "05678")
        assert not any(has_luhn_digit(other) for other in others if other[place] not in "41")


def test_places_are_those_of_the_text_as_it_is():
    text = "写信到ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ，或打138 0013 8000"
    assert [(text[a:b], kind) for a, b, kind in find_personal_data(text)] == [
        ("ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "email"),
        ("138 0013 8000", "phone"),
    ]


def test_scrubbing_twice_is_scrubbing_once():
    text = " ".join(text for texts in PERSONAL.values() for text in texts)
    once, counts = scrubbed(text)
    assert scrubbed(once) == (once, {}) and counts.total() > 30


# === In a pipeline ===

TEXTS = [
    "Write to ann@example.org today.",
    "She wrote to bob@example.org; his number is 415-555-0123.",
    "王小明的身份证号是11010519491231002X，电话13800138000。",
]
LEVELS = [
    {"level": "word"},
    {"level": "word", "language": "any", "stopwords": ["to"]},
    {"level": "character"},
    {"level": "subword", "vocabulary_size": 300, "normalization": None},
]


@pytest.fixture(params=LEVELS, ids=lambda settings: settings["level"])
def pipeline(request):
    return TextPipeline.fit(TEXTS * 9, **{"language": "en", **request.param}, scrub=True)


def test_a_scrubbing_pipeline_keeps_the_laws(pipeline):
    check_pipeline(pipeline, [*TEXTS_OF_THE_LAWS, *TEXTS])
    assert not pipeline.is_lossless


def test_what_was_replaced_is_counted_when_fitted_and_in_the_report(pipeline):
    assert pipeline.scrubbed == {"email": 18, "phone": 18, "id": 9}
    report = pipeline.report(TEXTS)
    assert report.scrubbed == {"email": 2, "phone": 2, "id": 1}
    assert ("personal data replaced", "email 2, phone 2, id 1") in report.rows()


def test_no_way_of_reading_a_text_lets_it_in(pipeline):
    clean = [scrubbed(text)[0] for text in TEXTS]
    plain = TextPipeline.from_json(pipeline.to_json())
    plain.scrub = False
    expected = [row.tolist() for row in plain.encode(clean)]
    assert [row.tolist() for row in pipeline.encode(TEXTS)] == expected
    assert [row.tolist() for row in pipeline.iterate_encoded(iter(TEXTS))] == expected
    assert pipeline.tokenize(TEXTS) == plain.tokenize(clean)
    inside = tf.data.Dataset.from_tensor_slices(TEXTS).batch(2).map(pipeline.encode_tensor)
    found = [row for batch in inside for row in batch.to_list()]
    assert found == [row[1:-1] for row in expected]
    [(x, _, _)] = pipeline.rows(TEXTS, 99, 3, shuffle=False).as_numpy_iterator()
    kept = x["token_ids"][x["padding_mask"]]
    np.testing.assert_array_equal(kept, [i for row in expected for i in row[:-1]])
    written = "".join(pipeline.decode(pipeline.encode(TEXTS)))
    assert not any(secret in written for secret in ("ann", "bob", "0123", "1949", "8000"))


def test_bytes_that_are_no_text_go_through_the_graph(pipeline):
    texts = tf.constant([b"\xff ann@example.org", b"no \xe4"])
    assert pipeline.encode_tensor(texts).nrows() == 2


def test_it_survives_its_file(pipeline, tmp_path):
    pipeline.save(tmp_path / "p.json")
    loaded = TextPipeline.load(tmp_path / "p.json")
    assert loaded.scrub and loaded.scrubbed == pipeline.scrubbed
    for a, b in zip(loaded.encode(TEXTS), pipeline.encode(TEXTS), strict=True):
        np.testing.assert_array_equal(a, b)


def test_without_it_nothing_is_replaced_and_the_file_is_as_before():
    pipeline = TextPipeline.fit(TEXTS, level="character", language="en", normalization=None)
    assert pipeline.decode(pipeline.encode(TEXTS)) == TEXTS
    assert pipeline.report(TEXTS).scrubbed == {}
    assert not any(label.startswith("personal") for label, _ in pipeline.report(TEXTS).rows())
    assert "scrub" not in pipeline.to_json()


@pytest.mark.parametrize("scrub", ["yes", 1, None])
def test_it_is_true_or_false(scrub):
    with pytest.raises(InvalidArgumentError, match="scrub="):
        TextPipeline.fit(TEXTS, scrub=scrub)


@pytest.mark.parametrize("counts", [{"names": 3}, {"email": -1}, {"email": "3"}])
def test_counts_that_are_none_are_refused(counts):
    content = json.loads(TextPipeline.fit(TEXTS, scrub=True).to_json())
    with pytest.raises(InvalidFileError, match=r"scrubbed"):
        TextPipeline.from_json(json.dumps({**content, "scrubbed": counts}))
