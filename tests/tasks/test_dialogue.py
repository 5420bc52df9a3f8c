import json
import logging
import re

import keras
import numpy as np
import pytest

import mlm_tf
from mlm_tf import cli, corpora
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError, InvalidFileError
from mlm_tf.tasks import applications
from mlm_tf.tasks import dialogue as module
from mlm_tf.tasks.dialogue import (
    Conversation,
    Dialogues,
    context_ids,
    copied,
    distinct,
    pairs,
    reply_data,
    retrieve,
    rooms,
)
from mlm_tf.tasks.retrieval import WORD
from mlm_tf.tasks.rows import Rows

TEA = [["Tea?", "Yes, please!"], ["Coffee?", "No, thanks."]] * 20
SMALL = {"hidden_dim": 32, "num_layers": 1, "epochs": 8, "batch_size": 8, "max_sequence_length": 32}


@pytest.fixture(scope="module", params=["decoder", "encoder-decoder"])
def talk(request):
    return Dialogues(form=request.param, learning_rate=0.01, **SMALL).fit(TEA)


# === Dialogues to rows ===


def test_every_turn_but_the_first_is_a_reply_to_all_before():
    rows = pairs([["a", "b", "c"]])
    assert rows == Rows([("a",), ("a", "b")], ["b", "c"])


def test_a_dialogue_that_starts_with_an_answer_is_read_from_there(caplog):
    caplog.set_level(logging.INFO, "mlm_tf")
    dialogue = [
        {"role": "assistant", "content": "Welcome!"},
        {"role": "user", "content": "Tea?"},
        {"role": "assistant", "content": "Here."},
    ]
    assert pairs([dialogue], replies_of="assistant") == Rows([("Welcome!", "Tea?")], ["Here."])
    assert "1 of 1 dialogues: dialogues begin with assistant" in caplog.text


def test_empty_turns_are_passed_over_and_counted(caplog):
    caplog.set_level(logging.INFO, "mlm_tf")
    assert pairs([["Tea?", " ", "Yes."]]) == Rows([("Tea?",)], ["Yes."])
    assert "turns are empty" in caplog.text


def test_dialogues_of_one_turn_teach_nothing_and_are_counted(caplog):
    caplog.set_level(logging.INFO, "mlm_tf")
    assert len(pairs([["Tea?"], ["Tea?", "Yes."]]).targets) == 1
    assert "1 of 2 dialogues: dialogues have fewer than two turns" in caplog.text
    with pytest.raises(EmptyCorpusError, match="no turn answers another"):
        pairs([["Tea?"], []])


def test_an_unknown_speaker_is_told_who_there_is():
    turns = [{"speaker": "A", "text": "Tea?"}, {"speaker": "B", "text": "No."}]
    with pytest.raises(InvalidArgumentError, match="use one of 'A', 'B'"):
        pairs([turns], replies_of="Bob")
    with pytest.raises(InvalidArgumentError, match="do not say who speaks"):
        pairs(TEA, replies_of="Bob")


@pytest.mark.parametrize("dialogues", ["Tea?", ["Tea?"], [["Tea?", 3]], 3, {"turns": ["a", "b"]}])
def test_what_is_no_list_of_dialogues_is_refused(dialogues):
    with pytest.raises(InvalidArgumentError):
        pairs(dialogues)


def test_the_turns_of_one_dialogue_are_never_held_out_from_each_other():
    rows = pairs([[f"{i} a", f"{i} b", f"{i} c", f"{i} d"] for i in range(30)])
    training, held = Dialogues.split(rows)
    assert len(training.targets) + len(held.targets) == 90
    assert len(held.targets) == 9
    assert not {c[0] for c in training.inputs} & {c[0] for c in held.inputs}


# === Ids ===


def test_the_oldest_turns_go_first():
    turns = [[6] * 4, [7] * 3, [8] * 2]
    whole = context_ids(turns, 13, 2, 4)
    assert whole.ids.tolist() == [2, 6, 6, 6, 6, 4, 7, 7, 7, 4, 8, 8, 4] and whole.left_out == 0
    assert context_ids(turns, 12, 2, 4).ids.tolist() == [2, 7, 7, 7, 4, 8, 8, 4]
    assert context_ids(turns, 12, 2, 4)[1:] == (1, False)


def test_a_last_turn_that_is_too_long_keeps_its_end():
    context = context_ids([[5], [6, 7, 8, 9]], 5, 2, 4)
    assert context.ids.tolist() == [2, 7, 8, 9, 4]
    assert context[1:] == (1, True)


