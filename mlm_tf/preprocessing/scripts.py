"""Scripts: the pieces that are learned of a text lie within one, as within one word."""

# Unicode's names of them, as far as every release of `tokenizers` that goes in knows them.
OTHER_SCRIPTS = """
Adlam Ahom Anatolian_Hieroglyphs Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali
Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian
Chakma Cham Cherokee Chorasmian Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret
Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian
Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Hangul Hanifi_Rohingya Hanunoo
Hatran Hebrew Imperial_Aramaic Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi
Kannada Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Lepcha Limbu Linear_A
Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi
Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian
Mro Multani Myanmar Nabataean Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong
Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian
Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau
Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham
SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa
Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta
Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square
""".split()

# The insides of a character class each. Japanese mixes its three scripts within a word, and the
# sign of a long vowel belongs to them, as in SentencePiece; the tatweel lengthens Arabic letters.
LONG_VOWEL, TATWEEL = "\u30fc", "\u0640"
LATIN = r"\p{Latin}"
SCRIPTS = (
    LATIN,
    r"\p{Han}\p{Hiragana}\p{Katakana}" + LONG_VOWEL,
    r"\p{Arabic}" + TATWEEL,
    *(rf"\p{{{name}}}" for name in OTHER_SCRIPTS),
)
# What scripts share: ASCII digits, most signs, emoji and what joins them, hardly any letters.
SHARED = rf"[\p{{Common}}\p{{Inherited}}]&&[^{LONG_VOWEL}{TATWEEL}]"
UNLISTED = f"^{''.join(SCRIPTS)}" r"\p{Common}\p{Inherited}"

LETTERS, NUMBERS, SIGNS = r"\p{L}\p{M}", r"\p{N}", r"^\s\p{L}\p{M}\p{N}"
SHARED_MARKS = r"[\p{Inherited}&&\p{M}]"  # for instance U+0301; they go with what is before them


def pieces_within(most: int | None = None) -> str:
    """A pattern, in the syntax of Oniguruma, of the runs whose edges no piece of a text crosses.

    A run is of one script and of one kind, letters, digits or signs, with the space before it; or
    it is one white-space character.

    Args:
        most: how many characters a run has at most, the space aside; `None` for no limit.
    """
    times = "*" if most is None else f"{{0,{most - 1}}}"

    def runs(script, kind):
        first = f"[{script}]&&[{kind}]"
        return f" ?[{first}][[{first}]{SHARED_MARKS}]{times}"

    frequent = [(LATIN, LETTERS), (SHARED, SIGNS), (SHARED, NUMBERS)]  # tried first
    every = [
        (script, kind)
        for script in (*SCRIPTS, UNLISTED, SHARED)
        for kind in (LETTERS, NUMBERS, SIGNS)
    ]
    return "|".join(runs(*each) for each in frequent + every) + r"|\s"
