# %% [markdown] tags=["en"]
# # 14 Translation: an encoder reads, a decoder writes, attention shows what it looks at
#
# **You will be able to** learn from pairs of sentences which word stands for which (IBM model 1), measure translations by BLEU and say what it counts, build an encoder and a decoder whose state carries over, say what attention adds, and see in a picture which word was read to write which.
#
# **You need to know** what an LSTM passes on (page 04), what attention weights are (page 05), and how a text is written token by token (page 08).
#
# **It takes** about 20 minutes to read and about a minute to run on two CPU cores, with 1.8 GB of memory.
#
# A translation is a text written from another one. A language model gives $p(w_t \mid w_1 \dots w_{t-1})$; a translator gives $p(w_t \mid w_1 \dots w_{t-1}, \text{source})$, and is trained and decoded in the same way. What is new is how the source comes in. This page follows its history: first by counting, then through one vector, then by looking at every word.
# %% [markdown] tags=["zh"]
# # 14 机器翻译：编码器读，解码器写，注意力让人看到它在看哪里
#
# **学完本页，你能够**从句对中学出哪个词对应哪个词（IBM 模型 1），用 BLEU 衡量译文并说清它数的是什么，搭出状态前后相接的编码器和解码器，说清注意力多给了什么，并从图上看出写每个词时读的是哪个词。
#
# **预备知识**：LSTM 传递什么（第 04 页），什么是注意力权重（第 05 页），文本怎样一个词元一个词元地写出来（第 08 页）。
#
# **所需时间**：阅读约 20 分钟，在两个 CPU 核上运行约一分钟，占用内存 1.8 GB。
#
# 翻译就是根据一段文本写出另一段文本。语言模型给出 $p(w_t \mid w_1 \dots w_{t-1})$，翻译模型给出 $p(w_t \mid w_1 \dots w_{t-1}, \text{源句})$，训练和解码的办法都一样。新的问题是源句怎样进来。本页按历史的顺序走：先靠计数，再靠一个向量，最后是看遍每一个词。
# %%
# %matplotlib inline
from collections import Counter

import keras
import numpy as np

from mlm_tf import build_model, corpora, course
from mlm_tf.baselines import IBM1
from mlm_tf.layers import CrossAttention
from mlm_tf.tasks import Column, ResultTable, Rows, split_rows
from mlm_tf.tasks.translation import (
    Translator,
    references_of,
    scores,
    short_pairs,
    signature,
    word_by_word,
)

# %% [markdown] tags=["en"]
# ## The data
#
# The pairs are sentences of stories that a grammar tells in English and in Chinese at once (`corpora.grammar`). The two languages differ in what matters here: the order of the words, words that one has and the other has not, and no spaces in Chinese. We take short sentences of two topics. Look at some before anything is learned.
# %% [markdown] tags=["zh"]
# ## 数据
#
# 句对来自一个语法同时用英文和中文讲的故事（`corpora.grammar`）。两种语言的差别正是这里要紧的：词序不同，有的词一边有而另一边没有，中文词与词之间没有空格。我们只取两个主题里的短句。先看几对，再谈学习。
# %%
stories = corpora.grammar(5000 if QUICK else 24_000)
told = [story for story in stories if story.topic in ("music", "cooking")]
pairs = [pair for story in told for pair in story.pairs]
pairs = short_pairs(pairs, number=len(pairs), most_tokens=20)
for pair in pairs[:6]:
    print(f"{pair.source}\n    {pair.target}")
sources = [pair.source for pair in pairs]
targets = [pair.target for pair in pairs]
print(f"{len(pairs):,} pairs, {len(set(sources)):,} different sources")

