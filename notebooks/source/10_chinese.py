# %% [markdown] tags=["en"]
# # 10 Chinese: characters and words, two scripts, a poet
#
# **You will be able to** say what a Chinese text is for a program and where bytes, widths and look-alikes trip it up; cut a text without spaces into words, and say why that is a guess; compare models of characters, subwords and words fairly; keep simplified and traditional characters apart or make them one; train a poet and measure its form and its rhymes.
#
# **You need to know** what tokens, a vocabulary and bits are (page 01), what a trigram and its smoothing are (page 02), and how a network is trained and writes (pages 07 and 08).
#
# **It takes** about 25 minutes to read and a minute to run on two CPU cores, with 1.5 GB of memory.
#
# Three things are optional, and the first cell says which of them are there: jieba and OpenCC (`pip install "mlm_tf[zh]"`), for words and for the other script, and the Tang poems (`corpora.chinese_poetry`, a download of a megabyte). Without jieba the rows of words are left out, without OpenCC those of the mixed scripts; without the poems the poet learns from the stories of a grammar, and is measured by that. The outputs that stand on this page were made with all three.
# %% [markdown] tags=["zh"]
# # 10 中文：字与词，简与繁，写诗
#
# **学完本页，你能够**说清一段中文对程序来说是什么，字节、宽度和形近字符会在哪里绊倒它；把没有空格的文本切成词，并说明这为什么只是一种猜测；公平地比较字、子词和词的模型；让简体字和繁体字各归各的，或者统一成一种；训练一个写诗的模型，并测量它的格式和押韵。
#
# **预备知识**：词元、词表和比特（第 01 页），三元语法及其平滑（第 02 页），网络怎样训练、怎样写（第 07、08 页）。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约一分钟，占用内存 1.5 GB。
#
# 有三样东西可有可无，第一个单元格会说明哪些在：分词用的 jieba 和转换简繁的 OpenCC（`pip install "mlm_tf[zh]"`），还有全唐诗（`corpora.chinese_poetry`，下载一兆字节）。没有 jieba，就少了词的几行；没有 OpenCC，就少了简繁混用的几行；没有唐诗，写诗的模型就改学一个语法讲的故事，也按故事来衡量。本页上的输出是三样俱全时得到的。
# %%
# %matplotlib inline
import importlib.util
import logging
import re
import tempfile
import unicodedata
from collections import Counter, defaultdict
from itertools import combinations, pairwise
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

from mlm_tf import TextPipeline, build_model, corpora, course
from mlm_tf.baselines import KneserNeyModel, UnigramModel, perplexity
from mlm_tf.corpora.poetry import COLLECTIONS
from mlm_tf.errors import InvalidFileError
from mlm_tf.preprocessing import to_simplified, to_traditional
from mlm_tf.tasks import Column, ResultTable
from mlm_tf.training import make_optimizer
from mlm_tf.viz.fonts import families_for

has_jieba, has_opencc = (importlib.util.find_spec(name) is not None for name in ("jieba", "opencc"))
poem_files = [
    f"chinese-poetry/{file}" for name in ("tang", "tang_300") for file in COLLECTIONS[name]
]
has_poems = all(map(corpora.find_file, poem_files))  # looks, and downloads nothing
for name, is_there in {"jieba": has_jieba, "OpenCC": has_opencc, "Tang poems": has_poems}.items():
    print(f"{name:11}{'found' if is_there else 'not found'}")

# %% [markdown] tags=["en"]
# ## What a Chinese text is for a program
#
# A string is a row of *code points*. On disk it is bytes: in UTF-8 three for nearly every Chinese character, in the older GB18030 two, and four for the rare ones beyond U+FFFF. On the screen a Chinese character or mark is two columns wide. And there are no spaces, so the usual first step, `split`, does nothing.
# %% [markdown] tags=["zh"]
# ## 一段中文对程序来说是什么
#
# 字符串是一串*码点*。存在磁盘上的是字节：UTF-8 里几乎每个汉字占三个，较早的 GB18030 里占两个，U+FFFF 以外的罕用字占四个。显示在屏幕上，一个汉字或中文标点占两列。词与词之间没有空格，所以通常的第一步 `split` 什么也不做。
# %%
text = "他买了3本书，还去了𠮷野家。"


