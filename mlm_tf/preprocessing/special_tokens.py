"""The six special tokens: what stands in a row of ids and is no part of a text."""

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[START]", "[END]", "[SEP]", "[MASK]")
PAD_ID, UNK_ID, START_ID, END_ID, SEP_ID, MASK_ID = range(len(SPECIAL_TOKENS))
