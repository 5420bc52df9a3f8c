"""The table of every file that can be downloaded.

Each address leads to one commit for ever, and each checksum was computed from the bytes (that of
IMDB and of the newsgroups are the published ones). None of the files is part of this package.
"""

from glove.fetch import Remote

WIKITEXT = ("CC BY-SA", "Merity et al. (2016), Pointer Sentinel Mixture Models")
RT_POLARITY = ("CC BY 4.0 (as listed by NLTK)", "Pang & Lee (2005), Seeing Stars")
TATOEBA = ("CC BY 2.0", "tatoeba.org and manythings.org/anki")
POETRY = ("MIT; the poems are public domain", "github.com/chinese-poetry/chinese-poetry")
DAILY_DIALOG = (
    "CC BY-NC-SA 4.0 (non-commercial)",
    "Li et al. (2017), DailyDialog: A Manually Labelled Multi-turn Dialogue Dataset",
)

# Below https://raw.githubusercontent.com: owner/repository/commit/folder
SHAKESPEARE_AT = "karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare"
WIKITEXT_AT = (
    "pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2"
)
RT_POLARITY_AT = "yoonkim/CNN_sentence/23e0e1f7355705bb083043fda05c031b15acb38c"
REVIEWS_AT = "nltk/nltk_data/5db857e6f7df11eabb5e5665836db9ec8df07e28/packages/corpora"
FRENCH_AT = "genimind/seq2seq/4f3f8eb0adde54fcc8b89394336b002e7961244c"
CHINESE_AT = "pjgao/seq2seq_keras/345f3ad6aa03988aa5deb9e5252de4f0c59cc0a2/data"
POETRY_AT = "chinese-poetry/chinese-poetry/99ebbef7e1345c0985c44b9fd96a3f9e776f117b"
DAILY_DIALOG_AT = (
    "Ls-Dai/Deep-Reinforcement-Learning-for-Dialogue-Generation-in-PyTorch/"
    "bae51b16e3e8c0ce4ffd70b75ecfc40fbeb8e7ee/data"
)
SIMILARITY_AT = "mfaruqui/eval-word-vectors/94b3dd9fdbac7ed08dbee7179cd5ee464acf0594/data/word-sim"
ANALOGIES_AT = "tmikolov/word2vec/20c129af10659f7c50e86e3be406df663beff438"


def _github(name: str, folder: str, size: int, sha256: str, licence: str, citation: str) -> Remote:
    url = f"https://raw.githubusercontent.com/{folder}/{name.partition('/')[2]}"
    return Remote(name, (url,), f"sha256:{sha256}", size, licence, citation)


