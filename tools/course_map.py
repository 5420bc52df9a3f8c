"""Draw the map of the course, the way of the data through its pages, as SVG.

    python -m tools.course_map        write docs/map.svg and docs/map.zh-CN.svg, for the READMEs

The site draws its own, with links (tools/docs.py).
"""

from html import escape

from tools import course

# What the map says of a page: English, Chinese, and what its picture is (a function below).
NAMES = {
    "00": ("Quickstart: the whole way on one page", "快速上手：一页走完全程"),
    "01": ("Text to ids", "从文本到编号"),
    "02": ("Counting", "计数"),
    "03": ("Word vectors", "词向量"),
    "04": ("Recurrence", "循环神经网络"),
    "05": ("Attention", "注意力"),
    "06": ("Transformer", "Transformer"),
    "07": ("Training", "训练"),
    "08": ("Generation", "生成"),
    "09": ("Masked models", "掩码语言模型"),
    "10": ("Chinese", "中文"),
    "11": ("Long and large", "大规模训练"),
    "12": ("Sentiment", "情感分析"),
    "13": ("Topics", "主题"),
    "14": ("Translation", "机器翻译"),
    "15": ("Summaries", "文本摘要"),
    "16": ("Dialogue", "对话系统"),
    "17": ("Safety", "安全"),
    "faq": ("FAQ: questions", "常见问题"),
}
# Those that come with capabilities of the package that are not there yet.
PLANNED = {
    "18": ("A real model in our blocks", "用我们的块搭出真实的模型"),
    "19": ("Fine-tuning", "微调"),
}
LATER = [  # the planned ones, as the map calls and groups them
    ("18–19", ("A real model", "真实的模型")),
]
SAYS = {
    "text": ("text", "文本"),
    "network": ("A network: blocks on blocks", "网络：层层堆叠的块"),
    "next": ("The next token", "下一个词元"),
    "shortcut": ("counts alone", "只靠计数"),
    "weights": ("moves the weights", "调整权重"),
    "append": ("the chosen token joins the text", "选出的词元接到文本后面"),
    "append_short": ("joins the text", "接到文本后面"),
    "objective": ("another objective", "另一种训练目标"),
    "planned": ("planned", "计划中"),
    "map": ("Map of the course: the way of the data", "课程地图：数据走过的路"),
}

SHAPES = """
.course-map text { font-family: system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei",
  sans-serif; font-size: 15px; fill: var(--map-ink); }
.course-map .small { font-size: 12.5px; fill: var(--map-soft); }
.course-map .number { font-weight: 700; fill: var(--map-blue); }
.course-map .token { font-size: 13px; }
.course-map .on { font-weight: 700; fill: var(--map-paper); }
.course-map .card { fill: var(--map-card); stroke: var(--map-line); stroke-width: 1.5; }
.course-map .area { fill: var(--map-area); }
.course-map .later .card { stroke-dasharray: 5 4; fill: none; }
.course-map .later .number { fill: var(--map-soft); }
.course-map .way { fill: none; stroke: var(--map-soft); stroke-width: 2; }
.course-map .head { fill: var(--map-soft); }
.course-map .blue { fill: var(--map-blue); }
.course-map .warm { fill: var(--map-warm); }
.course-map .pen { fill: none; stroke: var(--map-blue); stroke-width: 2; }
.course-map .warm-pen { fill: none; stroke: var(--map-warm); stroke-width: 2; }
.course-map a:hover .card, .course-map a:focus .card { stroke: var(--map-blue); stroke-width: 3; }
"""
COLOURS = {
    "light": "--map-paper:#fff;--map-ink:#1b2733;--map-soft:#566575;--map-card:#fff;"
    "--map-area:#eef3f8;--map-line:#9fb1c2;--map-blue:#1565c0;--map-warm:#c2560a;",
    "dark": "--map-paper:#15191e;--map-ink:#e8edf2;--map-soft:#a3b1bf;--map-card:#1d242c;"
    "--map-area:#171d23;--map-line:#51616f;--map-blue:#7ab8ff;--map-warm:#ffab6b;",
}


