"""Make a small language model with random weights, so that the real loading code has one to load.

Run as a script: python tiny_model.py FOLDER makes FOLDER/tiny and FOLDER/slow.
"""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

WINDOW = 512
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_CORPUS = [
    "the ship sails at noon and the crew waits on the quay for the tide to turn",
    "a summary says in few words what a long text says in many words",
    "user assistant system summarize this text use only what the text says here is a text",
]


def make(folder: Path, *, window: int = WINDOW) -> Path:
    """Save a tokenizer and a model; a large window makes room for a long answer."""
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(7)
    config = LlamaConfig(  # pylint: disable=unexpected-keyword-arg
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=window,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=False,
    )
    network = LlamaForCausalLM(config)
    _speak_in_words(network, tokenizer)
    network.save_pretrained(folder)
    return folder


def _speak_in_words(network: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    """Give all tokens but words the same middling score, so that some word is always ahead."""
    rows = [
        i
        for t, i in tokenizer.get_vocab().items()
        if not t.lstrip("\u0120").isalpha() or len(t) < 4
    ]
    with torch.no_grad():
        network.lm_head.weight[rows] = 0.0


def _tokenizer() -> PreTrainedTokenizerFast:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(_CORPUS, trainer)
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