DATASETS = {
    remote.name: remote
    for remote in (
        _github(
            "tinyshakespeare/input.txt",
            SHAKESPEARE_AT,
            1_115_394,
            "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            "public domain",
            "Karpathy (2015), char-rnn",
        ),
        _github(
            "wikitext-2/train.txt",
            WIKITEXT_AT,
            10_797_148,
            "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f",
            *WIKITEXT,
        ),
        _github(
            "wikitext-2/valid.txt",
            WIKITEXT_AT,
            1_121_681,
            "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
            *WIKITEXT,
        ),
        _github(
            "wikitext-2/test.txt",
            WIKITEXT_AT,
            1_256_449,
            "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
            *WIKITEXT,
        ),
        _github(
            "rt-polarity/rt-polarity.pos",
            RT_POLARITY_AT,
            626_139,
            "2da124ec187a9d5a29c9f04e91c540e02baed5af8868f550a26bd6fd4dbf8bf0",
            *RT_POLARITY,
        ),
        _github(
            "rt-polarity/rt-polarity.neg",
            RT_POLARITY_AT,
            612_256,
            "4ace77d558c3714723843f1d65b60c01e3417b208180f0728808d76ad0eeeaca",
            *RT_POLARITY,
        ),
        _github(
            "movie_reviews/movie_reviews.zip",
            REVIEWS_AT,
            4_004_848,
            "a41211ae685019137410268134db6a1a14428c89b671eb83056151a878539008",
            "CC BY 4.0",
            "Pang & Lee (2004), A Sentimental Education",
        ),
        _github(
            "eng-fra/fra-eng.zip",
            FRENCH_AT,
            2_951_390,
            "16c4f7d0df9e7c5e6c54cdb0447f3f4a18a55052ff5e2e0b27dd4a06c0e49d04",
            *TATOEBA,
        ),
        _github(
            "cmn-eng/cmn.txt",
            CHINESE_AT,
            1_259_882,
            "74bd3c04dfe0ec75aaaf165597b2a83c6a733d34f46b184fc21ca6b552c268d3",
            *TATOEBA,
        ),
        _github(
            "chinese-poetry/唐诗三百首.json",
            f"{POETRY_AT}/全唐诗",
            190_787,
            "d77a145f7470da2ed2f79515944563c062ffc43fceda07f195a36ead66b7e5c7",
            *POETRY,
        ),
        _github(
            "chinese-poetry/宋词三百首.json",
            f"{POETRY_AT}/宋词",
            151_283,
            "ca5d74f7fdb9d5a6acc22a7c8b4395228cad4bb8be53df44c19ba83ab6983b20",
            *POETRY,
        ),
        _github(
            "chinese-poetry/shijing.json",
            f"{POETRY_AT}/诗经",
            156_972,
            "3c7ca54d59424542ada99adfcc85420287fbbd5c8a511e9baf705cb2b04051e7",
            *POETRY,
        ),
        _github(
            "chinese-poetry/poet.tang.0.json",
            f"{POETRY_AT}/全唐诗",
            408_405,
            "4f88f429938082523cdc72a1612bd7a7c3e3f7a33f8192c61ae51340efc3c92d",
            *POETRY,
        ),
        _github(
            "chinese-poetry/poet.tang.1000.json",
            f"{POETRY_AT}/全唐诗",
            477_519,
            "6e703b8d8dcedbd6110f6d48d043665ca2131db2035a5bfcef5e59a19aeb6d75",
            *POETRY,
        ),
        _github(
            "dailydialog/train.zip",
            DAILY_DIALOG_AT,
            2_059_812,
            "6191257f8250da0e045bfd1d017645e15b2358df975ec4c5c431a5a1f99662a4",
            *DAILY_DIALOG,
        ),
        _github(
            "dailydialog/validation.zip",
            DAILY_DIALOG_AT,
            191_273,
            "f068cf7526a56ab5f26e99b74ce9edbc2766f7b060a3c6cef035920b0dd28153",
            *DAILY_DIALOG,
        ),
        _github(
            "dailydialog/test.zip",
            DAILY_DIALOG_AT,
            188_867,
            "5f9526a5ce4b8af4ca237aa3ff38cbf03becbc596c70b0974d7f5f9af2ea0615",
            *DAILY_DIALOG,
        ),
        _github(
            "wordsim/EN-WS-353-ALL.txt",
            SIMILARITY_AT,
            7_405,
            "ce12919b240af45bdf46d243601eaca2b6212b159b5e7e9b435ee7ee40c5619c",
            "none stated; cite",
            "Finkelstein et al. (2002), Placing Search in Context",
        ),
        _github(
            "wordsim/EN-SIMLEX-999.txt",
            SIMILARITY_AT,
            18_024,
            "405394ffb7d25f6d0e3c041f87c9f27d29dc6b047506769953e85c4523b11685",
            "none stated; cite",
            "Hill et al. (2015), SimLex-999",
        ),
        _github(
            "wordsim/questions-words.txt",
            ANALOGIES_AT,
            603_955,
            "8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
            "Apache-2.0",
            "Mikolov et al. (2013), Efficient Estimation of Word Representations",
        ),
        Remote(
            "imdb/aclImdb_v1.tar.gz",
            ("https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",),
            "md5:7c2ac02c03563afcf9b574c7e56c153a",
            84_125_825,
            "none stated; cite",
            "Maas et al. (2011), Learning Word Vectors for Sentiment Analysis",
        ),
        # Where scikit-learn has it from, with the checksum that scikit-learn publishes.
        Remote(
            "20newsgroups/20news-bydate.tar.gz",
            ("https://ndownloader.figshare.com/files/5975967",),
            "sha256:8f1b2514ca22a5ade8fbb9cfa5727df95fa587f4c87b786e15c759fa66d95610",
            None,
            "none stated; cite",
            "Lang (1995), NewsWeeder: Learning to Filter Netnews",
        ),
    )
}


def datasets() -> str:
    """The table to print: name, kilobytes, licence and what to cite, a line a file.

    Example:

    >>> print(datasets())
    name                               kB  licence                           citation
    tinyshakespeare/input.txt       1,115  public domain                     Karpathy (2015), ...
    """
    from rich.cells import cell_len, set_cell_size  # a Chinese character is two cells wide

    rows = [("name", "kB", "licence", "citation")]
    for remote in DATASETS.values():
        size = "?" if remote.size is None else f"{remote.size / 1e3:,.0f}"
        rows.append((remote.name, size, remote.licence, remote.citation))
    name_width = max(cell_len(name) for name, *_ in rows)
    licence_width = max(len(licence) for _, _, licence, _ in rows)
    return "\n".join(
        f"{set_cell_size(name, name_width)}  {size:>6}  {licence:<{licence_width}}  {citation}"
        for name, size, licence, citation in rows
    )
