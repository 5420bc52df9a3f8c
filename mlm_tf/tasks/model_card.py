"""A model card: what a model is, of what and for what, and who answers for it.

What the file knows is filled in; what it cannot know is a blank with a question, and named as one,
since a card without them would look complete.

Reference: Mitchell et al. 2019, "Model cards for model reporting", section 4.
"""

import importlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import keras

from mlm_tf.checks import check_choice, check_strings
from mlm_tf.errors import InvalidArgumentError

LANGUAGES = ("en", "zh")


class _Entry(NamedTuple):
    """A line of the card: its name and, where nothing is known, its question, in both languages."""

    section: str
    label: tuple[str, str]
    question: tuple[str, str] = ("", "")


SECTIONS = {
    "model": ("Model", "模型"),
    "use": ("Intended use", "用途"),
    "data": ("Data", "数据"),
    "measured": ("What was measured", "测量结果"),
    "duties": ("Duties", "责任"),
}
ENTRIES = {
    "name": _Entry("model", ("name", "名称"), ("What is it called?", "叫什么名字？")),
    "kind": _Entry("model", ("kind", "种类")),
    "blocks": _Entry("model", ("architecture", "架构")),
    "parameters": _Entry("model", ("parameters", "参数")),
    "versions": _Entry("model", ("made with", "软件版本")),
    "date": _Entry("model", ("date", "日期"), ("When was it trained?", "何时训练的？")),
    "training": _Entry(
        "model",
        ("training", "训练"),
        ("Which objective, how many epochs, on which machine?", "训练目标、轮数、机器？"),
    ),
    "purpose": _Entry(
        "use", ("for", "适用"), ("What is it for, and for whom?", "用来做什么？给谁用？")
    ),
    "not_for": _Entry(
        "use",
        ("not for", "不适用"),
        ("What must it not be used for?", "不得用来做什么？"),
    ),
    "pipeline": _Entry("data", ("preprocessing", "预处理")),
    "size": _Entry("data", ("training text", "训练文本")),
    "scrubbed": _Entry(
        "data",
        ("personal data", "个人信息"),
        (
            "Nothing was scrubbed: is there personal data in the texts, and by what right?",
            "没有清除个人信息：文本中是否含有个人信息？处理的依据是什么？",
        ),
    ),
    "source": _Entry("data", ("source", "来源"), ("Whose texts are these?", "文本来自哪里？")),
    "data_licence": _Entry(
        "data",
        ("licence of the data", "数据许可"),
        ("What does it allow?", "允许怎样使用？"),
    ),
    "quality": _Entry(
        "measured",
        ("quality", "质量"),
        ("Perplexity or accuracy on which held-out text?", "在哪份留出文本上的困惑度或准确率？"),
    ),
    "audit": _Entry(
        "measured",
        ("audit", "审计"),
        ("What did mlm-tf audit find?", "mlm-tf audit 发现了什么？"),
    ),
    "limits": _Entry(
        "measured",
        ("limits", "局限"),
        ("Where is it known to be wrong?", "已知在哪里会出错？"),
    ),
    "licence": _Entry(
        "duties",
        ("licence of the weights", "权重许可"),
        ("What may others do with it?", "他人可以怎样使用？"),
    ),
    "labelling": _Entry(
        "duties",
        ("labelling", "标识"),
        (
            "How does a reader learn that a text was generated?",
            "读者如何得知文本是生成的？",
        ),
    ),
    "answers": _Entry(
        "duties",
        ("who answers for it", "负责人"),
        ("Name a person, and how to reach them.", "写明负责人及联系方式。"),
    ),
}


