"""Fonts: which are found, one that was installed a minute ago too."""

import dataclasses
from pathlib import Path

import matplotlib
import pytest
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from mlm_tf.viz import fonts

STIX = Path(matplotlib.get_data_path(), "fonts", "ttf", "STIXGeneral.ttf")


@pytest.fixture
def only_in_stix(monkeypatch):
    """A character of STIX alone, with a list of fonts that was made before STIX was installed."""
    default = get_font(findfont(FontProperties()))
    known = default.get_charmap()
    monkeypatch.setattr(
        fontManager, "ttflist", [f for f in fontManager.ttflist if "DejaVu" in f.name]
    )
    monkeypatch.setattr(fonts, "_unreadable", set())
    elsewhere = {code for f in fontManager.ttflist for code in get_font(f.fname).get_charmap()}
    return chr(min(get_font(STIX).get_charmap().keys() - known.keys() - elsewhere))


def test_a_font_that_was_installed_after_the_list_was_made_is_found(only_in_stix, monkeypatch):
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", list)
    assert fonts.families_for([only_in_stix]) == (["DejaVu Sans"], {only_in_stix})
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", lambda: [str(STIX)])
    families, missing = fonts.families_for([only_in_stix])
    assert "STIXGeneral" in families and not missing


def test_nothing_is_looked_for_where_nothing_is_missing(monkeypatch):
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", lambda: pytest.fail("looked"))
    assert fonts.families_for(["cat"]) == (["DejaVu Sans"], set())


def test_a_file_that_is_no_font_is_tried_once(only_in_stix, monkeypatch, tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    tried = []
    add = fontManager.addfont
    monkeypatch.setattr(fontManager, "addfont", lambda path: (tried.append(path), add(path)))
    monkeypatch.setattr(
        "matplotlib.font_manager.findSystemFonts", lambda: [str(tmp_path / "broken.ttf")]
    )
    for _ in range(2):
        assert fonts.families_for([only_in_stix])[1] == {only_in_stix}
    assert len(tried) == 1


def test_a_family_without_a_regular_face_is_taken_too(only_in_stix, caplog):
    """The variable fonts that Google offers say of themselves that they are thin."""
    fontManager.addfont(STIX)
    thin = dataclasses.replace(fontManager.ttflist.pop(), weight=100)
    fontManager.ttflist.append(thin)
    families, missing = fonts.families_for([only_in_stix])
    assert not missing
    assert Path(findfont(FontProperties(families[-1]))).samefile(STIX)
    assert not caplog.text  # matplotlib says nothing of another weight