# %% [markdown] tags=["en"]
# A tenth is set aside to measure on, *by source*: all translations of one sentence stand on one side. Where pairs are drawn one by one, sentences that occur twice are learned from and then asked for. How many that would be here, is counted below. On the Tatoeba pairs of English and French, where a sentence has several translations, it is more than a tenth of the test.
# %% [markdown] tags=["zh"]
# 留出十分之一用来测量，而且*按源句*划分：同一个句子的所有译文都在同一边。如果一对一对地抽，出现两次的句子就会先学后考。下面数一数这里会有多少。在 Tatoeba 的英法句对里，一句话常有好几个译文，这样的句子会超过测试集的十分之一。
# %%
training, held = split_rows(Rows(sources, targets), by_class=False)
draw = np.random.default_rng(0).permutation(len(pairs))[: len(held.inputs)]
rest = {sources[i] for i in set(range(len(pairs))) - set(draw.tolist())}
print(f"by source: {len(training.inputs):,} pairs to learn from, {len(held.inputs):,} held out")
print(f"learned from and asked for, by source: {len(set(training.inputs) & set(held.inputs))}")
print(f"the same, pair by pair: {sum(sources[i] in rest for i in draw)}")
assert not set(training.inputs) & set(held.inputs)
assert any(sources[i] in rest for i in draw)

# %% [markdown] tags=["en"]
# ## Which word stands for which? By hand
#
# Three pairs, and nobody says which word belongs to which. IBM model 1 (Brown et al. 1993) begins even, and then repeats two steps. **E-step**: every target word is shared out among the words of its source, by the present probabilities $t(f \mid e)$. **M-step**: the shares are counted as if they were occurrences, and give the next $t$. "das" occurs in both pairs that have "the", so its share grows, and what it takes from "the" the others lose.
# %% [markdown] tags=["zh"]
# ## 哪个词对应哪个词？手算一遍
#
# 三个句对，没有人告诉我们哪个词对应哪个词。IBM 模型 1（Brown 等，1993）从均匀的概率出发，反复做两步。**E 步**：按当前的概率 $t(f \mid e)$，把每个目标词分摊给源句里的各个词。**M 步**：把分到的份额当作出现次数来数，得到下一个 $t$。“das”在两个含有“the”的句对里都出现，它的份额于是增大；它从“the”那里多得的，别的词就少得。
# %%
toy = [("the house", "das Haus"), ("the book", "das Buch"), ("a book", "ein Buch")]
toy = [(source.split(), target.split()) for source, target in toy]
t = {(f, e): 0.25 for source, target in toy for e in source for f in target}
print("step   das|the   Buch|the   Buch|book   ein|a")
for step in range(1, 9):
    counts, totals = Counter(), Counter()
    for source, target in toy:
        for f in target:
            for e in source:
                share = t[f, e] / sum(t[f, other] for other in source)  # E
                counts[f, e] += share
                totals[e] += share
    t = {(f, e): counts[f, e] / totals[e] for f, e in counts}  # M
    if step in (1, 2, 4, 8):
        shown = [t["das", "the"], t["Buch", "the"], t["Buch", "book"], t["ein", "a"]]
        print(f"{step:4}" + "".join(f"{p:10.3f}" for p in shown))
ours = IBM1(iterations=8, empty_word=False).fit(*zip(*toy))
assert all(np.isclose(ours.probability(f, e), p) for (f, e), p in t.items())
assert t["das", "the"] > 0.9

# %% [markdown] tags=["en"]
# `IBM1` computes the same for all pairs at once. With it we have a first translator and the baseline of this page: each English word becomes its most probable piece of Chinese, in its place. Many words are right, and the order is English.
# %% [markdown] tags=["zh"]
# `IBM1` 对所有句对一次算完同样的东西。有了它，我们就有了第一个翻译器，也是本页的基线：每个英文词原地换成最可能的那段中文。很多词都对，语序却还是英文的。
# %%
references = references_of(held.inputs, pairs)  # each source with all its translations
asked, wanted = list(references), list(references.values())
by_words = word_by_word(training, asked)
for source, written in list(zip(asked, by_words))[:4]:
    print(f"{source}\n    {written}\n    {references[source][0]}")


