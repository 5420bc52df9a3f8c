"""Write what `transformers` makes of chats: `tests/preprocessing/golden_chats.json`.

    PYTHONPATH=. python benchmarks/golden_chats.py

Where `transformers` is installed, beside neither Keras nor this package. What it refuses is `null`.
"""

import datetime
import json
import pathlib
from unittest import mock

import transformers
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

from tests.chat_templates import NOW, SPECIAL, table


class Now(datetime.datetime):
    """A date that stands still."""

    @classmethod
    def now(cls, tz=None):
        return NOW


def main() -> None:
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), **SPECIAL)
    rendered = {}
    with mock.patch.object(chat_template_utils, "datetime", Now):
        for name, source, messages, settings in table():
            settings = {"add_generation_prompt": True, **settings}
            try:
                rendered[name] = tokenizer.apply_chat_template(
                    messages, chat_template=source, tokenize=False, **settings
                )
            except Exception as error:  # of jinja2, and of Python
                print(f"{name}: {type(error).__name__}: {error}")
                rendered[name] = None
    content = {"transformers": transformers.__version__, "rendered": rendered}
    path = pathlib.Path(__file__).parents[1] / "tests/preprocessing/golden_chats.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    refused = sum(text is None for text in rendered.values())
    print(f"{path}: {len(rendered)} chats, {refused} of them refused")


if __name__ == "__main__":
    main()
