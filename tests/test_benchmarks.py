"""What the benchmarks share; the scripts themselves run for minutes, and `--quick` tries them."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("psutil", reason="of the extra bench")

from benchmarks import measuring, recipes
from benchmarks.training_peers.timing import drawn_windows
from mlm_tf.training import Recipe

SCRIPTS = Path(recipes.__file__).parent / "training_peers"


def test_a_table_is_pasted_between_the_markers_of_its_name(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "a\n<!-- benchmark -->\n<!-- /benchmark -->\nb\n"
        "<!-- recipes -->\nold\n<!-- /recipes -->\nc\n"
    )
    measuring.paste(page, r"\1 new" + "\n", "recipes")
    measuring.paste(page, "1\n")
    assert page.read_text() == (
        "a\n<!-- benchmark -->\n1\n<!-- /benchmark -->\nb\n"
        "<!-- recipes -->\n\\1 new\n<!-- /recipes -->\nc\n"
    )
    with pytest.raises(SystemExit, match="write <!-- grammar -->"):
        measuring.paste(page, "2\n", "grammar")


@pytest.mark.parametrize("marker", ["benchmark", "recipes", "grammar"])
def test_the_page_of_trainings_has_a_place_for_each_of_its_tables(marker):
    page = (Path(recipes.__file__).parents[1] / "docs" / "training.md").read_text(encoding="utf-8")
    assert page.count(f"<!-- {marker} -->\n") == page.count(f"<!-- /{marker} -->\n") == 1


@pytest.mark.parametrize("one", recipes.contestants(), ids=lambda one: one.name)
def test_every_recipe_is_one_and_its_updates_are_those_of_all(one, monkeypatch):
    recipe = Recipe(**one.job["recipe"])
    monkeypatch.syspath_prepend(SCRIPTS)
    from mlm_tf_recipe import in_batches

    job = one.job | {"seed": 1, "steps": 4}
    batches = in_batches(job, recipe.accumulation_steps)
    ids = np.arange(1000)
    for whole, parts in zip(drawn_windows(ids, job), drawn_windows(ids, batches), strict=True):
        assert parts.shape[0] == 4 * recipe.accumulation_steps
        np.testing.assert_array_equal(parts.reshape(whole.shape), whole)


def test_differences_are_those_of_single_seeds():
    runs = {recipes.FIRST: [{"loss": 2.0}, {"loss": 3.0}]}
    assert recipes.differences([2.5, 2.75], runs) == [0.5, -0.25]
    assert recipes.differences([2.5], {}) == []
    assert recipes.between([0.5, -0.25], "+.2f") == "-0.25 to +0.50"