@dataclass(frozen=True)
class ModelCard:
    """A card, of which some entries are filled in.

    Attributes:
        values: by the names of `ENTRIES`, what is known.

    Example:

    >>> card = ModelCard({"name": "quickstart"})
    >>> card = card.filled(answers="Ann Lee, ann@example.org")
    >>> "purpose" in card.blanks, "answers" in card.blanks
    (True, False)
    """

    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def blanks(self) -> list[str]:
        """The entries that nobody has filled in."""
        return [name for name in ENTRIES if not self.values.get(name, "").strip()]

    def filled(self, **values: str) -> "ModelCard":
        """The card with more entries.

        Raises:
            InvalidArgumentError: for an entry that a card has not, or what is no text.
        """
        for name, value in values.items():
            check_choice("entry", name, tuple(ENTRIES))
            if not isinstance(value, str) or not value.strip():
                raise InvalidArgumentError(
                    f"{name}={value!r} says nothing; write a sentence, or leave the entry blank."
                )
            check_strings(name, [value])
        return ModelCard({**self.values, **values})

    def to_markdown(self, language: str = "en") -> str:
        """The card as Markdown; a blank is its question in italics."""
        place = LANGUAGES.index(check_choice("language", language, LANGUAGES))
        lines = [("# Model card", "# 模型卡")[place]]
        blank = ("blank", "待填")[place]
        for section, titles in SECTIONS.items():
            lines += ["", f"## {titles[place]}", ""]
            for name, entry in ENTRIES.items():
                if entry.section != section:
                    continue
                value = self.values.get(name, "").strip()
                value = value or f"*{blank}: {entry.question[place]}*"
                lines.append(f"- **{entry.label[place]}**: {' '.join(value.split())}")
        return "\n".join(lines) + "\n"

    def _repr_markdown_(self) -> str:
        return self.to_markdown()


def model_card(model, path: str | os.PathLike | None = None) -> ModelCard:
    """The card of a model, filled in as far as it knows itself.

    Args:
        model: one that `build_model` made or a file held.
        path: of its `.keras` file, which knows when and by which Keras it was written.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> pipeline = TextPipeline.fit(["a cat sat", "a dog"], scrub=True)
    >>> card = model_card(build_model("lstm", pipeline=pipeline, hidden_dim=8))
    >>> card.values["size"], card.values["scrubbed"]
    ('2 texts, 5 tokens', 'scrubbed before anything else; found in the training text: nothing')
    >>> "source" in card.blanks
    True
    """
    version = importlib.import_module(
        "mlm_tf"
    ).__version__  # which imports what stands right of here
    values = {
        "kind": type(model).__name__,
        "blocks": f"{_blocks(model)}; width {model.hidden_dim}",
        "parameters": f"{model.count_params():,}",
        "versions": f"mlm_tf {version}, Keras {keras.__version__}",
    }
    if getattr(model, "label_names", None):
        values["kind"] += f" of {', '.join(map(str, model.label_names))}"
    if path is not None:
        values["name"] = os.path.basename(os.fspath(path)).removesuffix(".keras")
        with zipfile.ZipFile(path) as archive:
            written = json.loads(archive.read("metadata.json"))
        values["versions"] = (
            f"written by Keras {written['keras_version']}; {values['versions']} here"
        )
        values["date"] = f"file of {written['date_saved'].partition('@')[0]}"
    if model.pipeline is not None:
        values |= _of_pipeline(model.pipeline)
    return ModelCard(values)


def _blocks(model) -> str:
    kinds = [type(block).__name__ for block in model.all_blocks]
    counted = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return ", ".join(f"{count} × {kind}" for kind, count in counted.items()) or "no blocks"


def _of_pipeline(pipeline) -> dict[str, str]:
    """What a pipeline knows of the texts that it was fitted to."""
    said = {"pipeline": f"{type(pipeline).__name__}, {pipeline.vocabulary_size:,} tokens"}
    if hasattr(pipeline, "level"):
        said["pipeline"] += (
            f", level {pipeline.level}, language {pipeline.language}, normalization "
            f"{pipeline.normalization}, case folding {pipeline.case_folding}"
        )
        if pipeline.stopwords is not None:
            said["pipeline"] += ", without stopwords"
    if pipeline.counts is not None and pipeline.counts.any():
        texts = int(pipeline.counts[pipeline.start_id])
        tokens = int(pipeline.counts.sum()) - 2 * texts
        said["size"] = f"{texts:,} texts, {tokens:,} tokens"
    if getattr(pipeline, "scrub", False):
        found = ", ".join(f"{kind} {count:,}" for kind, count in pipeline.scrubbed.most_common())
        said["scrubbed"] = (
            f"scrubbed before anything else; found in the training text: {found or 'nothing'}"
        )
    return said