def width(text):
    """Columns on a screen: two for what is wide (W) or full-width (F)."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


print("     code point   UTF-8   GB18030   columns")
for character in "3书，𠮷":
    sizes = [len(character.encode(encoding)) for encoding in ("utf-8", "gb18030")]
    pad = " " * (5 - width(character))
    print(f"{character}{pad}U+{ord(character):<8X}{sizes[0]:8}{sizes[1]:10}{width(character):10}")
print(f"{len(text)} characters, {len(text.encode())} bytes, {width(text)} columns")
print("split:", text.split())
assert [len(c.encode()) for c in "3书，𠮷"] == [1, 3, 3, 4]
assert text.split() == [text] and width(text) == 2 * len(text) - 1

# %% [markdown] tags=["en"]
# So what is cut by bytes may be cut within a character. Half a character is none: a reader sees `�`, U+FFFD. A limit in bytes, as databases and messages have it, needs care; a pipeline cuts by tokens, and a row of characters ends with a whole one.
# %% [markdown] tags=["zh"]
# 所以按字节截断，可能截在一个字的中间。半个字不是字，读者看到的是 `�`（U+FFFD）。数据库和消息常按字节限长，这时要小心；流水线按词元截断，以字为词元的一行总是停在一个完整的字后面。
# %%
characters = TextPipeline.fit([text], language="zh")  # Chinese: by characters
[row] = characters([text], max_length=8)["token_ids"]  # (8,)
print("first 11 bytes:     ", text.encode()[:11].decode(errors="replace"))
print("a row of 8 tokens:  ", characters.decode(row))
assert "\ufffd" in text.encode()[:11].decode(errors="replace")
assert characters.decode(row) == text[:8]

# %% [markdown] tags=["en"]
# ## Full-width, half-width, look-alikes
#
# Ａ and A, １ and 1 are the same letter and digit in another width, and a text copied from a PDF may hold ⽣, the *radical* U+2F63, which looks exactly like 生. To a model these are strangers. NFKC (page 01) makes them one. But plain NFKC also takes the Chinese comma for a wide ASCII one; our pipeline leaves Chinese its marks.
# %% [markdown] tags=["zh"]
# ## 全角、半角与形近字符
#
# Ａ 和 A、１ 和 1 是同一个字母、同一个数字，只是宽度不同；从 PDF 复制来的文本里可能有“⽣”，那是*部首* U+2F63，看上去和“生”一模一样。对模型来说，它们互不相识。NFKC（第 01 页）把它们统一起来。不过直接用 NFKC，连中文逗号也会当成全角的英文逗号；我们的流水线给中文保留中文标点。
# %%
odd = "Ａ１，⽣⾦？ﾊﾟ"
plain = unicodedata.normalize("NFKC", odd)
[ours] = characters.decode(characters.encode([odd]))
for name, result in {"as written": odd, "plain NFKC": plain, "our pipeline": ours}.items():
    print(f"{name:14}{result:12}", *(f"{ord(character):X}" for character in result))
assert plain == "A1,生金?パ" and ours == "A1，生金？パ"

# %% [markdown] tags=["en"]
# ## Where does a word end?
#
# With a dictionary one finds all the words that a text *may* hold, and many ways to cut it. One more thing is needed: which way is the most probable. With a probability for each word, its share of some corpus, a way is worth the product of its words. By hand, with a dozen words whose counts are made up: first all ways, then the same best one in a single pass, keeping for every place the best way to it (*dynamic programming*).
# %% [markdown] tags=["zh"]
# ## 词在哪里结束？
#
# 有了词典，就能找出文本里*可能*有的所有词，于是有许多种切法。还缺一样：哪种切法最可能。给每个词一个概率，即它在某个语料库里所占的比例，一种切法的分值就是各词概率之积。下面用十几个词手算，次数是编的：先列出所有切法，再用*动态规划*一遍扫过，对每个位置只记住到达它的最好切法，得到同一个结果。
# %%
COUNTS = {"研究": 40, "研究生": 8, "生命": 30, "起源": 6, "生": 10, "命": 6, "起": 10, "源": 2}
COUNTS |= {"南京": 20, "南京市": 6, "市长": 12, "长江": 10, "大桥": 6, "长江大桥": 2, "江": 8}
COUNTS |= {"市": 15, "研": 1, "究": 1, "南": 10, "京": 5, "长": 30, "大": 60, "桥": 8}
TOTAL = 1000


def ways(text):
    """All ways to cut a text into words of the dictionary."""
    if not text:
        return [[]]
    ends = [end for end in range(1, len(text) + 1) if text[:end] in COUNTS]
    return [[text[:end], *rest] for end in ends for rest in ways(text[end:])]


def worth(way):
    return np.sum(np.log([COUNTS[word] / TOTAL for word in way]))


def best_way(text, log_p):
    """The most probable way, in one pass; log_p gives a word's log-probability, or None."""
    best = [(0.0, 0)]  # of each place: how probable the best way to it is, and its last edge
    for end in range(1, len(text) + 1):
        found = [(start, log_p(text[start:end])) for start in range(end)]
        best.append(max((best[start][0] + p, start) for start, p in found if p is not None))
    way, end = [], len(text)
    while end:
        start = best[end][1]
        way, end = [text[start:end], *way], start
    return way


def by_counts(word):
    return np.log(COUNTS[word] / TOTAL) if word in COUNTS else None


for text in ("研究生命起源", "南京市长江大桥"):
    ranked = sorted(ways(text), key=worth, reverse=True)
    print(f"{text}: {len(ranked)} ways")
    for way in ranked[:4]:
        print(f"   {worth(way):7.1f}  {'/'.join(way)}")
    assert best_way(text, by_counts) == ranked[0]
assert best_way("研究生命起源", by_counts) == ["研究", "生命", "起源"]


# %% [markdown] tags=["en"]
# Seen at once: each bar is a word of the dictionary above the characters that it covers; a way is a chain of bars without a gap. In blue the best one. Taking the *longest* word from the left, which needs no probabilities, begins with 研究生 (a graduate student), and what is left, 命 and 起源, is no sentence.
# %% [markdown] tags=["zh"]
# 画成图一目了然：每个条是词典里的一个词，盖住它所含的字；一种切法就是一串首尾相接的条。蓝色的是最好的切法。如果从左边起总取*最长*的词，就用不着概率，但一开头就取了“研究生”，剩下“命”和“起源”，不成话了。
# %%
def draw_ways(texts):
    families, _ = families_for(texts)
    _, panels = plt.subplots(1, len(texts), figsize=(9, 2.6))
    for panel, text in zip(panels, texts):
        edges = np.cumsum([0, *map(len, best_way(text, by_counts))])
        chosen = set(pairwise(edges.tolist()))
        until = []  # of each line the end of its last bar
        for size in range(1, len(text) + 1):
            lowest = len(until)  # bars of one length begin above those of the last
            for start in range(len(text) - size + 1):
                if text[start : start + size] not in COUNTS:
                    continue
                line = next((i for i in range(lowest, len(until)) if until[i] <= start), None)
                if line is None:
                    line = len(until)
                    until.append(0)
                until[line] = start + size
                colour = "C0" if (start, start + size) in chosen else "0.85"
                panel.barh(line, size - 0.1, 0.75, start + 0.05, color=colour)
                panel.text(
                    start + size / 2,
                    line,
                    text[start : start + size],
                    ha="center",
                    va="center",
                    color="white" if colour == "C0" else "black",
                    fontfamily=families,
                    fontsize=12,
                )
        panel.set(xlim=(0, len(text)), ylim=(-0.6, len(until) - 0.4))
        panel.axis("off")
    plt.tight_layout()
    plt.show()


draw_ways(["研究生命起源", "南京市长江大桥"])