def style(light: str, dark: str, dark_by_system: str) -> str:
    """The style sheet, given what selects a map in light, in dark, and where the system decides."""
    return (
        f"{light} {{ {COLOURS['light']} }}\n{dark} {{ {COLOURS['dark']} }}\n"
        f"@media (prefers-color-scheme: dark) {{ {dark_by_system} {{ {COLOURS['dark']} }} }}"
        + SHAPES
    )


# === Pictures, each in a place of 120 by 56 ===


def text(x, y, words, kind="", anchor="start") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def rectangle(x, y, width, height, kind, radius=2) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" class="{kind}"/>'


def circle(x, y, radius, kind) -> str:
    return f'<circle cx="{x}" cy="{y}" r="{radius}" class="{kind}"/>'


def path(d, kind) -> str:
    return f'<path d="{d}" class="{kind}"/>'


def picture_of_text() -> str:
    return text(0, 16, "the cat sat", "token") + text(0, 36, "on the …", "token")


def picture_01() -> str:
    tokens = [("the", 14), ("cat", 207), ("sat", 93)]
    return "".join(
        rectangle(41 * i, 2, 37, 24, "card", 4)
        + text(41 * i + 18.5, 18, word, "token", "middle")
        + text(41 * i + 18.5, 46, str(number), "token number", "middle")
        for i, (word, number) in enumerate(tokens)
    )


def picture_02() -> str:
    rows = [("cat sat", 62), ("cat ran", 30), ("cat is", 16)]
    return "".join(
        text(0, 14 + 20 * i, pair, "token") + rectangle(54, 3 + 20 * i, width, 13, "warm")
        for i, (pair, width) in enumerate(rows)
    )


def picture_03() -> str:
    cells = [[0.9, 0.3, 0.7, 0.2], [0.2, 0.8, 0.4, 1.0], [0.3, 0.9, 0.3, 0.8]]
    return "".join(
        f'<rect x="{41 * i + 12}" y="{13.5 * j + 2}" width="13" height="12" class="blue" '
        f'opacity="{value}"/>'
        for i, column in enumerate(cells)
        for j, value in enumerate(column)
    )


def picture_04() -> str:
    arrows = "".join(path(f"M{30 + 34 * i},28 h16", "pen") for i in range(3))
    return arrows + "".join(circle(22 + 34 * i, 28, 9, "blue") for i in range(3))


def picture_05() -> str:
    arcs = [(0, 1.0), (34, 3.5), (68, 2.0)]
    return "".join(
        f'<path d="M106,44 Q{(106 + 4 + x) / 2},{-30 + x * 0.5} {4 + x},44" class="pen" '
        f'style="stroke-width:{width}"/>'
        for x, width in arcs
    ) + "".join(circle(4 + 34 * i, 48, 5, "blue") for i in range(4))


def picture_06() -> str:
    return "".join(
        rectangle(26, 40 - 19 * i, 86, 15, kind, 4)
        for i, kind in enumerate(["blue", "warm", "blue"])
    ) + path("M69,59 v-4 M69,2 v-5", "pen")


def picture_of_next() -> str:
    rows = [("mat", 70), ("sofa", 38), ("roof", 18)]
    return "".join(
        text(0, 14 + 20 * i, word, "token") + rectangle(42, 3 + 20 * i, width, 13, "blue")
        for i, (word, width) in enumerate(rows)
    )


def picture_07() -> str:
    return (
        path("M4,0 V54 H118", "way")
        + path("M8,4 C24,40 60,46 114,49", "pen")
        + path("M8,6 C24,32 60,36 114,33", "warm-pen")
    )


def picture_08() -> str:
    die = rectangle(6, 6, 44, 44, "card", 8)
    dots = "".join(circle(x, y, 4, "warm") for x, y in [(17, 17), (28, 28), (39, 39)])
    return die + dots + path("M58,28 h18", "way") + text(84, 33, "mat", "token number")


def picture_09() -> str:
    return "".join(
        rectangle(41 * i, 14, 37, 26, "warm" if word == "?" else "card", 4)
        + text(41 * i + 18.5, 32, word, "token on" if word == "?" else "token", "middle")
        for i, word in enumerate(["the", "?", "sat"])
    )


