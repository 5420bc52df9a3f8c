# %% [markdown] tags=["en"]
# # 16 Dialogue: what comes after what was said
#
# **You will be able to** train a model of replies, say what it learns and what it does not, show why such models give dull answers and what helps, measure how much they copy, and ask one about a story.
#
# **You need to know** how a language model is trained (page 07), how a sampler picks (page 08), and what an encoder and a decoder are (page 06).
#
# **It takes** about 20 minutes to read and a minute to run on two CPU cores, with 2 GB of memory.
#
# A dialogue is a list of turns. A model of dialogue is a language model once more: it gives the probability of a reply $y$, token by token, given the turns $x$ before it,
#
# $$p(y \mid x) = \prod_t p(y_t \mid y_{<t}, x),$$
#
# and nothing in it knows what is true, or who it is talking to. Everything on this page follows from that.
# %% [markdown] tags=["zh"]
# # 16 对话：听了前面的话，接下来说什么
#
# **学完本页，你能够**训练一个回复模型，说清它学到什么、学不到什么，用实验说明这类模型为什么爱说空话、怎样缓解，量一量它照抄了多少，并就一个故事向它提问。
#
# **预备知识**：语言模型的训练（第 07 页），采样器怎样选词（第 08 页），什么是编码器和解码器（第 06 页）。
#
# **所需时间**：阅读约 20 分钟，在两个 CPU 核上运行约一分钟，占用内存 2 GB。
#
# 对话由一个个话轮组成。对话模型说到底还是语言模型：已知前面的话轮 $x$，它逐个词元地给出回复 $y$ 的概率，
#
# $$p(y \mid x) = \prod_t p(y_t \mid y_{<t}, x),$$
#
# 至于什么是真的、对面是谁，它一概不知。本页的一切都由此而来。
# %%
# %matplotlib inline
import logging
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from mlm_tf import corpora, course
from mlm_tf.baselines import KneserNeyModel
from mlm_tf.preprocessing.objectives import after_separator
from mlm_tf.tasks import ResultTable
from mlm_tf.tasks.dialogue import Conversation, Dialogues, distinct
from mlm_tf.tasks.rows import Rows

rng = np.random.default_rng(0)

# %% [markdown] tags=["en"]
# ## Small talk of which we know everything
#
# Three questions; each has 48 answers that fit it, all equally likely, and one that fits everything: one person in seven says "i don't know." Half of the dialogues ask a second question after the first was answered. Since we made it up, we know the limit: no model can get below the perplexity that the true probabilities give.
# %% [markdown] tags=["zh"]
# ## 一种我们完全了解的闲聊
#
# 有三个问题，每个问题有 48 个切题的回答，机会均等；另有一个放到哪里都行的回答：七个人里有一个会说 “i don't know.”（不知道）。一半的对话在第一个问题答完之后再问第二个。数据是自己编的，所以我们知道下限：用真实概率算出的困惑度，任何模型都低不下去。
# %%
DULL, DULL_SHARE = "i don't know.", 1 / 7
ANSWERS = {
    "what did you do at the weekend?": (
        "{} {}.",
        "painted cleaned repaired sold visited drew washed measured".split(),
        "the boat|the garden|the old house|my bike|the bridge|the fence",
    ),
    "what would you like to eat?": (
        "{} {}, please.",
        "hot cold sweet fresh fried sour salted plain".split(),
        "soup|rice|fish|bread|noodles|beans",
    ),
    "what shall we do now?": (
        "{} to the {}.",
        "walk drive run cycle hurry return sail move".split(),
        "park|market|station|library|lake|museum",
    ),
}
fitting = {
    question: [form.format(a, b) for a in first for b in second.split("|")]
    for question, (form, first, second) in ANSWERS.items()
}


def answer(question):
    return DULL if rng.random() < DULL_SHARE else str(rng.choice(fitting[question]))


def small_talk(count):
    contexts, replies = [], []
    for number in range(count):
        first, second = map(str, rng.permutation(list(fitting))[:2])
        context = (first,) if number % 2 else (first, answer(first), second)
        contexts.append(context)
        replies.append(answer(context[-1]))
    return Rows(contexts, replies)