# %% [markdown] tags=["en"]
# jieba does just this, with a dictionary of hundreds of thousands of words and their counts: with its numbers, our ten lines cut as it cuts. (Where characters stand alone it then asks a second model whether they are a word that the dictionary lacks; that part is off here.) `TextPipeline.fit(level="word", language="zh")` uses it. And it remains a guess, as the last lines show: 乒乓球拍卖完了 is "the table-tennis bats are sold out" (乒乓球拍/卖完了) or "the auction of the table-tennis balls is over" (乒乓球/拍卖完了), and nobody can tell from these seven characters; in 把手抬起来, "lift your hand", it sees a door handle (把手).
# %% [markdown] tags=["zh"]
# jieba 做的正是这件事，它的词典有几十万个词及其次数：用它的数，我们这十行代码切得和它一样。（连续的单字，它还要再问另一个模型是不是词典里没有的词；这里关掉了这一步。）`TextPipeline.fit(level="word", language="zh")` 用的就是它。但这终究是猜测，最后几行就是例子：“乒乓球拍卖完了”可以是“乒乓球拍/卖完了”，也可以是“乒乓球/拍卖完了”，只看这七个字谁也说不准；而在“把手抬起来”里，它看到的是门上的把手。
# %%
stories = corpora.grammar(2200 if QUICK else 11_000, language="zh")
held_stories, training_stories = stories[:200], stories[200:]
held = [story.text for story in held_stories]
training = [story.text for story in training_stories]
if has_jieba:
    from mlm_tf.preprocessing.chinese import jieba_tokenizer

    jieba = jieba_tokenizer()

    def by_jieba(word):
        if len(word) > 1 and not jieba.FREQ.get(word):
            return None
        return np.log((jieba.FREQ.get(word) or 1) / jieba.total)

    runs = [run for text in held for run in re.findall(r"[\u4e00-\u9fff]+", text)]
    same = [best_way(run, by_jieba) == jieba.lcut(run, HMM=False) for run in runs]
    num_words = sum(count > 0 for count in jieba.FREQ.values())
    print(f"{num_words:,} words; {np.mean(same):.1%} of {len(runs):,} runs are cut alike")
    for text in ("乒乓球拍卖完了", "把手抬起来", "结婚的和尚未结婚的"):
        print("/".join(jieba.lcut(text)))
    assert np.mean(same) > 0.99
    assert jieba.lcut("把手抬起来")[0] == "把手"

# %% [markdown] tags=["en"]
# ## Characters, subwords, words: what each costs
#
# The corpus is the Chinese of `corpora.grammar`: stories of which we know the true probability, so that there is a limit to compare with. Look at two.
# %% [markdown] tags=["zh"]
# ## 字、子词、词：各自的代价
#
# 语料库是 `corpora.grammar` 的中文故事，它们的真实概率我们知道，所以有一个极限可以对照。先看两篇。
# %%
print(training[0], training[1], sep="\n\n")
levels = {
    "character": TextPipeline.fit(training, language="zh"),
    "subword": TextPipeline.fit(training, level="subword", language="zh", vocabulary_size=2000),
}
if has_jieba:
    words = TextPipeline.fit(training, level="word", language="zh")
    levels |= {
        "word": words,
        "word, 1,000": TextPipeline.fit(
            training, level="word", language="zh", vocabulary_size=1000
        ),
    }

# %% [markdown] tags=["en"]
# Then count. How many types are there as the text grows, and what share of new text is made of types that were never seen? By Heaps' law the number of types grows as a power of the length: a straight line on logarithmic axes.
# %% [markdown] tags=["zh"]
# 再来数一数。文本变长时，词型有多少？新文本里有多大比例是从没见过的？按照希普斯定律，词型数随文本长度按幂律增长，在双对数坐标上是一条直线。
# %%
growth = {"characters": [list(text) for text in training]}
if has_jieba:
    growth["words"] = words.tokenize(training)
tokens_held = {"characters": [list(text) for text in held]}
if has_jieba:
    tokens_held["words"] = words.tokenize(held)
sizes = np.unique(np.geomspace(10, len(training), 12).astype(int))
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
types, never_seen = {}, {}
for name, rows in growth.items():
    known = [{token for row in rows[:size] for token in row} for size in sizes]
    types[name] = [len(each) for each in known]
    asked = [token for row in tokens_held[name] for token in row]
    never_seen[name] = [np.mean([token not in each for token in asked]) for each in known]
    left.loglog(sizes, types[name], marker=".", label=name)
    right.loglog(sizes, np.maximum(never_seen[name], 1e-5), marker=".", label=name)
left.set(xlabel="stories read", ylabel="types")
right.set(xlabel="stories read", ylabel="share of new tokens never seen", ylim=(1e-5, 1))
left.legend()
plt.tight_layout()
plt.show()
assert never_seen["characters"][-1] < 0.001
if has_jieba:
    assert types["words"][-1] > 3 * types["characters"][-1]
    assert never_seen["words"][-1] > 10 * never_seen["characters"][-1]

# %% [markdown] tags=["en"]
# The words keep to the law, and the characters come to an end: after some hundred stories nearly all of them are known. Words are not, since jieba makes ever new ones of names and what stands beside them. What does that mean for a language model? One and the same trigram learns each level. To compare, we take bits for the whole text over its *characters*, which do not depend on the tokens (page 01 took bytes). Before you run it: which level looks best, and which one is?
# %% [markdown] tags=["zh"]
# 词的增长合乎这条定律，字却有尽头：读过几百个故事，字就几乎都认识了。词没有尽头，因为 jieba 总能把人名和旁边的字凑成新词。这对语言模型意味着什么？同一个三元语法模型在每个层级上各学一遍。要比较，就取整段文本的比特数除以它的*字符*数，字符数与怎样切无关（第 01 页用的是字节）。运行之前先想：哪个层级看起来最好，哪个真的最好？
# %%
num_characters = sum(map(len, held))