PICTURES = {
    "01": picture_01,
    "02": picture_02,
    "03": picture_03,
    "04": picture_04,
    "05": picture_05,
    "06": picture_06,
    "07": picture_07,
    "08": picture_08,
    "09": picture_09,
}

# === Where things stand: x, y, width, height, and of a page where its picture is ===

WIDE = {
    "size": (1080, 806),
    "boxes": {
        "text": (20, 230, 116, 116, (14, 46)),
        "network": (596, 146, 268, 296, None),
        "next": (896, 230, 164, 116, (18, 44)),
        "00": (20, 20, 1040, 46, None),
        "01": (176, 230, 160, 116, (20, 46)),
        "02": (330, 84, 216, 106, (44, 38)),
        "03": (386, 230, 160, 116, (20, 46)),
        "04": (612, 182, 236, 72, (104, 8)),
        "05": (612, 264, 236, 72, (104, 6)),
        "06": (612, 346, 236, 84, (104, 16)),
        "07": (596, 506, 268, 104, (120, 24)),
        "08": (896, 506, 164, 104, (26, 38)),
        "09": (330, 506, 216, 104, (46, 36)),
        "10": (195, 740, 165, 46, None),
        "11": (370, 740, 165, 46, None),
        "12": (20, 680, 165, 46, None),
        "13": (195, 680, 165, 46, None),
        "14": (370, 680, 165, 46, None),
        "15": (545, 680, 165, 46, None),
        "16": (720, 680, 165, 46, None),
        "17": (895, 680, 165, 46, None),
        "faq": (20, 740, 165, 46, None),
    },
    "later": [(545, 740, 230, 46)],
    "ways": [
        "M136,288 H166",
        "M336,288 H376",
        "M546,288 H586",
        "M864,288 H886",
        "M256,230 V136 H320",
        "M546,136 H982 V220",
        "M940,346 V474 H800 V496",
        "M700,506 V452",
        "M1015,346 V496",
        "M546,558 H586",
        "M982,610 V640 H78 V356",
    ],
    "words": {
        "shortcut": (768, 128, "middle"),
        "weights": (690, 484, "end"),
        "append": (530, 634, "middle"),
        "objective": (438, 498, "middle"),
        "planned": (787, 768, "start"),
    },
}
NARROW = {
    "size": (380, 1642),
    "boxes": {
        "text": (40, 86, 300, 76, (168, 16)),
        "network": (40, 494, 300, 286, None),
        "next": (40, 820, 300, 76, (168, 10)),
        "00": (20, 16, 340, 46, None),
        "01": (40, 186, 300, 76, (168, 12)),
        "02": (110, 286, 230, 76, (104, 10)),
        "03": (40, 386, 300, 76, (168, 10)),
        "04": (54, 528, 272, 72, (150, 8)),
        "05": (54, 610, 272, 72, (150, 6)),
        "06": (54, 692, 272, 72, (150, 8)),
        "07": (40, 930, 300, 76, (168, 10)),
        "09": (40, 1036, 300, 76, (168, 10)),
        "08": (40, 1142, 300, 76, (168, 10)),
        "10": (195, 1422, 165, 46, None),
        "11": (20, 1480, 165, 46, None),
        "12": (20, 1248, 165, 46, None),
        "13": (195, 1248, 165, 46, None),
        "14": (20, 1306, 165, 46, None),
        "15": (195, 1306, 165, 46, None),
        "16": (20, 1364, 165, 46, None),
        "17": (195, 1364, 165, 46, None),
        "faq": (20, 1422, 165, 46, None),
    },
    "later": [(20, 1576, 340, 46)],
    "ways": [
        "M190,162 V176",
        "M75,262 V376",
        "M225,262 V276",
        "M340,324 H366 V846 H350",
        "M190,462 V484",
        "M190,780 V810",
        "M190,896 V920",
        "M340,874 H366 V1180 H350",
        "M40,968 H26 V640 H30",
        "M190,1036 V1016",
        "M40,1180 H10 V124 H30",
    ],
    "words": {
        "shortcut": (126, 352, "start"),
        "weights": (56, 996, "start"),
        "append_short": (56, 1208, "start"),
        "objective": (56, 1102, "start"),
        "planned": (24, 1564, "start"),
    },
}