training, test = small_talk(3000), small_talk(300)
for context, reply in zip(training.inputs[:4], training.targets):
    print(" / ".join(context), "->", reply)
print("\nreplies to", "'what shall we do now?':")
counts = Counter(r for c, r in zip(*training) if c[-1] == "what shall we do now?")
for reply, count in counts.most_common(4):
    print(f"{count:5}  {reply}")
assert counts.most_common(1)[0][0] == DULL
assert counts.most_common(1)[0][1] < 0.3 * counts.total()  # and yet most people say something

# %% [markdown] tags=["en"]
# Look at the counts. Six of seven people say something that fits; and still the most probable *reply* is the dull one, since the others share what is left among 48. Maximum likelihood learns just these shares. Keep this in mind for what the model will say.
#
# ## One row, and what counts in it
#
# A decoder reads the turns in one row, `[START] turn [SEP] turn [SEP] reply [END]`, and predicts each next token. Only the reply is to be learned: its tokens have the sample weight 1, those of the turns before it 0. By hand:
# %% [markdown] tags=["zh"]
# 看看这些计数。七个人里有六个回答切题，可是概率最大的那一*句*回复仍然是空话，因为其余的概率由 48 句分摊。极大似然学到的正是这些份额。记住这一点，后面会看到模型怎么说。
#
# ## 一行数据，以及其中哪些算数
#
# 解码器把各个话轮读成一行：`[START] 话轮 [SEP] 话轮 [SEP] 回复 [END]`，并逐个预测下一个词元。要学的只有回复：回复的词元样本权重为 1，前面话轮的词元权重为 0。先手工做一遍：
# %%
epochs = 4 if QUICK else 12
talk = Dialogues(
    hidden_dim=64,
    num_layers=1,
    max_sequence_length=64,
    epochs=epochs,
    dropout=0.0,
)
talk.fit(*training)
pipeline = talk.model.pipeline

context, reply = test.inputs[0], test.targets[0]
ids = [pipeline.start_id]
for turn in context:
    ids += [*pipeline.encode([turn], add_start=False, add_end=False)[0], pipeline.sep_id]
assert talk.context(context).ids.tolist() == ids
row = np.array([[*ids, *pipeline.encode([reply], add_start=False)[0]]], "int32")
y = row[:, 1:]  # (1, T): each token is predicted from those before it
weight = np.zeros(y.shape, "float32")
weight[0, len(ids) - 1 :] = 1  # from the first token of the reply to [END]

objective = after_separator(pipeline.sep_id)
_, y_ours, weight_ours = objective(tf.constant(row), tf.ones(row.shape), None)
assert (np.array(y_ours) == y).all() and (np.array(weight_ours) == weight).all()