def test_both_forms_predict_the_same_tokens_and_the_reply_alone(talk):
    rows = pairs([["Tea?", "Yes, please!", "Coffee? " * 40, "No, thanks. " * 20]])
    pipeline, room = talk.model.pipeline, rooms(32)
    predicted = []
    for x, y, weight in reply_data(talk.model, rows, room, 2, shuffle=False):
        for ids, counts in zip(y.numpy(), weight.numpy() > 0, strict=True):
            predicted.append(ids[counts].tolist())
        lengths = {key: value.shape[1] for key, value in x.items()}
    expected = [row[: room[1]].tolist() for row in pipeline.encode(rows.targets, add_start=False)]
    filled = [row for row in predicted if row]
    assert filled == expected
    assert len(expected[1]) == room[1]  # too long: no end token is learned there
    assert set(lengths.values()) <= {31, *room}


def test_no_text_of_a_turn_ends_it(talk):
    context = talk.context(["[SEP] Tea? [END] __eou__ [SEP]"])
    assert (context.ids == talk.model.pipeline.sep_id).sum() == 1
    assert talk.model.pipeline.end_id not in context.ids


# === Learning and answering ===


def test_it_answers_as_it_learned(talk):
    assert talk.predict([["Tea?"], ["Coffee?"]]) == ["yes, please!", "no, thanks."]
    assert talk.predict(["Tea?"]) == ["yes, please!"]
    assert talk.reply("Coffee?", sampler="greedy") == "no, thanks."


def test_the_figures_are_those_of_the_replies(talk):
    figures = talk.evaluate(TEA[:2])
    assert figures["right"] == figures["copied"] == 1.0
    assert figures["distinct-1"] == 7 / 8  # "yes , please !", "no , thanks .": the comma twice
    assert 1 < figures["perplexity"] < 2


def test_the_perplexity_is_that_of_the_reply_given_its_context(talk):
    model, pipeline = talk.model, talk.model.pipeline
    context, reply = talk.context(["Tea?"]).ids, pipeline.encode(["Yes, please!"], add_start=False)
    if isinstance(model, mlm_tf.models.CausalLM):
        log_probs = model.score([[*context, *reply[0]]]).log_probs[0][len(context) - 1 :]
    else:
        source = np.append(context[:-1], pipeline.end_id)[None]
        target = np.append(pipeline.start_id, reply[0])[None]
        x = {"encoder_token_ids": source, "decoder_token_ids": target[:, :-1]}
        scores = keras.ops.log_softmax(model(x)[0])
        log_probs = np.array(scores)[np.arange(len(reply[0])), reply[0]]
    assert talk.perplexity([["Tea?", "Yes, please!"]]) == pytest.approx(
        np.exp(-log_probs.mean()), rel=1e-4
    )


def test_a_saved_model_works_on_raw_text(talk, tmp_path):
    talk.save(tmp_path / "talk.keras")
    loaded = Dialogues.load(tmp_path / "talk.keras")
    assert loaded.rooms == talk.rooms == (24, 8)
    assert loaded.predict([["Tea?"]]) == talk.predict([["Tea?"]])
    assert "copied" not in loaded.evaluate(TEA[:2])
    with pytest.raises(InvalidArgumentError, match="exists"):
        talk.save(tmp_path / "talk.keras")


def test_another_kind_of_model_is_refused(tmp_path):
    path = tmp_path / "m.keras"
    pipeline = mlm_tf.TextPipeline.fit(["a b"])
    mlm_tf.build_model("gru", "masked_lm", pipeline=pipeline, hidden_dim=8).save(path)
    with pytest.raises(InvalidFileError, match="MaskedLM"):
        Dialogues.load(path)


def test_a_turn_of_a_million_words_is_cut_and_answered(talk):
    context = talk.context(["word " * 1_000_000 + "Tea?"])
    assert len(context.ids) == 24 and context.is_cut
    assert talk.predict([["word " * 1_000_000 + "Tea?"]])[0]


@pytest.mark.parametrize("history", [[], "", [" "], [""]])
def test_nothing_to_reply_to_is_said(talk, history):
    with pytest.raises(InvalidArgumentError, match="nothing to reply to"):
        talk.reply(history)


def test_before_learning_it_says_so():
    with pytest.raises(InvalidArgumentError, match="learned nothing yet"):
        Dialogues().predict([["Tea?"]])
    with pytest.raises(InvalidArgumentError, match="learned nothing yet"):
        Conversation(Dialogues())


@pytest.mark.parametrize(
    ("contexts", "replies"),
    [([["a"]], ["b", "c"]), ([], []), ([["a"]], [" "]), (["a"], "b"), ([[" "]], ["b"])],
)
def test_sides_that_do_not_fit_are_refused(contexts, replies):
    with pytest.raises((InvalidArgumentError, EmptyCorpusError)):
        Dialogues.checked(contexts, replies)


def test_settings_that_cannot_work_are_refused():
    for setting in ({"form": "chat"}, {"max_sequence_length": 8}, {"batch_size": 0}, {"n": 1}):
        with pytest.raises(InvalidArgumentError, match=next(iter(setting))):
            Dialogues(**setting)