def trigram(pipeline, texts, asked):
    """Log-probabilities of the texts asked for, a row a text, of a trigram of the others."""
    model = KneserNeyModel(pipeline.num_outcomes, order=3).fit(pipeline.encode(texts))
    return model.log_probs(pipeline.encode(asked))


def bits(log_probs):
    return -sum(row.sum() for row in log_probs) / np.log(2) / num_characters


if has_jieba:  # how an unknown word is spelled: by the characters of the known ones, and an end
    spelling = Counter(c for word in words.vocabulary[6:] for c in [*word, "end"])
    total = sum(spelling.values()) + 2000  # one more for each of 2,000 characters that may come


def bits_to_spell(word):
    return -sum(np.log2((spelling[c] + 1) / total) for c in [*word, "end"])


print(f"{'':15}ids   tokens/character   [UNK]   perplexity   bits/character   and [UNK] spelled")
looks, honest = {}, {}
for name, pipeline in levels.items():
    log_probs = trigram(pipeline, training, held)
    report = pipeline.report(held)
    looks[name] = honest[name] = bits(log_probs)
    if pipeline.level == "word":
        known = set(pipeline.vocabulary)
        unknown = [word for row in tokens_held["words"] for word in row if word not in known]
        honest[name] += sum(map(bits_to_spell, unknown)) / num_characters
    print(
        f"{name:12}{pipeline.vocabulary_size:6,}{report.tokens / num_characters:19.2f}"
        f"{report.unknown_share:8.1%}{perplexity(log_probs):13.1f}{looks[name]:17.2f}"
        f"{honest[name]:20.2f}"
    )
limit = bits(corpora.GrammarLimit("zh").log_probs(held))
print(f"{'the limit':12}{limit:63.2f}{limit:20.2f}")
assert limit < min(honest.values())
if has_jieba:
    assert looks["word, 1,000"] < looks["character"] - 0.5
    assert honest["word, 1,000"] > honest["character"] + 0.5

# %% [markdown] tags=["en"]
# The smaller the vocabulary of words, the better its model looks: `[UNK]` is easily guessed and says nothing. Whoever says "unknown" owes the reader the word. Spelled out, by how frequent the characters of words are, it is the worst row of all. (A model of words could also be credited with every *other* way of cutting that gives the same text, so its true bits are a little lower; on sure ground, where the best way has nearly all of the probability, that is little.) Characters and subwords lose nothing, need no dictionary, and stand far above the limit: a trigram sees two tokens back, and the stories have references that reach over sentences.
#
# ## How long a row?
#
# The same stories in English and in Chinese, cut or padded to 96 tokens: what each level loses and wastes.
# %% [markdown] tags=["zh"]
# 词的词表越小，模型看起来就越好：`[UNK]` 很容易猜，却什么也没说。说了“未知”，就欠读者一个词。按词里各字的频率把它拼写出来，这一行就成了最差的。（严格地说，同一段文本的*其他*切法也应算进词模型的概率，所以它真正的比特数还要低一点；切法有把握时，最好的一种几乎占了全部概率，差别很小。）字和子词什么也不丢，不需要词典，离极限却还很远：三元语法只往回看两个词元，而故事里的照应要跨过好几句。
#
# ## 一行要多长？
#
# 同样的故事，英文和中文，都截断或填充到 96 个词元：看每个层级丢掉多少、浪费多少。
# %%
english = [story.translation.text for story in training_stories]
rows = {"English words": (TextPipeline.fit(english), english)}
rows |= {f"Chinese {name}s": (levels[name], training) for name in ("character", "subword")}
if has_jieba:
    rows["Chinese words"] = (words, training)
print(f"{'':20}tokens a story   tokens cut   places padded")
length = {}
for name, (pipeline, texts) in rows.items():
    report = pipeline.report(texts[:500], max_length=96)
    length[name] = report.lengths.mean()
    print(f"{name:20}{length[name]:14.0f}{report.cut_share:13.0%}{report.padding_share:16.0%}")
assert length["Chinese characters"] > length["Chinese subwords"]
assert length["Chinese characters"] > 1.1 * length["English words"]

# %% [markdown] tags=["en"]
# ## Simplified and traditional
#
# In mainland China and Singapore one writes simplified characters, in Taiwan and Hong Kong traditional ones. The simplification joined characters: 發 (send out) and 髮 (hair) both became 发. So from traditional to simplified is a function, and a table of single signs does it, but for a few words (乾隆, an emperor, keeps his 乾). The way back is not: 发 has two answers, and only the word tells.
# %% [markdown] tags=["zh"]
# ## 简体与繁体
#
# 中国大陆和新加坡写简体字，台湾和香港写繁体字。简化时合并了一些字：发展的“發”和头发的“髮”都成了“发”。所以从繁到简是一个函数，一张单字对照表就够了，例外只有少数几个词（“乾隆”的“乾”不变）。从简到繁却不是：“发”有两个答案，要看它在哪个词里。
# %%
SIGNS = dict(zip("發髮後后乾幹干麵面裡里隻只餘余鐘鍾", "发发后后干干干面面里里只只余余钟钟"))
back = defaultdict(list)
for traditional, simplified in SIGNS.items():
    back[simplified].append(traditional)
print("  ".join(f"{simplified} <- {''.join(several)}" for simplified, several in back.items()))
pairs = {"乾麵": "干面", "白髮": "白发", "三隻": "三只", "皇后": "皇后", "後面": "后面", "鐘": "钟"}
by_signs = {text: text.translate(str.maketrans(SIGNS)) for text in pairs}
choices = {text: np.prod([len(back[c]) for c in text if c in back]) for text in pairs.values()}
print("ways back:", *(f"{text} {number:.0f}" for text, number in choices.items()))
assert by_signs == pairs and choices["干面"] == 6

