"""Chinese pages use the words of TERMINOLOGY.md, and none that another book has for the same."""

import re

import pytest

from tools import course

ROOT = course.ROOT
# What else these concepts are called, and our word.
OTHER_WORDS = {
    "令牌": "词元",
    "标记化": "词元化",
    "词汇表": "词表",
    "起始词元": "开始词元",
    "起始标记": "开始词元",
    "结束标记": "结束词元",
    "停止词": "停用词",
    "停止串": "停止字符串",
    "隐藏状态": "隐状态",
    "隐含状态": "隐状态",
    "记忆单元": "记忆元",
    "键值缓存": "KV 缓存",
    "逐位前馈": "基于位置的前馈网络",
    "遮蔽": "掩码",
    "掩蔽": "掩码",
    "注意力得分权重": "注意力权重",
    "位置嵌入": "位置编码",
    "集束搜索": "束搜索",
    "波束搜索": "束搜索",
    "贪婪": "贪心",
    "迭代周期": "轮",
    "过度拟合": "过拟合",
    "学习速率": "学习率",
    "检验集": "验证集",
    "预热期": "预热",
    "丢弃法": "暂退法",
    "批次大小": "批量大小",
    "词嵌入向量": "词向量",
    "余弦相似性": "余弦相似度",
    "最大似然估计": "极大似然估计",
}
PAGES = [
    ROOT / "README.zh-CN.md",
    ROOT / "TERMINOLOGY.md",
    *course.LANGUAGES["zh"].glob("*.ipynb"),
    *ROOT.glob("docs/**/*zh*.md"),
    *ROOT.glob("docs/**/zh/**/*.md"),
    *ROOT.glob("mlm_tf/**/demo_sentences.py"),
    *ROOT.glob("mlm_tf/course/page_*.py"),
]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_concept_has_one_word(path):
    text = path.read_text(encoding="utf-8")
    text = re.sub(
        r"mask\* is 掩码.*?\n.*?迭代周期\)", "", text
    )  # TERMINOLOGY says where they differ
    found = {word: ours for word, ours in OTHER_WORDS.items() if word in text}
    assert not found