def arrow(d: str) -> str:
    """A way and its head, which points as the last part of the way goes."""
    *start, last = d.split(" ")
    x, y = map(float, start[0][1:].split(","))
    for part in start[1:]:
        x, y = (float(part[1:]), y) if part[0] == "H" else (x, float(part[1:]))
    end = float(last[1:])
    if last[0] == "H":
        step = 8 if end > x else -8
        head = f"M{end + step},{y:g} l{-step},-5 v10 z"
    else:
        step = 8 if end > y else -8
        head = f"M{x:g},{end + step} l-5,{-step} h10 z"
    return path(d, "way") + path(head, "head")


def title(number: str, name: str, x, y, on_two_lines: bool) -> str:
    """The number of a page, and its name beside it or below."""
    shown = "" if number == "faq" else number
    if not shown:
        return text(x, y, name)
    if on_two_lines:
        return text(x, y, shown, "number") + text(x, y + 22, name)
    gap = f'<tspan class="number">{shown}</tspan>\u2002{escape(name)}'
    return f'<text x="{x}" y="{y}">{gap}</text>'


def box(key: str, place, language: int, urls: dict | None) -> str:
    x, y, width, height, at = place
    beside = at is not None and at[0] > 80
    drawing = {"text": picture_of_text, "next": picture_of_next, **PICTURES}.get(key)
    inside = rectangle(x, y, width, height, "card", 10)
    if drawing:
        inside += f'<g transform="translate({x + at[0]},{y + at[1]})">{drawing()}</g>'
    if key in SAYS:
        inside = inside.replace('class="card"', 'class="card area"', 1)
        return inside + text(x + 16, y + 26, SAYS[key][language])
    inside += title(key, NAMES[key][language], x + 16, y + (28 if height < 60 else 26), beside)
    if urls is None:
        return inside
    if key in urls:
        return f'<a href="{urls[key]}">{inside}</a>'
    return f'<g class="later"><title>{SAYS["planned"][language]}</title>{inside}</g>'


def draw(layout: dict, language: int, urls: dict | None = None, kind: str = "") -> str:
    """The map as `<svg>`; with addresses of the pages they are links, and the rest is planned."""
    width, height = layout["size"]
    parts = [box(key, place, language, urls) for key, place in layout["boxes"].items()]
    parts += [arrow(d) for d in layout["ways"]]
    for (number, names), (x, y, w, h) in zip(LATER, layout["later"], strict=True):
        inside = rectangle(x, y, w, h, "card", 10)
        inside += title(number, names[language], x + 14, y + 28, False)
        parts.append(f'<g class="later">{inside}</g>')
    for key, (x, y, anchor) in layout["words"].items():
        parts.append(text(x, y, SAYS[key][language], "small", anchor))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" class="{kind}" '
        f'role="{"group" if urls else "img"}" aria-label="{SAYS["map"][language]}">'
        + "".join(parts)
        + "</svg>"
    )


def for_site(language: str, urls: dict) -> str:
    """The map in HTML, wide and narrow, with links to the pages that there are."""
    sheet = style(".course-map", "[data-theme=dark] .course-map", "[data-theme=auto] .course-map")
    index = list(course.LANGUAGES).index(language)
    maps = draw(WIDE, index, urls, "wide") + draw(NARROW, index, urls, "narrow")
    return f'<div class="course-map"><style>{sheet}</style>{maps}</div>'


def for_readme(language: int) -> str:
    """The map as a file of its own, on its own paper."""
    width, height = WIDE["size"]
    drawn = draw(WIDE, language, kind="course-map")
    sheet = style(".course-map", ".course-map.dark", ".course-map")
    paper = f'<rect width="{width}" height="{height}" rx="12" style="fill:var(--map-paper)"/>'
    start, end = drawn.split(">", 1)
    return f"{start}><style>{sheet}</style>{paper}{end}\n"


README_MAPS = {"map.svg": 0, "map.zh-CN.svg": 1}


def main():
    for name, language in README_MAPS.items():
        (course.ROOT / "docs" / name).write_text(for_readme(language), encoding="utf-8")


if __name__ == "__main__":
    main()
