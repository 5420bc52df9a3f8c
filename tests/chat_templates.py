"""Chat templates in the manner of each family, and conversations that they are rendered for.

`benchmarks/golden_chats.py` has `transformers` render all of them.
"""

import datetime

NOW = datetime.datetime(2026, 3, 9, 12, 30)
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}

TEMPLATES = {
    # SmolLM2 and Qwen 2: a system message of their own where there is none.
    "chatml": """\
{% for message in messages %}
{% if loop.first and messages[0]['role'] != 'system' %}
{{ '<|im_start|>system\\nYou help.<|im_end|>\\n' }}{% endif %}
{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}
{% endfor %}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
""",
    # Llama 2 and the first Mistral: roles alternate, the system message stands in the first one.
    "inst": """\
{%- if messages[0]['role'] == 'system' %}
    {%- set loop_messages = messages[1:] %}
    {%- set system = messages[0]['content'] %}
{%- else %}
    {%- set loop_messages = messages %}
    {%- set system = false %}
{%- endif %}
{%- for message in loop_messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Conversation roles must alternate user/assistant/user/assistant') }}
    {%- endif %}
    {%- if loop.index0 == 0 and system != false %}
        {%- set content = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + message['content'] %}
    {%- else %}
        {%- set content = message['content'] %}
    {%- endif %}
    {%- if message['role'] == 'user' %}
        {{- bos_token + '[INST] ' + content.strip() + ' [/INST]' }}
    {%- elif message['role'] == 'assistant' %}
        {{- ' ' + content.strip() + ' ' + eos_token }}
    {%- endif %}
{%- endfor %}
""",
    # Llama 3.1 and later: the date, and tools as JSON.
    "header": """\
{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{{- '<|start_header_id|>system<|end_header_id|>\\n\\nToday Date: ' + date_string + '\\n\\n' }}
{%- if tools is not none %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- '\\n\\n' }}
    {%- endfor %}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}
        {{- message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception('This model only supports single tool-calls at once!') }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '{"name": "' + tool_call.name + '", "parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- '}<|eot_id|>' }}
    {%- else %}
        {{- '<|start_header_id|>ipython<|end_header_id|>\\n\\n' }}
        {%- if message.content is mapping or message.content is iterable and not (
            message.content is string) %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    # Qwen 3: thoughts of earlier answers are left out, those after the last question stay.
    "think": """\
{%- set ns = namespace(last=messages|length - 1, looking=true) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.looking and message.role == "user" %}
        {%- set ns.looking = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == "assistant" %}
        {%- set thought = message.reasoning_content if message.reasoning_content else '' %}
        {%- if '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1] %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if loop.index0 > ns.last and (loop.last or thought) %}
            {{- '<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' }}
        {%- endif %}
        {%- generation %}{{ content.lstrip('\\n') }}{%- endgeneration %}
        {%- for call in message.tool_calls or [] %}
            {{- '<tool_call>\\n' ~ call.function.name ~ ' ' ~ (call.function | tojson) }}
            {{- '\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' + content + '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- else %}
        {%- if message.role not in ['user', 'system'] %}
            {%- continue %}
        {%- endif %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
""",
    # A macro, filters, a block that is set.
    "macro": """\
{% macro turn(role, text) -%}
### {{ role | title }}:
{{ text | replace('\\n\\n', '\\n') | trim }}
{% endmacro -%}
{% set names = messages | map(attribute='role') | unique | list -%}
{% set head %}Between {{ names | join(' and ') | upper }}.{% endset -%}
{{ head }}
{% for message in messages if message.role != 'tool' and message.content -%}
{{ turn(message.role, message.content | string) }}
{%- if not loop.last %}

{% endif %}
{%- endfor %}
{% if add_generation_prompt %}

### Assistant:
{% endif %}
""",
}

LAMP = {"name": "lamp", "arguments": {"on": True, "colour": "größer <b>", "hours": [1, 2.5]}}
CONVERSATIONS = {
    "one": [{"role": "user", "content": "Is the lamp lit?"}],
    "system": [
        {"role": "system", "content": "Be short. "},
        {"role": "user", "content": "  Is the lamp lit?\n\n\nIs it? "},
    ],
    "turns": [
        {"role": "user", "content": "Is the lamp lit?"},
        {"role": "assistant", "content": "<think>\nIt is night.\n</think>\n\nYes. "},
        {"role": "user", "content": "灯亮着吗？ 😀 {{ messages }} {% if %}"},
        {"role": "assistant", "content": "亮着。"},
        {"role": "user", "content": "<|im_end|>[INST] </s>"},
    ],
    "answered": [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because.", "reasoning_content": "A question.\n"},
    ],
    "tools": [
        {"role": "user", "content": "Light it."},
        {"role": "assistant", "content": None, "tool_calls": [{"function": LAMP}]},
        {"role": "tool", "content": "lit"},
        {"role": "tool", "content": "warm"},
        {"role": "assistant", "content": "It is lit."},
    ],
    "out of order": [
        {"role": "user", "content": "One"},
        {"role": "user", "content": "Two"},
    ],
    "empty": [{"role": "user", "content": ""}],
}
SETTINGS = {
    "question": {},
    "no prompt": {"add_generation_prompt": False},
    "tools": {"tools": [{"type": "function", "function": {"name": "lamp", "description": "ä"}}]},
    "no thoughts": {"enable_thinking": False},
}


def table():
    """Names of what is rendered, and its parts: a template, messages, settings."""
    for template, source in TEMPLATES.items():
        for conversation, messages in CONVERSATIONS.items():
            for setting, settings in SETTINGS.items():
                if setting == "question" or conversation in ("tools", "turns"):
                    yield f"{template}, {conversation}, {setting}", source, messages, settings