figure, axes = plt.subplots(figsize=(9, 1.6))
for place, (token, counts_here) in enumerate(zip(y[0], weight[0])):
    box = {"facecolor": "#56B4E9" if counts_here else "#EEEEEE", "edgecolor": "none"}
    word = pipeline.vocabulary[token]
    axes.text(place % 11, -(place // 11), word, ha="center", va="center", fontsize=9, bbox=box)
axes.set(xlim=(-0.7, 10.7), ylim=(-(y.shape[1] // 11) - 0.6, 1.1))
axes.set_title("targets of one row: blue counts, grey is read alone", fontsize=9)
axes.axis("off")
plt.show()

# %% [markdown] tags=["en"]
# ## Its loss, and the limit
#
# The loss is the mean negative log-probability of the tokens that count, and the perplexity its exponential. By hand from the logits, by the application, and by `score` of the language model it is one number. Beside it: the model before training, a trigram that sees the replies alone and no question (page 02), and the limit.
# %% [markdown] tags=["zh"]
# ## 它的损失，以及下限
#
# 损失是算数的那些词元的负对数概率的平均，取指数就是困惑度。由未规范化的预测（logits）手算，用应用的 `perplexity`，用语言模型的 `score`，得到的是同一个数。旁边放上训练前的模型、只看回复不看问题的三元语法（第 02 页），还有下限。
# %%
logits = np.array(talk.model(row[:, :-1]))[0]  # (T, V)
log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
of_reply = log_probs[np.arange(y.shape[1]), y[0]][weight[0] > 0]
by_hand = np.exp(-of_reply.mean())
assert np.isclose(by_hand, talk.perplexity([context], [reply]), rtol=1e-3)
scored = talk.model.score([row[0].tolist()]).log_probs[0][weight[0] > 0]
assert np.allclose(of_reply, scored, atol=1e-3)
assert np.allclose(of_reply, talk.log_probs([context], [reply])[0], atol=1e-3)

encoded = pipeline.encode(test.targets)
trigram = KneserNeyModel(pipeline.num_outcomes).fit(pipeline.encode(training.targets))
true = [np.log(DULL_SHARE if r == DULL else (1 - DULL_SHARE) / 48) for r in test.targets]
num_tokens = sum(len(row) - 1 for row in encoded)
perplexities = {
    "trigram of the replies": np.exp(-np.concatenate(trigram.log_probs(encoded)).mean())
}
perplexities["the model, trained"] = talk.perplexity(*test)
perplexities["the limit"] = np.exp(-np.sum(true) / num_tokens)
for name, value in perplexities.items():
    print(f"{name:24}{value:7.2f}")
assert perplexities["the limit"] < perplexities["the model, trained"]
assert perplexities["the model, trained"] < 1.2 * perplexities["the limit"]

# %% [markdown] tags=["en"]
# ## Dull replies, seen and measured
#
# The model is nearly perfect. What does it say? Greedy first: always the most probable word. Then drawn by the probabilities themselves. *distinct-2* is the number of different pairs of words over the number of all pairs (Li et al. 2016), small where all replies are the same; *dull* is the share of "i don't know."
# %% [markdown] tags=["zh"]
# ## 空话：看见它，量出它
#
# 这个模型已经近乎完美。它会说什么？先看贪心：每次都取概率最大的词；再按概率本身抽取。*distinct-2* 是不同的二元词组数除以全部二元词组数（Li 等，2016），如果每句都一样，它就很小；*dull* 是 “i don't know.” 所占的比例。
# %%
greedy = talk.predict(test.inputs)
drawn = talk.predict(test.inputs, sampler="random", seed=1)
for context, one, other in list(zip(test.inputs, greedy, drawn))[:5]:
    print(f"{context[-1]:34} greedy: {one:28} drawn: {other}")


def measured(replies):
    tokens = pipeline.tokenize(replies)
    return distinct(tokens, 2), np.mean([r == DULL for r in replies])


print("\n                 distinct-2    dull")
for name, replies in {"greedy": greedy, "drawn": drawn, "people": test.targets}.items():
    print(f"{name:17}{measured(replies)[0]:10.3f}{measured(replies)[1]:8.1%}")
assert measured(greedy)[0] < 0.4 * measured(drawn)[0]

# %% [markdown] tags=["en"]
# The model has not failed: it knows that six of seven people say something else. Greedy decoding has thrown that knowledge away. Of 49 possible replies it gives nearly always one, the same to everybody.
#
# The temperature leads from the one to the other, and past it. As it rises there is more variety and less sense: a reply *fits* where it is one of those that a person might have given to this question.
# %% [markdown] tags=["zh"]
# 模型并没有失败：它知道七个人里有六个会说别的。是贪心解码把这些知识丢掉了。可能的回复有 49 句，它几乎总说其中一句，对谁都一样。
#
# 温度从一头通向另一头，还能走过头。温度升高，花样多了，条理少了。一句回复只要是人对这个问题可能给出的，就算*切题*。
# %%
temperatures = [0.0, 0.3, 0.6, 1.0, 1.5, 2.0]
curves = {"distinct-2": [], "dull": [], "fits": []}
for temperature in temperatures:
    replies = talk.predict(test.inputs, sampler="random", temperature=temperature, seed=2)
    for name, value in zip(("distinct-2", "dull"), measured(replies)):
        curves[name].append(value)
    fits = [r == DULL or r in fitting[c[-1]] for c, r in zip(test.inputs, replies)]
    curves["fits"].append(np.mean(fits))
figure, axes = plt.subplots(figsize=(6, 3))
for name, values in curves.items():
    axes.plot(temperatures, values, "o-", label=name)
axes.set(xlabel="temperature (0 is greedy)", ylabel="share", ylim=(-0.03, 1.03))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
assert curves["distinct-2"][0] < curves["distinct-2"][3] < curves["distinct-2"][-1]
assert curves["fits"][3] > 0.9 > curves["fits"][-1]

# %% [markdown] tags=["en"]
# ## A cure that keeps to the question
#
# A dull reply is probable whatever was asked; a good one is probable because of the question. So draw several candidates $y$ and take the one with the greatest
#
# $$\ln p(y \mid x) - \lambda \ln p(y).$$
#
# This is Li et al.'s criterion (2016, section 4): at $\lambda = 1$ the mutual information between reply and context. $p(y)$ is that of the trigram, which has seen no question.
# %% [markdown] tags=["zh"]
# ## 一种紧扣问题的办法
#
# 空话不论问什么概率都大；好的回复是因为这个问题概率才大。所以先抽出若干候选 $y$，再取下面这个值最大的一个：
#
# $$\ln p(y \mid x) - \lambda \ln p(y).$$
#
# 这是 Li 等人的准则（2016，第 4 节）：$\lambda = 1$ 时就是回复与上文之间的互信息。$p(y)$ 用没有见过问题的三元语法来算。
# %%
asked = test.inputs[:64]
candidates = [talk.predict(asked, sampler="top_p", seed=s) for s in range(8)]
given = [[row.sum() for row in talk.log_probs(asked, replies)] for replies in candidates]
alone = [[row.sum() for row in trigram.log_probs(pipeline.encode(r))] for r in candidates]
given, alone = np.array(given), np.array(alone)  # (8, 64) each
print("lambda   distinct-2    dull")
found = {}
for weight_of_prior in (0.0, 0.5, 1.0):
    best = (given - weight_of_prior * alone).argmax(axis=0)
    found[weight_of_prior] = measured([candidates[b][i] for i, b in enumerate(best)])
    print(f"{weight_of_prior:6}{found[weight_of_prior][0]:13.3f}{found[weight_of_prior][1]:8.1%}")
assert found[1.0][1] < 0.2 < 0.5 < found[0.0][1]

# %% [markdown] tags=["en"]
# ## A conversation, and a failure made on purpose
#
# `Conversation` keeps the turns and gives the model as many as it has room for: once they no longer fit, the oldest are left out, whole turns at a time, and a line of the log says so. The room here is 48 tokens.
# %% [markdown] tags=["zh"]
# ## 一次交谈，以及一次故意的失败
#
# `Conversation` 保存各个话轮，并按容量把它们交给模型：装不下时，从最早的话轮开始整个整个地略去，日志里会有一行说明。这里的容量是 48 个词元。
# %%
said = []  # what the log says
handler = logging.Handler()
handler.emit = lambda record: said.append(record.getMessage())
logger = logging.getLogger("mlm_tf")
logger.addHandler(handler)
logger.propagate = False
conversation = Conversation(talk, sampler="random", seed=3)
for question in [*fitting, *fitting][:5]:
    print("you:  ", question)
    print("model:", conversation.say(question))
logger.removeHandler(handler)
logger.propagate = True
print("\nthe log:", said[-1])
assert conversation.left_out > 0 and len(conversation.turns) == 10

# %% [markdown] tags=["en"]
# Most tools cut a text that is too long on the right (our `rows` too). In a conversation that is the wrong end. Below, the same turns, cut on the right instead; the model then answers what was asked long ago. Its replies are fluent, and the loss was fine: nothing but a look at *what the model reads* tells what is wrong.
# %% [markdown] tags=["zh"]
# 文本过长时，多数工具从右边截断（我们的 `rows` 也是）。对话里这样就截错了头。下面把同样的话轮改从右边截断，模型回答的就成了很久以前的问题。它的回复很通顺，损失也正常：只有看一看*模型到底读到了什么*，才知道错在哪里。
# %%
turns = [turn for q in fitting for turn in (q, fitting[q][0])]
histories = [
    [turns[(2 * n + i) % 6] for i in range(6)] + [turns[(2 * n + 4) % 6]] for n in range(30)
]


def in_one_row(history):
    whole = [pipeline.start_id]
    for turn in history:
        whole += [*pipeline.encode([turn], add_start=False, add_end=False)[0], pipeline.sep_id]
    return whole


room = 24
read = {
    "the oldest left out": [talk.context(history).ids for history in histories],
    "cut on the right": [in_one_row(history)[:room] for history in histories],
}
prompts = [ids for group in read.values() for ids in group]
new = talk.model.generate(
    prompts, max_length=max(map(len, prompts)) + 12, strip_prompt=True, seed=0
)
right_side = {}
for name, replies in zip(read, np.split(np.array(pipeline.decode(new)), 2)):
    fits = [r == DULL or r in fitting[h[-1]] for h, r in zip(histories, replies)]
    right_side[name] = sum(fits)
for name, count in right_side.items():
    print(f"{name:22}{count / 30:6.0%} of the replies fit the last question")
print("\nwhat was said:                ", " / ".join(histories[0]))
print("cut on the right the model reads:", pipeline.decode(read["cut on the right"][0]))
assert right_side["the oldest left out"] > 25 and right_side["cut on the right"] < 20

# %% [markdown] tags=["en"]
# ## Asking about a story
#
# In small talk any reply of a kind will do. A question about a story has one right answer, and it stands in the story: here the turns are the sentences of a story of `corpora.grammar`, then the question. Look at one.
# %% [markdown] tags=["zh"]
# ## 就一个故事提问
#
# 闲聊时，差不多的回复都行。针对故事的问题只有一个正确答案，而且答案就在故事里：这里的话轮是 `corpora.grammar` 里一个故事的各句，最后是问题。先看一个。
# %%
num_stories = 1000 if QUICK else 20_000
stories = corpora.grammar(num_stories + 200)


def asked_of(stories):
    return Rows([(*s.sentences, s.question) for s in stories], [s.answer for s in stories])


learned, held = asked_of(stories[:num_stories]), asked_of(stories[num_stories:])
for turn in learned.inputs[0]:
    print(turn)
print("->", learned.targets[0])
kinds = Counter(context[-1].split()[0].lower() for context in learned.inputs)
print("\nquestions by their first word:", dict(kinds.most_common()))

# %% [markdown] tags=["en"]
# Two forms of model: the decoder that reads story and question in one row, and an encoder–decoder, whose encoder reads them and whose decoder writes the answer (page 06). Both see the same tokens, so their perplexities can be compared. Beside them what a model has to beat: the most frequent answer; *retrieval*, which looks for the most similar story and question in the training set (TF-IDF, page 02) and repeats the answer given there; a trigram of the answers alone.
# %% [markdown] tags=["zh"]
# 两种模型：解码器把故事和问题读成一行；编码器–解码器由编码器来读，解码器来写答案（第 06 页）。两者看到的词元相同，困惑度可以比较。旁边是必须胜过的基线：最常见的答案；*检索*，即在训练集里找出最相似的故事和问题（TF-IDF，第 02 页），照搬那里的答案；只看答案的三元语法。
# %%
sizes = {
    "max_sequence_length": 160,
    "hidden_dim": 64 if QUICK else 256,
    "epochs": 4 if QUICK else 12,
    "num_layers": 1 if QUICK else 3,
}
table = ResultTable("questions about stories", Dialogues.columns)
for name, figures in Dialogues(**sizes).baselines(learned, held).items():
    table.add(name, figures, kind="baseline")
answers, models = {}, {}
for form in ("decoder", "encoder-decoder"):
    models[form] = Dialogues(form=form, **sizes).fit(*learned)
    answers[form] = models[form].predict(held.inputs)
    figures = models[form].figures(answers[form], held.targets)
    table.add(form, {"perplexity": models[form].perplexity(*held)} | figures)
print(table.to_markdown())

# %% [markdown] tags=["en"]
# Read the table column by column. The perplexity of both models lies below that of the trigram, so they do use the question. *right* is the share of answers that are the true one, word for word. And *distinct*: retrieval wins there, and always will, since it repeats what people have written, each something else; nor can it be anything but copied. What a share of copies means is told by people's own answers: where there are few things to say, people repeat each other too. A high distinct-2 alone is no sign of a good model, and neither is a low perplexity. Which questions are answered?
# %% [markdown] tags=["zh"]
# 请一列一列地读这张表。两个模型的困惑度都低于三元语法，可见它们确实用上了问题。*right* 是与真正的答案一字不差的比例。再看 *distinct*：检索在这里占先，而且总会占先，因为它照搬人写的话，每句各不相同；它的回复也只能全是照抄。照抄的比例说明什么，要与人自己的答案比：可说的本来就少，人也会重复别人说过的话。只看 distinct-2 高，并不说明模型好；只看困惑度低也一样。哪些问题答得出来？
# %%
RETRIEVAL = "retrieval by TF-IDF"
rows_by_name = {row.name: row for row in table.rows}
people = models["decoder"].figures(held.targets, held.targets)
print(f"people's own answers: distinct-2 {people['distinct-2']:.3f}, copied {people['copied']:.0%}")


def is_right(form):
    tokens = models[form].model.pipeline.tokenize
    return np.array([a == b for a, b in zip(tokens(answers[form]), tokens(held.targets))])


first_words = np.array([context[-1].split()[0].lower() for context in held.inputs])
names = [name for name, _ in kinds.most_common()]
figure, axes = plt.subplots(figsize=(6, 3))
for place, form in enumerate(models):
    shares = [is_right(form)[first_words == name].mean() for name in names]
    axes.bar(np.arange(len(names)) + 0.4 * place, shares, width=0.4, label=form)
axes.set_xticks(np.arange(len(names)) + 0.2, names)
axes.set(xlabel="first word of the question", ylabel="right answers", ylim=(0, 1))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
for context, reply, truth in list(zip(held.inputs, answers["decoder"], held.targets))[:6]:
    print(f"{context[-1]:44} {reply:34} ({truth})")
trigram_row = rows_by_name["trigram of replies (Kneser-Ney)"].figures["perplexity"][0]
assert all(rows_by_name[form].figures["perplexity"][0] < trigram_row for form in models)
variety = {name: rows_by_name[name].figures["distinct-2"][0] for name in ("decoder", RETRIEVAL)}
assert variety["decoder"] < variety[RETRIEVAL]

# %% [markdown] tags=["en"]
# A model of this size, trained for seconds, learns the *form* of an answer at once: a person for "who", a number for "how many". Which person, it would have to look up in the story, as on page 05, and that takes far longer to learn. So it answers with the right kind of thing, fluently, and wrongly. Nothing in the reply shows the difference.
#
# ## Over-reliance: sure, and wrong
#
# Does the model at least know when it does not know? Its own probability of its answer (the product over the tokens) says how sure it is. In a calibrated model, of the answers with probability 0.7, 70 % are right.
# %% [markdown] tags=["zh"]
# 这么小的模型，只训练了几秒，马上就学会了答案的*形式*：问“谁”就答一个人，问“多少”就答一个数。到底是哪一个人，得像第 05 页那样到故事里去查，这要久得多才能学会。于是它答得类型正确、语句通顺，内容却是错的。光看回复，看不出区别。
#
# ## 过度依赖：自信地答错
#
# 模型至少知道自己不知道吗？它给自己答案的概率（各词元概率之积）说明它有多大把握。校准得好的模型，概率为 0.7 的答案里有 70% 是对的。
# %%
decoder = models["decoder"]
sure = np.exp([row.sum() for row in decoder.log_probs(held.inputs, answers["decoder"])])
right = is_right("decoder")
order = np.argsort(-sure)
groups = np.array_split(order, 4)
print("answers            how sure   right")
for name, group in zip(("the surest quarter", "second", "third", "the least sure"), groups):
    print(f"{name:18}{sure[group].mean():9.2f}{right[group].mean():8.0%}")
assert right[groups[0]].mean() >= right[groups[-1]].mean()

# %% [markdown] tags=["en"]
# How sure it is tells something: that is why a system should show it, or stay silent below a bound. But a reply in plain words carries none of it, and a person who reads fluent sentences takes them for known ones. That is *over-reliance* (page 17), and it grows with the fluency of the model.
#
# ## What a chat model has beyond this
#
# The models that people talk to today are decoders over turns, with the loss on the reply, as above. What comes on top:
#
# - **Size and pretraining**: first a language model of a large part of the web; only then dialogues. Most of what it "knows" comes from there.
# - **Roles**: a *chat template* writes who speaks as special tokens, as `[SEP]` here; text of a user never becomes one of them.
# - **Instructions and preferences**: trained on replies that people wrote, and then on which of two replies people liked better (Ouyang et al. 2022). That is what removed "i don't know", and it brought a new fault: to say what pleases.
# - **Looking things up**: retrieval is no baseline there but a part; what was found stands in the context, and the model writes from it.
# - **A longer memory**: 100,000 tokens and more where we have 48 or 120; but the oldest turns are lost in the end there, too.
#
# None of it adds a place where truth is kept apart from probability.
#
# ## Exercises
#
# **16.1** Say it before you compute it. One dull reply has 10 % of the probability, 45 others have 2 % each, and all begin with different words. Which does greedy decoding say: `"dull"` or `"other"`?
#
# **16.2** A decoder is trained on the row `[START] a [SEP] b c [SEP] d e [END]`; `d e` is the reply. Give the eight sample weights of its targets, in order.
# %% [markdown] tags=["zh"]
# 把握的大小是有信息的：所以系统应当把它显示出来，或者在把握太小时保持沉默。可是一句普通的话里看不出把握，人读到通顺的句子，就以为说的人知道。这就是*过度依赖*（第 17 页），模型越流利，它越严重。
#
# ## 今天的聊天模型多了什么
#
# 今天人们与之交谈的模型也是读话轮的解码器，损失也只算在回复上，与上面相同。多出来的是：
#
# - **规模与预训练**：先在大半个互联网上训练成语言模型，然后才学对话。它“知道”的东西大多来自前一步。
# - **角色**：*聊天模板*用特殊词元写明谁在说话，就像这里的 `[SEP]`；用户的文本永远变不成这些词元。
# - **指令与偏好**：先学人写的回复，再学两句回复中人更喜欢哪一句（Ouyang 等，2022）。“不知道”就是这样消失的，同时带来一个新毛病：说人爱听的话。
# - **查资料**：检索在那里不是基线，而是一个部件；查到的内容放进上文，模型据此来写。
# - **更长的记忆**：十万个词元以上，我们这里是 48 或 120 个；不过最早的话轮到头来同样会丢掉。
#
# 这些都没有增加一个把真假与概率分开存放的地方。
#
# ## 练习
#
# **16.1** 先说答案，再去计算。一句空话占 10% 的概率，另有 45 句各占 2%，各句的第一个词都不同。贪心解码说的是哪一句：`"dull"`（空话）还是 `"other"`（别的）？
#
# **16.2** 解码器用 `[START] a [SEP] b c [SEP] d e [END]` 这一行训练，`d e` 是回复。请按顺序给出它的八个目标的样本权重。
# %%
said_by_greedy = ...
course.check("16.1", said_by_greedy)

weights_of_targets = ...
course.check("16.2", weights_of_targets)


# %% [markdown] tags=["en"]
# **16.3** Write distinct-n: of `replies`, each a list of words, the number of different n-grams over the number of all n-grams, in all replies together.
#
# **16.4** Write what `Conversation` does: of `turns`, each a list of ids, keep those that are read. The row is `[START]`, then each turn with a `[SEP]` after it, at most `room` tokens in all; what has no room is left out, the oldest first, in whole turns. (That the last turn fits is given here.)
# %% [markdown] tags=["zh"]
# **16.3** 写出 distinct-n：`replies` 中每句回复是一个词的列表，把所有回复放在一起，求不同的 n 元词组数与全部 n 元词组数之比。
#
# **16.4** 写出 `Conversation` 做的事：`turns` 中每个话轮是一个编号列表，留下会被读到的那些。一行以 `[START]` 开头，接着是各个话轮，每个后面有一个 `[SEP]`，总共不超过 `room` 个词元；装不下的从最早的开始整个略去。（这里保证最后一个话轮装得下。）
# %%
def my_distinct(replies, n):
    return ...


course.check("16.3", my_distinct)


def turns_that_fit(turns, room):
    return ...


course.check("16.4", turns_that_fit)


# %% [markdown] tags=["en"]
# **16.5** Candidates have the log-probabilities `given` (the question) and `alone`, arrays $(n,)$. Write which one, as an index, is best by $\ln p(y \mid x) - \lambda \ln p(y)$; `lam` is $\lambda$.
# %% [markdown] tags=["zh"]
# **16.5** 各候选的对数概率是 `given`（已知问题时）和 `alone`（单独时），都是形状 $(n,)$ 的数组。写出按 $\ln p(y \mid x) - \lambda \ln p(y)$ 最好的是哪一个，给出下标；`lam` 就是 $\lambda$。
# %%
def best_candidate(given, alone, lam):
    return ...


course.check("16.5", best_candidate)

# %% [markdown] tags=["en"]
# ## Summary
#
# - A reply model is a language model in which the reply alone counts: turns, separators, sample weights.
# - The most probable reply is the dull one even where hardly anybody gives it. The model knows better; greedy decoding throws it away. Draw, or ask what the *question* makes probable.
# - Perplexity, distinct-n and the share of copies each say something else; a table needs all of them, and retrieval beside them.
# - What has no room is lost, and from which end it is cut decides what is answered. Look at what the model reads.
# - The form of an answer is learned long before its content. Fluent is not the same as known.
#
# On real dialogues: `mlm-tf task dialogue` trains both forms on DailyDialog (a download, not for commercial use); `mlm-tf task dialogue my.jsonl --output my.keras` on your own.
#
# **To read**: Vinyals & Le 2015, *A Neural Conversational Model*; Li et al. 2016, *A Diversity-Promoting Objective Function*, sections 3 to 5; Li et al. 2017, *DailyDialog*; Zhang et al. 2020, *DialoGPT*; Ouyang et al. 2022, section 3. The code: `mlm_tf/tasks/dialogue.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 回复模型就是只有回复算数的语言模型：话轮、分隔词元、样本权重。
# - 哪怕几乎没人说空话，概率最大的一句仍是空话。模型其实懂得更多，是贪心解码把它丢掉了。应当抽取，或者看*问题*使哪一句更有可能。
# - 困惑度、distinct-n 和照抄的比例各说明一件事；一张表要把它们都列上，旁边还要有检索。
# - 装不下的就丢失了，从哪一头截断决定了回答的是什么。要看一看模型读到了什么。
# - 答案的形式远比内容先学会。说得流利不等于真的知道。
#
# 真实的对话：`mlm-tf task dialogue` 在 DailyDialog 上训练这两种模型（需要下载，不得用于商业用途）；`mlm-tf task dialogue my.jsonl --output my.keras` 用你自己的对话训练。
#
# **延伸阅读**：Vinyals 和 Le，2015，*A Neural Conversational Model*；Li 等，2016，*A Diversity-Promoting Objective Function*，第 3 至 5 节；Li 等，2017，*DailyDialog*；Zhang 等，2020，*DialoGPT*；Ouyang 等，2022，第 3 节。代码：`mlm_tf/tasks/dialogue.py`。
