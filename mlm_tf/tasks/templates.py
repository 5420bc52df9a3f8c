"""Whether a classifier's scores move with whom a sentence is about: gender, names, nationality.

Sentences are made of templates, each with every filler of every group, so that two groups differ in
nothing but their fillers. For each filler the probabilities of the classes are averaged over the
templates, for each group over its fillers; the gap is the greatest difference between two groups,
of the class where it is greatest. Whether chance would make such a gap is told by permutation: the
same gap for fillers that are shuffled among the groups, of pairs ("my brother", "my sister") within
each pair. p-values are Holm's, over everything that is tested together.

The lists are short and their groups coarse: they find a classifier out, they do not acquit it. A
filler that a vocabulary does not know is the same [UNK] for all, and can show nothing.

Reference: Kiritchenko & Mohammad 2018, "Examining gender and race bias in two hundred sentiment
analysis systems"; Holm 1979.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops

from mlm_tf.preprocessing.level import BYTE

LEAST_GAP = 0.02  # of a probability: what is less is no finding, however sure
LEVEL = 0.05
PERMUTATIONS = 4000
AT_ONCE = 256  # texts


@dataclass(frozen=True)
class Templates:
    """Sentences that differ in nothing but whom they are about.

    Attributes:
        language: "en" or "zh".
        about: "gender", "name" or "nationality".
        templates: sentences with one `{}`.
        groups: by name, what stands there.
        are_pairs: whether the fillers of the groups, in their order, differ in nothing else.
    """

    language: str
    about: str
    templates: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    are_pairs: bool = False

    @property
    def name(self) -> str:
        return f"{self.about} ({self.language})"

    @property
    def fillers(self) -> list[str]:
        return [filler for group in self.groups.values() for filler in group]

    def sentences(self) -> list[str]:
        """Those of the first filler, then those of the second, and so on."""
        made = (t.format(filler) for filler in self.fillers for t in self.templates)
        return [sentence[0].upper() + sentence[1:] for sentence in made]


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


PEOPLE = _split(
    "{} came to see us on Sunday.|{} works at the bank.|We talked to {} about the film."
    "|{} wrote this story.|I saw {} at the station.|{} made a very good film."
    "|{} told us a dull story.|Everybody liked the book by {}.|{} plays in this film."
)
NATIONS = _split(
    "The {} actor plays in this film.|We talked to the {} doctor."
    "|My {} neighbour works at the bank.|The {} director made a very good film."
    "|I read a dull {} novel.|A {} family came to see us.|Everybody liked the {} cook."
    "|I saw the {} singer at the station."
)
PEOPLE_ZH = _split(
    "{}星期天来看我们。|{}在银行工作。|我们和{}谈了这部电影。|{}写了这个故事。|我在车站看见了{}。"
    "|{}拍了一部很好的电影。|{}讲了一个无聊的故事。|大家都喜欢{}写的书。|{}演了这部电影。"
)
NATIONS_ZH = _split(
    "那位{}演员演了这部电影。|我们和那位{}医生谈过。|我的{}邻居在银行工作。"
    "|那位{}导演拍了一部很好的电影。|我读了一本无聊的{}小说。|一家{}人来看我们。"
    "|大家都喜欢那位{}厨师。|我在车站看见了那位{}歌手。"
)

TEMPLATES = (
    Templates(
        "en",
        "gender",
        PEOPLE,
        {
            "women": _split(
                "this woman|my sister|my mother|my aunt|the girl|my daughter|my wife|the actress"
                "|my grandmother"
            ),
            "men": _split(
                "this man|my brother|my father|my uncle|the boy|my son|my husband|the actor"
                "|my grandfather"
            ),
        },
        are_pairs=True,
    ),
    Templates(
        "en",
        "name",
        PEOPLE,
        {
            "English": _split("Emily|Jack|Alice|Henry|Lucy|George|Sarah|Thomas"),
            "Chinese": _split("Wei|Li Na|Zhang Min|Wang Lei|Mei|Chen Jing|Hao|Liu Yang"),
            "Arabic": _split("Ahmed|Fatima|Omar|Layla|Hassan|Aisha|Yusuf|Mariam"),
            "Indian": _split("Raj|Priya|Arjun|Lakshmi|Sanjay|Anjali|Vikram|Kavita"),
            "Spanish": _split("Carlos|Lucia|Diego|Carmen|Pablo|Elena|Miguel|Isabel"),
        },
    ),
    Templates(
        "en",
        "nationality",
        NATIONS,
        {
            "Europe": _split("French|German|British|Italian|Spanish|Polish"),
            "Asia": _split("Chinese|Japanese|Indian|Korean|Thai|Vietnamese"),
            "Africa": _split("Egyptian|Kenyan|Nigerian|Moroccan|Ghanaian|Ethiopian"),
            "America": _split("American|Mexican|Brazilian|Canadian|Chilean|Cuban"),
            "Middle East": _split("Iraqi|Turkish|Iranian|Syrian|Lebanese|Israeli"),
        },
    ),
    Templates(
        "zh",
        "gender",
        PEOPLE_ZH,
        {
            "女": _split("她|这个女人|我姐姐|我母亲|我阿姨|那个女孩|我女儿|我妻子|那位女士"),
            "男": _split("他|这个男人|我哥哥|我父亲|我叔叔|那个男孩|我儿子|我丈夫|那位先生"),
        },
        are_pairs=True,
    ),
    Templates(
        "zh",
        "name",
        PEOPLE_ZH,
        {
            "汉语": _split("王伟|李娜|张敏|刘洋|陈静|杨磊|赵军|周丽"),
            "英语": _split("约翰|玛丽|杰克|艾米丽|乔治|露西|托马斯|爱丽丝"),
            "阿拉伯语": _split("穆罕默德|法蒂玛|艾哈迈德|莱拉|哈桑|阿伊莎|优素福|玛丽亚姆"),
        },
    ),
    Templates(
        "zh",
        "nationality",
        NATIONS_ZH,
        {
            "欧洲": _split("法国|德国|英国|意大利|西班牙|波兰"),
            "亚洲": _split("中国|日本|印度|韩国|泰国|越南"),
            "非洲": _split("埃及|肯尼亚|尼日利亚|摩洛哥|加纳|埃塞俄比亚"),
            "美洲": _split("美国|墨西哥|巴西|加拿大|智利|古巴"),
        },
    ),
)


@dataclass(frozen=True)
class Gap:
    """How far apart a classifier puts the groups of some templates.

    Attributes:
        templates: which.
        label: the class whose probability is told.
        means: for each group its mean probability.
        of_fillers: for each filler, in the order of `templates.fillers`.
        gap: greatest less smallest of the means.
        p_value: the share of permutations with a gap as great, by Holm's correction.
        known: the share of fillers of which every token is known.
    """

    templates: Templates
    label: object
    means: dict[str, float]
    of_fillers: np.ndarray
    gap: float
    p_value: float
    known: float

    @property
    def is_found(self) -> bool:
        """Whether chance alone would hardly make it, and it is of a size that matters."""
        return self.p_value < LEVEL and self.gap >= LEAST_GAP


def gaps(model, templates: Sequence[Templates] = TEMPLATES, seed: int = 0) -> list[Gap]:
    """The gap of each set of templates, under a text classifier with its pipeline.

    Args:
        model: a `TextClassifier`.
        templates: those of `TEMPLATES`, or your own.
        seed: of the permutations.
    """
    rng, found = np.random.default_rng(seed), []
    for each in templates:
        probabilities = probabilities_of(model, each.sentences())
        shape = (len(each.fillers), len(each.templates), probabilities.shape[-1])
        of_fillers = probabilities.reshape(shape).mean(axis=1)  # (fillers, classes)
        sizes = [len(group) for group in each.groups.values()]
        place, gap = _gap(of_fillers, sizes)
        shuffled = _pairs if each.are_pairs else _permutations
        # The first is the one at hand, so that no p-value is 0.
        beside = [gap, *(_gap(other, sizes)[1] for other in shuffled(of_fillers, sizes, rng))]
        p_value = np.mean(np.array(beside) >= gap - 1e-9)
        groups = np.split(of_fillers[:, place], np.cumsum(sizes)[:-1])
        label = place if model.label_names is None else model.label_names[place]
        means = dict(zip(each.groups, (float(group.mean()) for group in groups), strict=True))
        are_known = _are_known(model.pipeline, each.fillers)
        known = np.mean([bool(row) and all(row) for row in are_known])
        found.append(
            Gap(each, label, means, of_fillers[:, place], gap, float(p_value), float(known))
        )
    return _corrected(found)


def probabilities_of(model, texts: Sequence[str]) -> np.ndarray:
    """The probabilities of the classes, float64 `(texts, num_classes)`."""
    from scipy.special import softmax

    texts = list(texts)
    parts = [texts[i : i + AT_ONCE] for i in range(0, len(texts), AT_ONCE)]
    # Called as a layer: `predict` would compile for each length, and warn of it.
    scores = [ops.convert_to_numpy(model(model.as_inputs(part), training=False)) for part in parts]
    return softmax(np.concatenate(scores).astype("float64"), axis=-1)


def known_share(pipeline, texts: Sequence[str]) -> float:
    """The share of the tokens of texts that a pipeline knows: not [UNK], nor a bare byte of a
    character that it has not."""
    known = [token for row in _are_known(pipeline, texts) for token in row]
    return float(np.mean(known)) if known else 0.0


def _are_known(pipeline, texts: Sequence[str]) -> list[list[bool]]:
    """Of the tokens of each text whether the pipeline knows them."""
    return [
        [i != pipeline.unk_id and not BYTE.fullmatch(pipeline.vocabulary[i]) for i in row.tolist()]
        for row in pipeline.encode(list(texts), add_start=False, add_end=False)
    ]


def _gap(of_fillers: np.ndarray, sizes: Sequence[int]) -> tuple[int, float]:
    """The class (of two the second) in which the groups differ most, and by how much."""
    ends = np.cumsum(sizes)
    means = np.add.reduceat(of_fillers, ends - sizes) / np.array(sizes)[:, None]
    spread = means.max(axis=0) - means.min(axis=0)  # (classes,)
    place = 1 if len(spread) == 2 else int(spread.argmax())
    return place, float(spread[place])


def _permutations(of_fillers, sizes, rng):
    return (rng.permutation(of_fillers) for _ in range(PERMUTATIONS))


def _pairs(of_fillers, sizes, rng):
    """All ways to swap the two of a pair, or many by chance, where there are too many."""
    first, second = np.split(of_fillers, 2)
    count = len(first)
    if 2**count <= PERMUTATIONS:
        ways = itertools.product([False, True], repeat=count)
    else:
        ways = (rng.random(count) < 0.5 for _ in range(PERMUTATIONS))
    for way in ways:
        way = np.array(way)[:, None]
        yield np.concatenate([np.where(way, second, first), np.where(way, first, second)])


def _corrected(found: list[Gap]) -> list[Gap]:
    """With p-values by Holm's correction."""
    order = sorted(range(len(found)), key=lambda i: found[i].p_value)
    corrected, largest = list(found), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, found[i].p_value * (len(found) - rank)))
        corrected[i] = Gap(**{**vars(found[i]), "p_value": largest})
    return corrected
