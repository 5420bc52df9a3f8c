"""What the tensors of a block are called in checkpoints, by the paths of its layers here."""

LLAMA_NAMES = {
    "self_attention/norm": "input_layernorm",
    "self_attention/block/query": "self_attn.q_proj",
    "self_attention/block/key": "self_attn.k_proj",
    "self_attention/block/value": "self_attn.v_proj",
    "self_attention/block/output_projection": "self_attn.o_proj",
    "self_attention/block/query_norm": "self_attn.q_norm",
    "self_attention/block/key_norm": "self_attn.k_norm",
    "feed_forward/norm": "post_attention_layernorm",
    "feed_forward/block/gate": "mlp.gate_proj",
    "feed_forward/block/up": "mlp.up_proj",
    "feed_forward/block/down": "mlp.down_proj",
}
BERT_NAMES = {
    "self_attention/block/query": "attention.self.query",
    "self_attention/block/key": "attention.self.key",
    "self_attention/block/value": "attention.self.value",
    "self_attention/block/output_projection": "attention.output.dense",
    "self_attention/norm": "attention.output.LayerNorm",
    "feed_forward/block/up": "intermediate.dense",
    "feed_forward/block/down": "output.dense",
    "feed_forward/norm": "output.LayerNorm",
}