# %% [markdown] tags=["en"]
# `preprocessing.to_simplified` and `to_traditional` are OpenCC, which has a dictionary of phrases. It gets right what common words decide, and errs where they do not: 余 is a surname too, and stays 余 there; nothing in 余先生 tells OpenCC so.
# %% [markdown] tags=["zh"]
# `preprocessing.to_simplified` 和 `to_traditional` 用的是 OpenCC，它有一部词组词典。由常见的词决定的，它都对；词决定不了的，它就会错：“余”也是姓，作姓时不变，而“余先生”三个字里没有什么能告诉 OpenCC 这一点。
# %%
sentences = ["皇后在后面理发", "能干的人晒干木板", "一只猫只有一只", "余先生说还有余"]
if has_opencc:
    for sentence, converted in zip(sentences, to_traditional(sentences)):
        print(sentence, "->", converted)
    assert to_traditional(["皇后在后面理发"]) == ["皇后在後面理髮"]
    assert to_traditional(["余先生"]) != ["余先生"]  # wrong
    assert to_simplified(to_traditional(sentences)) == sentences
else:
    print("left out: OpenCC is not installed")

# %% [markdown] tags=["en"]
# What does a corpus cost in which both scripts are mixed? Half of the stories become traditional; the question stays: stories in simplified characters. The mixed corpus has more types, and learns each of the changed ones from half of the text; the other half might as well not be there. Converted before `fit`, all is well again. The last row is the accident: trained on simplified, asked in traditional, as by a user from Taiwan. Every character that the vocabulary lacks is three bytes then, and hardly any of them is expected.
# %% [markdown] tags=["zh"]
# 简繁混用的语料库要付出什么代价？把一半故事改成繁体；要预测的不变，仍是简体的故事。混用的语料库词型更多，改过的字又只能从一半文本里学；另一半学了等于没学。在 `fit` 之前先转换，一切恢复正常。最后一行是一次事故：学的是简体，问的却是繁体，比如来了一位台湾用户。词表里没有的字，每个都成了三个字节，而且几乎哪个都没料到。
# %%
if has_opencc:
    half = len(training) // 2
    mixed = [*training[:half], *to_traditional(training[half:])]
    cases = {
        "all simplified": (training, held),
        "the simplified half": (training[:half], held),
        "mixed": (mixed, held),
        "mixed, then converted": (to_simplified(mixed), held),
        "asked in traditional": (training, to_traditional(held)),
    }
    print(f"{'':24}types   bits/character")
    cost = {}
    for name, (texts, asked) in cases.items():
        pipeline = TextPipeline.fit(texts, language="zh")
        cost[name] = bits(trigram(pipeline, texts, asked))
        print(f"{name:24}{pipeline.vocabulary_size - 262:5,}{cost[name]:17.2f}")
    assert corpora.chinese_variant(mixed[-1]) == "traditional"
    assert cost["mixed"] > cost["the simplified half"] - 0.1 > cost["all simplified"]
    assert abs(cost["mixed, then converted"] - cost["all simplified"]) < 0.05
    assert cost["asked in traditional"] > 2 * cost["all simplified"]

# %% [markdown] tags=["en"]
# ## A poet
#
# Now a network that writes, character by character. Where the Tang poems are found (github.com/chinese-poetry, MIT; the poems are in the public domain), it learns from those whose lines all have five or all seven characters, each poem once, in simplified characters where OpenCC is there. Otherwise it learns from about as many characters of stories. The cell says which, and shows one.
# %% [markdown] tags=["zh"]
# ## 写诗
#
# 现在是一个逐字写作的网络。如果找得到唐诗（github.com/chinese-poetry，MIT 许可；诗本身属公有领域），它就学其中五言、七言的诗，每首只取一次，有 OpenCC 时转成简体。否则就学字数相近的故事。下面的单元格会说明学的是哪一种，并举一例。
# %%
MARKS = "，。！？；"


def lines_of(text):
    """The lines of a poem: what stands between its marks."""
    return [line for line in re.split(f"[{MARKS}]", text) if line]


def is_verse(text):
    sizes = set(map(len, lines_of(text)))
    return sizes in ({5}, {7}) and re.fullmatch(rf"[\u4e00-\u9fff{MARKS}]+", text) is not None


if has_poems:
    poems = [poem for name in ("tang", "tang_300") for poem in corpora.chinese_poetry(name)]
    texts = ["".join(poem.sentences) for poem in poems]
    texts = to_simplified(texts) if has_opencc else texts
    poems = {text: poem for text, poem in zip(texts, poems) if is_verse(text)}
    documents = [corpora.Document(str(i), (text,)) for i, text in enumerate(poems)]
    print(f"{len(poems):,} Tang poems, {sum(map(len, poems)):,} characters; one of them:")
    text = next(text for text, poem in poems.items() if poem.author == "李白" and len(text) == 24)
    print(text, f"({poems[text].author}, {poems[text].title})")
else:
    documents = [corpora.Document(str(i), (text,)) for i, text in enumerate(training[:600])]
    print(f"no poems found: {len(documents)} stories of the grammar; one of them:")
    print(documents[0].text)
learned, asked = corpora.split(documents)
learned, asked = [d.text for d in learned], [d.text for d in asked]
writer = TextPipeline.fit(learned, language="zh")
print(f"{len(learned):,} to learn from, {len(asked):,} held back, {writer.vocabulary_size:,} types")
assert not set(learned) & set(asked)


# %% [markdown] tags=["en"]
# How does one measure a poet? Four numbers, none of them taste. **Bits a character** on what was held back, apart for marks and for Chinese characters. **Right**: lines of five or of seven characters, as many as the first line of the poem; in stories, characters before the first that the grammar could not have written. **Copied**: lines that stand in the training text. **Rhymes**: the second, fourth, ... line of a poem rhyme. We need no dictionary of sounds, nor would one help, for the Tang rhymed by sounds that are gone: two characters rhyme if they do so in some poem of the training set. Of neighbouring rhyme places in the poems held back, that finds many times more than of places paired by chance. (For stories there is nothing of the kind.)
# %% [markdown] tags=["zh"]
# 怎样衡量一个诗人？用四个数，没有一个是凭口味。**每字符比特数**，在留出的文本上算，标点（a mark）和汉字（a character）分开。**合格**（right）：诗句是五字或七字，并与全诗首句等长；对故事来说，是在出现语法写不出的字之前的那些字。**照抄**（copied）：训练文本里原样出现过的句子。**押韵**（rhymes）：诗的第二、四……句末字要押韵。我们不需要韵书，今音也帮不上忙，因为唐人押的是唐代的音：两个字只要在训练集的某首诗里押过韵，就算押韵。用这个办法认得出的，留出的诗里相邻的韵脚比随机配对的多好几倍。（故事不押韵。）
# %%
def rhyme_places(text):
    return [line[-1] for line in lines_of(text)[1::2]]


