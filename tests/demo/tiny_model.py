"""Make a small language model that says known sentences, so that the real code has one to load.

Whatever it reads, it writes the sentences of `SAID`, one after the other: each token has one
successor, which the weights of the last layer know. Attention adds nothing.

Run as a script: python tiny_model.py FOLDER makes FOLDER/tiny and FOLDER/slow.
"""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tests.demo.said import SAID

WINDOW = 512
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_CODE = 256  # numbers that stand for a token in the network


def make(folder: Path, *, window: int = WINDOW) -> Path:
    """Save a tokenizer and a model; a large window makes room for a long answer."""
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(  # pylint: disable=unexpected-keyword-arg
        vocab_size=len(tokenizer),
        hidden_size=_CODE,
        intermediate_size=8,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=window,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=False,
    )
    network = LlamaForCausalLM(config)
    _teach(network, tokenizer)
    network.save_pretrained(folder)
    return folder


def _teach(network: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    """After a token's code, its successor has by far the highest score."""
    said = tokenizer("\n" + " ".join(SAID), add_special_tokens=False)["input_ids"]
    assert len(set(said)) == len(said), "a token has two successors"
    generator = torch.Generator().manual_seed(7)
    codes = torch.randint(0, 2, (len(tokenizer), _CODE), generator=generator) * 2.0 - 1.0
    with torch.no_grad():
        network.model.embed_tokens.weight.copy_(codes)
        network.lm_head.weight.zero_()
        for token, following in zip(said, [*said[1:], said[1]]):
            network.lm_head.weight[following] += codes[token]
        for layer in network.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()


def _tokenizer() -> PreTrainedTokenizerFast:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2_000,  # more than there is to merge: each word becomes one token
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator([f"user assistant system {' '.join(SAID)}"], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        chat_template=_TEMPLATE,
        model_max_length=2048,
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]) / "tiny")
    make(Path(sys.argv[1]) / "slow", window=2048)