# %% [markdown] tags=["en"]
# ## BLEU by hand
#
# How good is that? BLEU (Papineni et al. 2002) counts how many of the 1, 2, 3 and 4 tokens in a row of a translation also stand in a reference, each at most as often as there; takes the geometric mean of the four shares; and takes off for what is too short, since leaving words out would otherwise pay. In Chinese the tokens are characters. Below by hand for one sentence, and by `sacrebleu`, which every table of this course uses.
# %% [markdown] tags=["zh"]
# ## 手算 BLEU
#
# 这样的译文有多好？BLEU（Papineni 等，2002）数一数译文里连续 1、2、3、4 个词元的片段有多少也出现在参考译文里，每个片段最多数参考译文里出现的次数；对四个比例取几何平均；太短还要扣分，不然漏译反而占便宜。中文的词元是字。下面对一个句子手算，再用 `sacrebleu` 算一遍，本课程的所有表格都用它。
# %%
def ngrams(tokens, n):
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


written, reference = "他真的很高兴。", "那天他真的很高兴。"
shares = []
for n in range(1, 5):
    found, allowed = ngrams(written, n), ngrams(reference, n)
    matches = sum(min(count, allowed[gram]) for gram, count in found.items())
    shares.append(matches / sum(found.values()))
brevity = min(1, np.exp(1 - len(reference) / len(written)))
bleu = 100 * brevity * np.exp(np.mean(np.log(shares)))
print(f"shares {shares}, brevity {brevity:.3f}, BLEU {bleu:.1f}")
assert np.isclose(bleu, scores([written], [[reference]])["BLEU"])
print("repeated:", round(scores(["他他他他他他他他他"], [[reference]])["BLEU"], 1))
print("how sacrebleu was asked:", signature([reference]).split(";")[0])

# %% [markdown] tags=["en"]
# ## One vector: the state carries over
#
# An encoder reads the source; its last state is where the decoder begins (Sutskever et al. 2014). All that the decoder ever knows of the source is that state: two vectors, however long the sentence was. Our model and the same one of `keras.layers.LSTM` with its weights give equal scores.
# %% [markdown] tags=["zh"]
# ## 一个向量：状态接着用
#
# 编码器读完源句，解码器就从它最后的状态开始（Sutskever 等，2014）。关于源句，解码器知道的全部就是这个状态：不管句子多长，都只有两个向量。我们的模型，和用 `keras.layers.LSTM` 加上同样权重搭出的模型，给出相同的得分。
# %%
rng = np.random.default_rng(0)
small = build_model(
    "lstm", "seq2seq_lm", vocabulary_size=20, target_vocabulary_size=30, hidden_dim=8, seed=0
)
source_ids, target_ids = rng.integers(6, 20, size=(2, 5)), rng.integers(6, 30, size=(2, 7))
ours = small({"encoder_token_ids": source_ids, "decoder_token_ids": target_ids})  # (2, 7, 30)

encoder = keras.layers.LSTM(8, return_state=True)
decoder = keras.layers.LSTM(8, return_sequences=True)
for theirs, block in ((encoder, small.encoder_blocks[0]), (decoder, small.blocks[0])):
    theirs.build((2, None, 8))
    theirs.set_weights(block.get_weights())
_, h, c = encoder(small.source_embedding(source_ids))  # (2, 8) each: all that is known
hidden = decoder(small.embedding(target_ids), initial_state=[h, c])  # (2, 7, 8)
print("the source, 5 words:", h.shape, "and", c.shape, " scores:", ours.shape)
assert np.allclose(ours, small.logits(hidden), atol=1e-5)

# %% [markdown] tags=["en"]
# ## Looking back: cross-attention
#
# Attention takes the narrow place away (Bahdanau et al. 2015): at every step the decoder looks at *all* positions of the source. The formula is that of page 05; only the queries come from what is written, the keys and values from what is read. The weights are a table with a row for each target position and a column for each source position.
# %% [markdown] tags=["zh"]
# ## 回头看：交叉注意力
#
# 注意力去掉了这个瓶颈（Bahdanau 等，2015）：每写一步，解码器都看源句的*所有*位置。公式就是第 05 页的公式，只是查询来自正在写的，键和值来自读到的。权重是一张表，每个目标位置一行，每个源位置一列。
# %%
context, x = rng.normal(size=(1, 5, 8)), rng.normal(size=(1, 3, 8))  # 5 words read, 3 written
context, x = context.astype("float32"), x.astype("float32")
layer = CrossAttention(hidden_dim=8, num_heads=1)
y, alpha = layer(x, context=context, return_attention_scores=True)