rhyming = {frozenset(pair) for text in learned for pair in combinations(rhyme_places(text), 2)}


def rhymes(texts):
    """The share of neighbouring rhyme places that rhyme, each with another character."""
    pairs = [pair for text in texts for pair in pairwise(rhyme_places(text)) if len(set(pair)) == 2]
    return np.mean([frozenset(pair) in rhyming for pair in pairs]) if pairs else 0.0


known_lines = {line for text in learned for line in lines_of(text)}
grammar_limit = corpora.GrammarLimit("zh")
logging.getLogger("mlm_tf").setLevel(logging.ERROR)  # of each impossible story it says so


def are_right(text):
    """Of each line of a poem, or each character of a story, whether it is as it should be."""
    if has_poems:
        lines = lines_of(text)
        return [len(line) in (5, 7) and len(line) == len(lines[0]) for line in lines]
    return np.isfinite(grammar_limit.log_probs([text])[0][:-1]).tolist()  # false from an error on


def share_right(texts):
    return np.mean([is_right for text in texts for is_right in are_right(text)] or [0.0])


def figures(texts):
    lines = [line for text in texts for line in lines_of(text)]
    return {
        "right": share_right(texts),
        "copied": np.mean([line in known_lines for line in lines] or [0.0]),
        **({"rhymes": rhymes(texts)} if has_poems else {}),
    }


rng = np.random.default_rng(0)
shuffled = rng.permutation([place for text in asked for place in rhyme_places(text)]).tolist()
by_chance = [frozenset(pair) in rhyming for pair in pairwise(shuffled) if len(set(pair)) == 2]
people = figures(asked)
print("by people:", *(f"{name} {value:.0%}" for name, value in people.items()), sep="  ")
assert people["right"] == 1
if has_poems:
    print(f"rhyme places paired by chance: {np.mean(by_chance):.0%}")
    assert people["rhymes"] > 4 * np.mean(by_chance)

# %% [markdown] tags=["en"]
# A GRU (page 04), a few epochs. After each of them it writes some texts (`top_p`, page 08), and we look at their form. Before you run it: what will it learn first, the form, the rhymes or the sense?
# %% [markdown] tags=["zh"]
# 一个 GRU（第 04 页），训练几轮。每一轮之后让它写几十篇（`top_p`，第 08 页），看看格式。运行之前先想：它最先学会什么，格式、押韵，还是意思？
# %%
MOST, TEXTS = 80, 50  # tokens of a text that is written at most; how many are written at a time
width, epochs = (128, 5) if QUICK else (384, 10)
model = build_model("gru", pipeline=writer, hidden_dim=width, embedding_dim=96, dropout=0.2, seed=0)
windows = writer.windows(learned, length=64, batch_size=16, seed=0)
windows_held = writer.windows(asked, length=64, batch_size=16, shuffle=False)


def writes(seed=0):
    return model.generate([""] * TEXTS, max_length=MOST, sampler="top_p", seed=seed)


untrained = writes()
right_after = [share_right(untrained)]  # 0, 1, 2, ... epochs
look = keras.callbacks.LambdaCallback(
    on_epoch_end=lambda *_: right_after.append(share_right(writes()))
)
model.compile(make_optimizer("adamw", epochs * int(windows.cardinality()), learning_rate=0.012))
history = model.fit(
    windows, validation_data=windows_held, epochs=epochs, callbacks=[look], verbose=0
).history
written = [text for seed in range(4) for text in writes(seed)]
for text in [text for text in written if len(text) < MOST - 1][:3]:  # that came to an end
    print("\n".join(re.findall("[^。！？]+[。！？]?", text)), end="\n\n")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
left.plot(right_after, marker=".")
left.set(xlabel="epochs", ylabel="share right", ylim=(0, 1.02), xticks=range(epochs + 1))
for name, label in {"loss": "training", "val_loss": "held back"}.items():
    right.plot(np.arange(1, epochs + 1), np.array(history[name]) / np.log(2), label=label)
right.set(xlabel="epochs", ylabel="bits a token", xticks=range(1, epochs + 1))
right.legend()
plt.tight_layout()
plt.show()
assert right_after[-1] > right_after[0] + (0.5 if has_poems else 0.05)

# %% [markdown] tags=["en"]
# The form comes first: lines of one length long before there is any sense in them. The table says what else came. Beside the network stand characters drawn by how frequent they are, characters drawn from those that followed the last one in some poem, a smoothed trigram (for the bits), and the network before training, which begins as the unigram.
# %% [markdown] tags=["zh"]
# 最先学会的是格式：句子还没有意思，字数就已经整齐了。还学会了什么，看下面的表。与网络并列的有：按频率抽字，从训练集里上一个字后面出现过的字中抽，平滑过的三元语法（只看比特数），以及训练前的网络，它的起点就是一元语法。
# %%
ids = writer.encode(asked)
tokens = [writer.vocabulary[i] for row in ids for i in row[1:]]
followers = {0: [], 1: defaultdict(list)}
for row in writer.encode(learned):
    followers[0] += row[1:].tolist()
    for now, after in pairwise(row.tolist()):
        followers[1][now].append(after)


def drawn(from_followers):
    """A text of tokens that occur, or that occurred after the last one."""
    row = [writer.start_id]
    while row[-1] != writer.end_id and len(row) < MOST:
        among = followers[1][row[-1]] if from_followers else followers[0]
        row.append(among[rng.integers(len(among))])
    return writer.decode(row)