# === A conversation ===


def test_a_conversation_keeps_its_turns_and_says_what_it_leaves_out(talk, caplog):
    conversation = Conversation(talk, sampler="greedy")
    assert conversation.say("Tea?") == "yes, please!"
    assert conversation.turns == ["Tea?", "yes, please!"] and conversation.left_out == 0
    assert not caplog.records
    for _ in range(3):
        conversation.say("Coffee? Tea? Coffee?")
    assert conversation.left_out > 0
    assert len(conversation.turns) == 8  # nothing is lost
    assert f"the oldest {conversation.left_out} are left out" in caplog.text
    last = talk.context(conversation.turns[:-1])
    assert len(last.ids) <= 24 and last.left_out == conversation.left_out


def test_a_turn_that_says_nothing_changes_no_conversation(talk):
    conversation = Conversation(talk)
    with pytest.raises(InvalidArgumentError, match="nothing to reply to"):
        conversation.say("  ")
    assert conversation.turns == []


def test_a_turn_of_several_lines_is_one_turn(talk):
    conversation = Conversation(talk, sampler="greedy")
    conversation.say("Tea?\nCoffee?")
    assert len(conversation.turns) == 2


def test_the_same_seed_gives_the_same_reply(talk):
    replies = {talk.reply("Tea?", temperature=5.0, seed=1) for _ in range(3)}
    assert len(replies) == 1


# === Measures and baselines ===


def test_distinct_counts_n_grams_over_all_replies():
    assert distinct([["a", "b"], ["a", "b"]], 1) == 0.5
    assert distinct([["a", "b"], ["b", "a"]], 2) == 1.0
    assert distinct([["a"], []], 2) == 0.0


def test_copied_is_of_whole_replies():
    assert copied([["a"], ["a", "b"], ["b", "a"]], [["a"], ["b", "a", "c"]]) == pytest.approx(1 / 3)


def test_retrieval_counts_words_and_of_scripts_without_spaces_characters():
    assert re.findall(WORD, "Tea, 25 g?　要茶吗？お茶") == [
        *"Tea , 25 g ?".split(),
        *"要茶吗？お茶",
    ]


def test_retrieval_answers_as_the_most_similar_context_was_answered():
    training = Rows([("Hello", "Tea or milk?"), ("Where is the station?",)], ["Tea.", "There."])
    assert retrieve([("Which station?",), ("Milk?",)], training) == ["There.", "Tea."]


def test_the_baselines_know_the_training_set_alone():
    talk = Dialogues(**SMALL)
    rows = Rows([("Tea?",), ("Tea?",), ("Coffee?",)], ["Yes.", "Yes.", "No."])
    found = talk.baselines(rows, Rows([("Coffee?",)], ["No."]))
    assert found["the most frequent reply"]["right"] == 0
    assert found["retrieval by TF-IDF"]["right"] == 1
    assert found["retrieval by TF-IDF"]["copied"] == 1
    assert found["trigram of replies (Kneser-Ney)"]["perplexity"] > 1


# === Files, and the command ===