w_q, w_k, w_v, w_o = layer.get_weights()  # each (8, 8)
q, k, v = x[0] @ w_q, context[0] @ w_k, context[0] @ w_v  # (3, 8), (5, 8), (5, 8)
exps = np.exp(q @ k.T / np.sqrt(8))  # (3, 5)
by_hand = exps / exps.sum(axis=1, keepdims=True)

theirs = keras.layers.MultiHeadAttention(1, 8, use_bias=False)
theirs.build(x.shape, context.shape)
theirs.set_weights([w.reshape(8, 1, 8) for w in (w_q, w_k, w_v)] + [w_o.reshape(1, 8, 8)])
print("weights:", alpha.shape, " (texts, heads, words written, words read)")
assert np.allclose(alpha[0, 0], by_hand, atol=1e-5)
assert np.allclose(y[0], by_hand @ v @ w_o, atol=1e-5)
assert np.allclose(y, theirs(x, context), atol=1e-5)

# %% [markdown] tags=["en"]
# ## Training both
#
# `Translator` puts a pipeline on each side, builds the model (`build_model`, `task="seq2seq_lm"`), and trains it as page 07 does, but for two things. **Label smoothing**: the right word counts as right with probability 0.9, and the rest is shared out evenly among all words, so that the model does not learn its few pairs by heart. And the weights that it keeps are the last: its translations go on becoming better when its perplexity no longer does. Two models are trained that differ in one thing: the second decoder has a cross-attention block. Beside them stand the source as it is, word by word, and the model before training.
#
# Before you run it: which of the two will be better, and will the worse one beat word by word, with so few pairs?
# %% [markdown] tags=["zh"]
# ## 训练两个模型
#
# `Translator` 在两边各放一条流水线，搭好模型（`build_model`，`task="seq2seq_lm"`），并按第 07 页的办法训练，只有两处不同。一是**标签平滑**（label smoothing）：正确的词只算有 0.9 的概率正确，其余的概率平分给所有的词，免得模型把为数不多的句对背下来。二是保留最后的权重：困惑度不再下降之后，译文还会继续变好。要训练的两个模型只差一处：第二个的解码器多一个交叉注意力块。与它们并列的有：源句原样、逐词翻译、训练前的模型。
#
# 运行之前先想：两个模型哪个更好？句对这样少，较差的那个能胜过逐词翻译吗？
# %%
columns = [Column("BLEU", ".1f"), Column("chrF", ".1f"), Column("exact", ".1%")]
table = ResultTable("English to Chinese, sentences of the grammar", columns)
table.add("the source, as it is", scores(asked, wanted), kind="baseline")
table.add("word by word (IBM model 1)", scores(by_words, wanted), kind="baseline")

settings = {"hidden_dim": 128 if QUICK else 256, "epochs": 8, "num_beams": 1}
with_attention = Translator(**settings, model="attention").fit(*training)
without = Translator(**settings, model="lstm").fit(*training)

untrained = Translator(num_beams=1)
untrained.model = build_model(
    "lstm",
    "seq2seq_lm",
    pipeline=without.model.pipeline,
    target_pipeline=without.model.target_pipeline,
    hidden_dim=16,
    max_sequence_length=without.model.max_sequence_length,
    seed=0,
)
table.add("LSTM, untrained", untrained.evaluate(*held), kind="baseline")
table.add("LSTM, the state alone", without.evaluate(*held))
table.add("LSTM with attention", with_attention.evaluate(*held))
print(table.to_markdown())
attended, alone = (table.mean(row.name, "BLEU") for row in table.rows[:2:-1])
assert table.beats_baselines("LSTM with attention", "BLEU")
assert attended > alone + 8

