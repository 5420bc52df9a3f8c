"""How Sphinx builds the site; tools/docs.py gathers the pages and calls it, once a language."""

import re
from gettext import NullTranslations
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.search.en import SearchEnglish
from sphinx.util import logging
from sphinx.util.inspect import signature, stringify_signature

import mlm_tf

logger = logging.getLogger(__name__)
HERE = Path(__file__).parent
OTHER = {"en": ("zh", "zh-CN", "中文"), "zh_CN": ("en", "en", "English")}

project = html_title = "mlm_tf"
version = release = mlm_tf.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]

# === Pages ===
nb_execution_mode = "off"  # the outputs are those that are committed
nb_ipywidgets_js = {}  # they would come from elsewhere
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4

# === The reference of the code ===
autodoc_inherit_docstrings = False  # Keras's own are in Markdown, and on its site
autodoc_member_order = "groupwise"
autosummary_generate = False
default_role = "code"
napoleon_custom_sections = [("Call arguments", "params_style"), "Returns"]  # Returns is prose
napoleon_use_ivar = True

# === The look ===
html_theme = "furo"
html_theme_options = {"top_of_page_buttons": ["view"]}  # the template shows the language there
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_js_files = ["search_results.js"]
html_search_scorer = str(HERE / "search.js")
templates_path = [str(HERE / "templates")]
html_math_renderer = "mathml"
html_copy_source = html_show_sourcelink = html_show_copyright = False


def read_code_as_code(app, what, name, obj, options, lines):
    """In docstrings `code` stands between single backticks, at times over the end of a line."""
    text = re.sub(
        r"(?<![`\w])`([^`]+)`(?!`)", lambda m: f"``{' '.join(m[1].split())}``", "\n".join(lines)
    )
    lines[:] = text.split("\n")


def take_signature_of_init(app, what, name, obj, options, arguments, returns):
    """A layer's, for Keras's `__new__` hides it."""
    if what == "class" and getattr(obj.__init__, "__module__", "").startswith("mlm_tf"):
        return stringify_signature(signature(obj.__init__, bound_method=True)), None


# === Formulas: MathML, which browsers draw themselves, without a script or a font ===


def visit_formula(translator, node):
    block = isinstance(node, nodes.math_block)
    tex = re.sub(r"\\dots\b", r"\\ldots", node.astext())  # which docutils does not know
    try:
        formula = latex2mathml.tex2mathml(tex, as_block=block)
    except MathError as error:
        logger.warning("%s in $%s$", error, tex, location=node)
        raise nodes.SkipNode from error
    translator.body.append(f'<div class="math">{formula}</div>' if block else formula)
    raise nodes.SkipNode


# === Search: of Chinese each two characters in a row ===

HAN = r"[\u3400-\u9fff\uf900-\ufaff]"


class Search(SearchEnglish):
    """Words as in English; of Chinese every character and every pair (in a query, pairs).

    A segmenter cuts a page where it knows words, and whoever searches may cut elsewhere; pairs are
    the same in both.
    """

    js_splitter_code = (HERE / "split_query.js").read_text(encoding="utf-8")

    def split(self, text):
        found = re.findall(rf"(?:(?!{HAN})\w)+", text)
        for run in re.findall(rf"{HAN}+", text):
            found += [*run, *(run[i : i + 2] for i in range(len(run) - 1))]
        return found


class ChineseSearch(Search):
    lang = "zh"


# === Two languages ===


class Furo(NullTranslations):
    """What the theme says that Sphinx does not translate."""

    CHINESE: ClassVar = {
        "Back to top": "回到顶部",
        "Home": "首页",
        "Made with ": "构建工具：",
        "Next": "下一页",
        "On this page": "本页内容",
        "Previous": "上一页",
        "Skip to content": "跳到正文",
    }

    def gettext(self, message):
        return self.CHINESE.get(message, message)


def say_other_language(app, pagename, templatename, context, doctree):
    folder, code, name = OTHER[app.config.language]
    up = "../" * (pagename.count("/") + 1)
    context["other"] = {"url": f"{up}{folder}/{pagename}.html", "code": code, "name": name}


def setup(app):
    if app.config.language == "zh_CN":
        app.translator.add_fallback(Furo())
    app.add_html_math_renderer("mathml", (visit_formula, None), (visit_formula, None))
    app.add_search_language(Search)
    app.add_search_language(ChineseSearch)
    app.connect("autodoc-process-docstring", read_code_as_code, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", take_signature_of_init)
    app.connect("html-page-context", say_other_language)