def bits_of_kinds(log_probs, tokens=tokens):
    """Bits a mark, and bits a character that is none; the ends of texts are left aside."""
    spent = -np.concatenate(log_probs) / np.log(2)
    kinds = np.array(["end" if t == "[END]" else "mark" if t in MARKS else "" for t in tokens])
    others = sum(character not in MARKS for text in asked for character in text)
    return {
        "a mark": spent[kinds == "mark"].mean(),
        "a character": spent[kinds == ""].sum() / others,
    }


def log_probs_of_model():
    """As `model.score` gives them, here for all texts in rows of one length."""
    found = []
    for x, y, weight in writer.rows(asked, max(map(len, ids)), batch_size=4, shuffle=False):
        log_probs = keras.ops.log_softmax(model.predict_on_batch(x))  # (4, length, types)
        chosen = np.take_along_axis(np.array(log_probs), np.array(y)[..., None], axis=-1)[..., 0]
        found += [row[is_token] for row, is_token in zip(chosen, np.array(weight) > 0)]
    return found


# %%
table = ResultTable(
    "Tang poems" if has_poems else "stories of the grammar",
    [
        Column("a mark", ".2f", "lowest"),
        Column("a character", ".2f", "lowest"),
        Column("right", ".0%"),
        Column("copied", ".0%", None),
        *([Column("rhymes", ".0%")] if has_poems else []),
    ],
    ["a mark, a character: bits on what was held back."],
)
encoded = writer.encode(learned)
outcomes = writer.num_outcomes
for name, counted, from_followers in (
    ("drawn by frequency", UnigramModel(outcomes), False),
    ("drawn from what followed", KneserNeyModel(outcomes, order=2), True),
):
    samples = [drawn(from_followers) for _ in range(200)]
    log_probs = counted.fit(encoded).log_probs(ids)
    table.add(name, bits_of_kinds(log_probs) | figures(samples), kind="baseline")
log_probs = KneserNeyModel(outcomes, order=3).fit(encoded).log_probs(ids)
table.add("trigram, Kneser-Ney", bits_of_kinds(log_probs), kind="baseline")
table.add("GRU, untrained", figures(untrained), kind="baseline")
table.add("GRU", bits_of_kinds(log_probs_of_model()) | figures(written))
if not has_poems:
    characters_asked = [t for text in asked for t in (*grammar_limit.tokenize(text), "[END]")]
    log_probs = grammar_limit.log_probs(asked)
    table.add("the limit", bits_of_kinds(log_probs, characters_asked), kind="baseline")
print(table.to_markdown())
assert table.mean("GRU", "a mark") < 0.7 * table.mean("trigram, Kneser-Ney", "a mark")
assert table.mean("GRU", "right") > table.mean("drawn from what followed", "right") + (
    0.4 if has_poems else 0.05
)
gain = table.mean("trigram, Kneser-Ney", "a character") - table.mean("GRU", "a character")
assert gain < 0.3 if has_poems else gain > 0.3
assert table.mean("GRU", "copied") < 0.3

# %% [markdown] tags=["en"]
# Where does the network beat counting? On the marks, by far: whoever counts two characters back cannot know that this is the fifth. On the characters themselves it is hardly better than a smoothed trigram, if at all: a thousand poems are little, and the next character of a poem is hard to guess. (In stories, where it often follows from what was said, the network wins there too, and the last row says how far it still is to the limit.) Its lines are its own. In verse they rhyme hardly more than by chance, as the last column shows: a rhyme is a thing of sounds, two lines back, and nothing in the text spells it. A poet who is to rhyme needs far more poems, or a rule on what it may write at the end of a line.
#
# ## A failure made on purpose: the wrong encoding
#
# Older Chinese files are often in GB18030, or in GBK, which is a part of it. Read as Latin-1, which takes every byte for a character, nothing fails: the text has twice the characters, most of them letters with accents. And the model looks *better*.
# %% [markdown] tags=["zh"]
# 网络在哪里胜过计数？主要在标点上，而且胜出很多：只往回数两个字，不可能知道这是第五个字。在汉字本身上，它几乎不比平滑过的三元语法强：一千多首诗太少，而诗的下一个字本来就难猜。（故事的下一个字常常可以从前文推出，网络在那里也胜过计数，表的最后一行说明离极限还有多远。）它的句子是自己的。写诗时，最后一列说明它押韵并不比碰巧多多少：押韵是声音的事，隔着两句，文本里又没有写出读音。要想押韵，得有多得多的诗，或者定一条规则，限定句末能放哪些字。
#
# ## 一次故意的失败：编码错了
#
# 较早的中文文件常用 GB18030 编码，或者它的子集 GBK。拿 Latin-1 去读，每个字节都算一个字符，什么错也不会报：字符数翻了一倍，满篇带重音符号的字母。而模型看起来*更好*了。
# %%
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "stories.txt")
    path.write_text("\n".join(training), encoding="gb18030")
    wrong = path.read_text(encoding="latin-1").splitlines()
    try:
        corpora.from_text_file(path)
    except InvalidFileError as error:
        said = str(error).replace(str(path), path.name)
wrong_held = [text.encode("gb18030").decode("latin-1") for text in held]
garbled = TextPipeline.fit(wrong, level="character", language="any", normalization=None)
by_garbled = trigram(garbled, wrong, wrong_held)
right = trigram(levels["character"], training, held)
print(
    "perplexity:", f"{perplexity(by_garbled):.1f} garbled, {perplexity(right):.1f} as it should be"
)
print("it reads:  ", wrong[0][:24])
assert perplexity(by_garbled) < 0.8 * perplexity(right)