# %% [markdown] tags=["en"]
# ## Attention seen
#
# With some thousand pairs one state is too narrow a place: it takes far more of them before it beats counting clearly, while attention needs to learn only where to look. The held-out sentence that was translated best, its translation, and the weights with which each Chinese character read each English word. Follow the dark cells: where they leave the diagonal, the languages put their words in another order.
# %% [markdown] tags=["zh"]
# ## 看见注意力
#
# 只有几千个句对时，一个状态实在太窄：要明显胜过计数，它需要多得多的句对；而注意力只需学会往哪里看。留出的句子里译得最好的一句、它的译文，以及写每个汉字时读每个英文词的权重。顺着深色的格子看：离开对角线的地方，就是两种语言语序不同的地方。
# %%
written = with_attention.translate(asked)
share = {
    source: scores([text], [references[source]])["chrF"] for source, text in zip(asked, written)
}
source = max(asked, key=lambda text: share[text])  # the one that is translated best
alignment = with_attention.attention(source)
print(source, "->", "".join(alignment.target_words[:-1]))
assert np.allclose(alignment.weights.sum(axis=1), 1, atol=1e-4)
alignment.figure()

# %% [markdown] tags=["en"]
# Nobody told the model which words belong together; it found that out because it helps to predict. So did IBM model 1, in another way. Do they agree? For each character that was written, take the word that each of them points at.
# %% [markdown] tags=["zh"]
# 没有人告诉模型哪些词相对应，它自己学会了，因为这有助于预测。IBM 模型 1 用另一种办法也学会了。两者一致吗？对每个写出的汉字，看它们各自指向哪个词。
# %%
words, characters = with_attention.model.pipeline, with_attention.model.target_pipeline
counted = IBM1().fit(words.tokenize(training.inputs), characters.tokenize(training.targets))
agree, chance = [], []
for source in asked[:150]:
    alignment = with_attention.attention(source, references[source][0])
    read, written = alignment.source_words[1:-1], alignment.target_words[:-1]
    by_counting = counted.shares(read, written)  # (characters, words)
    by_reading = alignment.weights[:-1, 1:-1]
    clear = by_counting.max(axis=1) > 0.5  # where counting is sure
    agree += (by_counting.argmax(axis=1) == by_reading.argmax(axis=1))[clear].tolist()
    chance += [1 / len(read)] * int(clear.sum())
print(f"they point at the same word: {np.mean(agree):.0%}, by chance {np.mean(chance):.0%}")
assert np.mean(agree) > 2.5 * np.mean(chance)

# %% [markdown] tags=["en"]
# ## A failure made on purpose: one line too many
#
# Files of sentence pairs are easily broken: a blank line in one of them, and from there on every sentence stands beside another one's translation. A network trained on that does not crash. Its loss falls, since it learns to write Chinese, and its output is fluent; it only has nothing to do with the source. Counting notices at once: shift the targets by one line, and look at how probable IBM model 1 finds them, beside a model for which every source is the same word.
# %% [markdown] tags=["zh"]
# ## 一次故意的失败：多了一行
#
# 句对文件很容易出错：其中一个多了一个空行，从那里起每个句子旁边就都是别的句子的译文。在这样的文件上训练，网络不会报错。损失照样下降，因为它在学写中文，写出来的也通顺，只是与源句毫无关系。计数一眼就能发现：把目标句错开一行，看 IBM 模型 1 认为它们有多大可能，再与一个把所有源句都当作同一个词的模型比较。
# %%
source_words = words.tokenize(training.inputs)
target_words = characters.tokenize(training.targets)
files = {
    "as it is": (source_words, target_words),
    "one line off": (source_words, target_words[1:] + target_words[:1]),
}
nothing = [["same"]] * len(source_words)
tokens = sum(map(len, target_words))


def gain(sources, targets):
    """Nats a character by which the sources make the targets more probable."""
    totals = []
    for given in (sources, nothing):
        model = IBM1(iterations=6).fit(given, targets)
        total = model.log_likelihoods[-1]
        total -= sum(len(t) * np.log(len(s) + 1) for s, t in zip(given, targets))
        totals.append(total)
    return (totals[0] - totals[1]) / tokens


gains = {name: gain(*file) for name, file in files.items()}
for name, value in gains.items():
    print(f"{name:14}{value:6.2f} nats a character")
assert gains["as it is"] > gains["one line off"] + 0.3