def test_tables_have_a_context_and_a_reply(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('context,reply\n"Tea?\nYes.",With milk?\nCoffee?,\nTea?,No.\n')
    rows, left_out = Dialogues.read([path])
    assert rows == Rows([("Tea?", "Yes."), ("Tea?",)], ["With milk?", "No."])
    assert left_out == 1


def test_it_is_found_by_its_name():
    assert applications()["dialogue"] is Dialogues


def test_compare_puts_a_model_beside_its_baselines(tmp_path):
    path = tmp_path / "d.jsonl"
    lines = [json.dumps({"turns": [f"{word}?", f"No {word}."]}) for word in "abcdefghijklmnopqrst"]
    path.write_text("\n".join(lines * 2))
    rows, _ = Dialogues.read([path])
    table = Dialogues(**{**SMALL, "epochs": 1}).compare(*rows)
    assert [row.kind for row in table.rows] == ["baseline"] * 3 + ["model"]
    assert set(table.rows[-1].figures) == {column.name for column in Dialogues.columns}


def test_the_command_learns_from_dialogues_and_answers(tmp_path, capsys, refused):
    path, model = tmp_path / "d.jsonl", tmp_path / "m.keras"
    path.write_text("\n".join(json.dumps(turns) for turns in TEA), encoding="utf-8")
    sizes = "--hidden-dim 32 --num-layers 1 --epochs 8 --batch-size 8 --max-sequence-length 32"
    arguments = ["task", "dialogue", str(path), "--output", str(model), *sizes.split()]
    assert cli.main([*arguments, "--learning-rate", "0.01"]) == 0
    assert "retrieval" in capsys.readouterr().out
    assert cli.main(["task", "dialogue", "--model", str(model), "Tea?"]) == 0
    assert capsys.readouterr().out.strip() in ("yes, please!", "no, thanks.")  # one was held out
    path.write_text('["Tea?"]\n')
    assert "no turn answers another" in refused("task", "dialogue", path, "--output", "n.keras")


def test_messages_with_roles_teach_what_the_assistant_says(tmp_path):
    path = tmp_path / "chat.jsonl"
    turns = [("system", "Be kind."), ("user", "Tea?"), ("assistant", "Yes."), ("user", "Thanks.")]
    turns = [{"role": role, "content": text} for role, text in turns]
    path.write_text(json.dumps({"messages": turns}))
    rows, _ = Dialogues.read([path])
    assert rows == Rows([("Be kind.", "Tea?")], ["Yes."])


TINY = {"max_sequence_length": 32, "hidden_dim": 8, "num_layers": 1, "epochs": 1, "batch_size": 8}


@pytest.mark.slow
def test_the_quick_table_has_both_forms_beside_the_baselines(monkeypatch):
    for name, value in (("STORIES", 40), ("HELD", 8), ("SIZES", TINY)):
        monkeypatch.setattr(module, f"QUICK_{name}", value)
    table = Dialogues.table(quick=True)
    assert [row.name for row in table.rows if row.kind == "model"] == [
        "decoder, greedy",
        "decoder, top-p",
        "encoder-decoder, greedy",
        "encoder-decoder, top-p",
    ]
    assert len([row for row in table.rows if row.kind == "baseline"]) == 3
    assert "People's own replies" in table.notes[-1]


@pytest.mark.slow
def test_the_full_table_shows_the_licence_of_its_data(monkeypatch):
    said = [corpora.Dialogue((f"It ’ s {i} .", "Is it ?"), (), ()) for i in range(20)]
    splits = {"train": said[:16], "test": said[15:]}  # one is in both
    monkeypatch.setattr(corpora, "daily_dialog", splits.__getitem__)
    monkeypatch.setattr(module, "FULL_SIZES", TINY)
    monkeypatch.setattr(module, "FULL_SEEDS", (0, 1))
    _, (training, held), *_ = module.daily_dialogues()
    assert (len(training.targets), len(held.targets)) == (16, 4)
    assert training.inputs[0] == ("It's 0 .",)
    monkeypatch.setattr(module, "FORMS", {"decoder": "causal_lm"})
    table = Dialogues.table(quick=False)
    assert any("not for commercial use" in note for note in table.notes)
    assert len(table.row("decoder, greedy").figures["perplexity"]) == 2


# === What people report of other programs ===


def test_a_conversation_of_many_rounds_still_gets_replies(talk):
    """transformers 7800 and 10742, rust-bert 87, DialoGPT 84: silence or noise once it is long."""
    conversation = Conversation(talk, sampler="greedy")
    replies = [conversation.say(word) for word in ["Tea?", "Coffee?"] * 8]
    assert set(replies[:2]) == {"yes, please!", "no, thanks."}
    assert all(replies)


def test_a_reply_that_says_nothing_does_not_end_a_conversation(talk, monkeypatch):
    conversation = Conversation(talk, sampler="greedy")
    with monkeypatch.context() as patch:
        patch.setattr(Dialogues, "reply", lambda *_, **__: "")
        assert conversation.say("Tea?") == ""
    assert conversation.say("Coffee?")
    assert conversation.turns[:3] == ["Tea?", "", "Coffee?"]


def test_what_generate_takes_a_reply_takes(talk):
    """DialoGPT 45 and 90: the same words over and over; that is what these are for."""
    assert talk.reply("Tea?", no_repeat_ngram_size=1, repetition_penalty=1.2, seed=0)
    with pytest.raises(InvalidArgumentError, match="temperature"):
        talk.reply("Tea?", temperature=-1)


def test_two_turns_of_one_speaker_on_end_are_no_error():
    """vllm 6862 and others: roles must alternate."""
    says = [("user", "Tea?"), ("user", "Or coffee?"), ("assistant", "Tea.")]
    dialogue = [{"role": role, "content": text} for role, text in says]
    assert pairs([dialogue]) == Rows([("Tea? Or coffee?",)], ["Tea."])


def test_a_long_dialogue_loses_its_beginning_and_never_the_reply(talk):
    """NeMo Automodel 2366: cut on the right, the row has nothing left to learn."""
    rows = Rows([tuple(f"turn number {i}" for i in range(50))], ["Yes."])
    [(_, y, weight)] = reply_data(talk.model, rows, rooms(32), 1, shuffle=False)
    learned = y.numpy()[0][weight.numpy()[0] > 0]
    assert (
        learned.tolist() == talk.model.output_pipeline.encode(["Yes."], add_start=False)[0].tolist()
    )