# %% [markdown] tags=["en"]
# The diagnosis is to look at the text, as ever; and two questions that a program can ask. Which script is it in (`corpora.writing_of`)? How many bits are there per character of the *true* text? `corpora.from_text_file` refuses to guess and says what the file looks like. Since Latin-1 loses no byte, the damage can be undone; with `errors="replace"` or `"ignore"` it cannot.
# %% [markdown] tags=["zh"]
# 诊断的办法还是那一条：看一眼文本。程序也能问两个问题：它是什么文字（`corpora.writing_of`）？按*真正*的文本，每个字符要多少比特？`corpora.from_text_file` 不会乱猜，它拒绝读入，并说出文件像是什么编码。Latin-1 一个字节也不丢，所以还能复原；如果当初用了 `errors="replace"` 或 `"ignore"`，就复原不了了。
# %%
print("script:        ", corpora.writing_of(wrong[:100]).name)
print("bits/character:", f"{bits(by_garbled):.2f} garbled, {bits(right):.2f} as it should be")
print("from_text_file:", said)
repaired = [text.encode("latin-1").decode("gb18030") for text in wrong]
assert bits(by_garbled) > bits(right) + 0.3
assert repaired == training and corpora.writing_of(repaired).language == "zh"

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **10.1** How many bytes has `"买了3本书！"` in UTF-8?
#
# **10.2** A dictionary in which every single character and every two in a row are a word: how many ways are there to cut a text of six characters?
#
# **10.3** A model of words has the perplexity 256 on a text of 1,000 words and 1,600 characters, no word unknown, ends left aside. How many bits a character is that?
#
# **10.4** One conversion can be done sign by sign, with a table and hardly an error; the other needs the words around. Which one needs only the table: `"to simplified"` or `"to traditional"`?
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **10.1** `"买了3本书！"` 在 UTF-8 里占多少个字节？
#
# **10.2** 在一部词典里，每个单字、每两个相邻的字都是词。一段六个字的文本有多少种切法？
#
# **10.3** 一个词模型在一段 1,000 个词、1,600 个字符的文本上困惑度是 256，没有未知词，结尾不计。每字符是多少比特？
#
# **10.4** 有一个方向的转换可以逐字进行，一张对照表就够，几乎不会错；另一个方向要看前后的词。只要对照表的是哪个方向：转成简体（`"to simplified"`），还是转成繁体（`"to traditional"`）？
# %%
number_of_bytes = ...
course.check("10.1", number_of_bytes)

number_of_ways = ...
course.check("10.2", number_of_ways)

bits_a_character = ...
course.check("10.3", bits_a_character)

needs_only_a_table = ...
course.check("10.4", needs_only_a_table)


# %% [markdown] tags=["en"]
# **10.5** Write the longest match: from the left, always the longest word of the set `words` that begins here; where none does, the one character. It returns the list of pieces, which together are the text.
#
# **10.6** Write a cut by bytes that breaks no character: the longest beginning of `text` whose UTF-8 has at most `most` bytes.
# %% [markdown] tags=["zh"]
# **10.5** 写出最长匹配：从左边起，总取集合 `words` 里以此处开头的最长的词；一个也没有时，就取这一个字。返回各段组成的列表，连起来就是原文。
#
# **10.6** 写出不会截断字符的按字节截断：`text` 的开头部分里，UTF-8 不超过 `most` 个字节的最长一段。
# %%
def longest_match(text, words):
    return ...


course.check("10.5", longest_match)


def first_bytes(text, most):
    return ...


course.check("10.6", first_bytes)

# %% [markdown] tags=["en"]
# ## Summary
#
# - A Chinese character is one code point, mostly three bytes and two columns. NFKC makes one of full-width and half-width letters and of look-alikes; Chinese marks should stay what they are.
# - Words are found, not given: the most probable way through a dictionary. Characters need no such guess, are soon all known, and nothing of them is lost.
# - Levels are compared by bits a character, and `[UNK]` must be spelled; otherwise the smallest vocabulary wins.
# - Simplified and traditional are two alphabets to a model. Convert before `fit` and before every call; to simplified is a table, to traditional needs words and errs on names.
# - A network learns the form of verse soon, its rhymes hardly. Measure what can be measured: lines, copies, rhymes, each beside a baseline.
# - A wrong encoding trains without an error and looks better. Look at the text.
#
# **To read**: Sproat et al. 1996, *A Stochastic Finite-State Word-Segmentation Algorithm for Chinese*, sections 1 and 2 (what a word is, and the best way); Li et al. 2019, *Is Word Segmentation Necessary for Deep Learning of Chinese Representations?*, sections 1 and 3; Mielke 2019, *Can you compare perplexity across different segmentations?*; Zhang and Lapata 2014, *Chinese Poetry Generation with Recurrent Neural Networks*, sections 1 and 3. The code: `mlm_tf/preprocessing/chinese.py`, `mlm_tf/preprocessing/chinese_variants.py`, `mlm_tf/corpora/poetry.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 一个汉字是一个码点，大多占三个字节、两列。NFKC 统一全角与半角、统一形近字符；中文标点应当保持原样。
# - 词不是现成的，是找出来的：词典里最可能的一条路。字用不着猜，很快就都认识，而且什么也不丢。
# - 不同层级要按每字符比特数来比，`[UNK]` 必须拼写出来；否则词表最小的总是赢。
# - 对模型来说，简体和繁体是两套字。`fit` 之前、每次调用之前都要转换；转成简体查表即可，转成繁体要看词，遇到姓名会错。
# - 网络很快学会诗的格式，却几乎学不会押韵。能量的都量一量：字数、照抄、押韵，旁边都要有基线。
# - 编码错了照样能训练，不报错，还显得更好。要看一眼文本。
#
# **延伸阅读**：Sproat 等，1996，*A Stochastic Finite-State Word-Segmentation Algorithm for Chinese*，第 1、2 节（什么是词，以及最好的切法）；Li 等，2019，*Is Word Segmentation Necessary for Deep Learning of Chinese Representations?*，第 1、3 节；Mielke，2019，*Can you compare perplexity across different segmentations?*；Zhang 和 Lapata，2014，*Chinese Poetry Generation with Recurrent Neural Networks*，第 1、3 节。代码：`mlm_tf/preprocessing/chinese.py`、`mlm_tf/preprocessing/chinese_variants.py`、`mlm_tf/corpora/poetry.py`。