# %% [markdown] tags=["en"]
# ## Greedy, or with beams
#
# Greedy takes the most probable character at each step; beam search keeps several beginnings (page 08) and looks for the most probable whole. Both are the same model; what differs is how hard one looks.
# %% [markdown] tags=["zh"]
# ## 贪心，还是束搜索
#
# 贪心每一步取最可能的字；束搜索同时保留几个开头（第 08 页），找整句最可能的译文。模型是同一个，差别只在找得有多仔细。
# %%
some = asked[:150]
some_wanted = [references[source] for source in some]
for num_beams in (1, 4):
    figures = scores(with_attention.translate(some, num_beams), some_wanted)
    print(f"{num_beams} beams: BLEU {figures['BLEU']:.1f}, exact {figures['exact']:.0%}")

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **14.1** Two pairs: "a b" with "x y", and "a" with "x". No empty word, $t$ begins even. What is $t(x \mid a)$ after one step of EM?
#
# **14.2** A translation has 9 tokens, its reference 12. By what does BLEU multiply the mean of the shares?
#
# **14.3** An LSTM encoder and decoder with `hidden_dim=128`, one layer each and no attention, translate a sentence of 25 tokens. How many numbers does the decoder know of the source?
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **14.1** 两个句对：“a b”对“x y”，“a”对“x”。没有空词，$t$ 从均匀开始。做一步 EM 之后，$t(x \mid a)$ 是多少？
#
# **14.2** 译文有 9 个词元，参考译文有 12 个。BLEU 要给几个比例的平均乘上多少？
#
# **14.3** LSTM 编码器和解码器各一层，`hidden_dim=128`，没有注意力，翻译一个 25 个词元的句子。关于源句，解码器知道多少个数？
# %%
after_one_step = ...
course.check("14.1", after_one_step)

brevity_penalty = ...
course.check("14.2", brevity_penalty)

numbers_known = ...
course.check("14.3", numbers_known)


# %% [markdown] tags=["en"]
# **14.4** Write the share that BLEU counts, for one translation and several references, all lists of tokens: of the translation's `n` tokens in a row, how many stand in a reference, each at most as often as in the reference that has it most often. Of a translation with fewer than `n` tokens it is 0.
#
# **14.5** Write a split of pairs by source: given the list of sources, one a pair, and the set of sources to hold out, the places of the pairs to learn from and of those to measure on, two lists. Sources that differ only in case or in spaces around them are one.
# %% [markdown] tags=["zh"]
# **14.4** 写出 BLEU 所数的比例，给定一个译文和若干参考译文，都是词元的列表：译文里连续 `n` 个词元的片段，有多少出现在参考译文里，每个片段最多数到出现次数最多的那个参考译文里的次数。译文不足 `n` 个词元时，比例为 0。
#
# **14.5** 写出按源句划分句对的函数：给定源句的列表（每个句对一个），以及要留出的源句的集合，返回两个列表，分别是用来学习和用来测量的句对的位置。只差大小写或首尾空格的源句算同一个。
# %%
def share_of_ngrams(translation, references, n):
    return ...


course.check("14.4", share_of_ngrams)


def split_by_source(sources, held):
    return ...


course.check("14.5", split_by_source)

# %% [markdown] tags=["en"]
# ## Summary
#
# - IBM model 1 learns which word stands for which from pairs alone: shares (E), counts (M). It knows no order, and is the baseline; on Chinese it needs pieces of more than one character.
# - BLEU counts short runs of tokens and punishes what is too short. It means something only with the references, the tokens and the split that it was measured with.
# - In an encoder–decoder without attention all of the source goes through one state. Cross-attention reads every position at every step, and its weights can be looked at.
# - Pairs are split by source, and a file that is one line off trains without an error.
#
# The Transformer, subwords shared and apart, English and French: `mlm-tf task translation` makes the whole table, `--quick` a small one; of your own pairs it makes a translator.
#
# What more pairs give: English to French, 17,990 pairs of at most 10 tokens and 1,834 other sources to measure on, all translations of the Tatoeba file as references, 4 beams, mean and standard deviation of three seeds on one H200; dropout and rate were chosen on validation sources. It is the split and the recipe of `mlm-tf task translation` (with the file downloaded), trained by a script of its own.
#
# | model | BLEU | chrF | exact |
# |---|---:|---:|---:|
# | word by word (IBM model 1) | 13.4 | 43.0 | 1.7% |
# | LSTM, the state alone, 27 epochs | 30.2 ± 0.4 | 47.2 | 11.4% |
# | LSTM with attention, 17 epochs | **40.0** ± 0.3 | 57.8 | **17.4%** |
# | the same, subwords apart, 14 epochs | 38.7 ± 0.1 | **58.0** | 17.1% |
# | the same, subwords shared, 14 epochs | 37.3 ± 0.4 | 57.4 | 15.6% |
# | Transformer of three layers, 9 epochs | 35.4 ± 0.3 | 53.0 | 14.0% |
#
# With enough pairs the state alone beats counting by far, and attention adds nearly ten points. The Transformer had time for nine epochs and was still becoming better: its figure is a lower limit. The greatest step came from training, not from the models: with plain targets, more dropout and the weights of the best perplexity the second LSTM had made 31 on the validation sources, and with the last weights 36.
#
# **To read**: Brown et al. 1993, section 4; Sutskever et al. 2014, section 2; Bahdanau et al. 2015, section 3 and figure 3; Post 2018, *A Call for Clarity in Reporting BLEU Scores*. The code: `mlm_tf/tasks/translation.py`, `mlm_tf/models/seq2seq_lm.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - IBM 模型 1 只靠句对就学出哪个词对应哪个词：分摊（E 步），计数（M 步）。它不懂语序，是本页的基线；对中文，它需要比单个字更长的片段。
# - BLEU 数的是连续的短片段，太短要扣分。只有连同参考译文、词元和划分方式一起说明，它才有意义。
# - 没有注意力的编码器–解码器，整个源句都要挤过一个状态。交叉注意力每一步都能读到每一个位置，而且权重可以拿出来看。
# - 句对要按源句划分；错开一行的文件训练起来不会报错。
#
# Transformer、共用与分开的子词、英法翻译：`mlm-tf task translation` 会做出整张表，加 `--quick` 做一张小表；给它你自己的句对，它就训练出一个翻译器。
#
# 句对更多时会怎样：英语译法语，17,990 个不超过 10 个词元的句对，另取 1,834 个源句来测量，以 Tatoeba 文件里的全部译文作参考，解码用 4 束，给出三个种子的平均值和标准差，在一块 H200 上测得；暂退率和学习率在验证源句上选定。划分和训练方法与 `mlm-tf task translation` 相同（需下载该文件），由单独的脚本训练。
#
# | 模型 | BLEU | chrF | 完全一致 |
# |---|---:|---:|---:|
# | 逐词翻译（IBM 模型 1） | 13.4 | 43.0 | 1.7% |
# | LSTM，只靠状态，27 轮 | 30.2 ± 0.4 | 47.2 | 11.4% |
# | 带注意力的 LSTM，17 轮 | **40.0** ± 0.3 | 57.8 | **17.4%** |
# | 同上，子词分开，14 轮 | 38.7 ± 0.1 | **58.0** | 17.1% |
# | 同上，子词共用，14 轮 | 37.3 ± 0.4 | 57.4 | 15.6% |
# | 三层 Transformer，9 轮 | 35.4 ± 0.3 | 53.0 | 14.0% |
#
# 句对够多时，只靠状态的模型也远远胜过计数，注意力又提高了将近十个点。Transformer 只来得及训练九轮，成绩还在上升，所以表里的只是下限。进步最大的一步来自训练方法，而不是模型：不做标签平滑、暂退率更高、保留困惑度最好的权重，带注意力的 LSTM 在验证源句上只有 31，保留最后的权重则有 36。
#
# **延伸阅读**：Brown 等，1993，第 4 节；Sutskever 等，2014，第 2 节；Bahdanau 等，2015，第 3 节和图 3；Post，2018，*A Call for Clarity in Reporting BLEU Scores*。代码：`mlm_tf/tasks/translation.py`、`mlm_tf/models/seq2seq_lm.py`。
