"""A causal language model: load it, prompt it, stream its answer, stop it.

Imports torch and transformers, so only the background loader imports this module.
"""

import os
import re
import threading
from collections.abc import Generator
from contextlib import closing
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, NoRepeatNGramLogitsProcessor

_WINDOW = 2_048  # tokens; more would take a small CPU minutes before the first word
_SMALL = 300_000_000  # weights; one with fewer wrote what passed every check and was false
_SLACK = 16  # tokens; joined texts can take a little more than the sum of both
_LOOP = 5  # tokens in a row that an answer may have only once
_PROBE = "which way to the sea"  # no template contains this


class Model:
    """A loaded model with its tokenizer. One generation runs at a time."""

    def __init__(self, tokenizer: Any, network: Any) -> None:
        self._tokenizer = tokenizer
        self._network = network
        self._lock = threading.Lock()
        self._no_loop = NoRepeatNGramLogitsProcessor(_LOOP)
        ends = network.generation_config.eos_token_id
        self._ends = {tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])}
        self.is_fast = network.device.type == "cuda"
        self.is_small = network.num_parameters() < _SMALL
        self.device_name = "GPU" if self.is_fast else "CPU"
        longest = getattr(network.config, "max_position_embeddings", None) or _WINDOW
        longest = min(longest, tokenizer.model_max_length)
        self.window: int = longest if self.is_fast else min(longest, _WINDOW)
        added = map(str, tokenizer.added_tokens_decoder.values())
        controls = {*added, *tokenizer.all_special_tokens}
        # some tokenizers also add runs of whitespace; those control nothing
        longest_first = sorted(filter(str.strip, controls), key=len, reverse=True)
        self._controls = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._has_system_role = self._probe_system_role()

    @classmethod
    def load(cls, folder: str) -> "Model":
        """Load from a folder of safetensors."""
        # in a container torch counts the host's cores; Spaces set CPU_CORES to the Space's own
        if (cores := os.environ.get("CPU_CORES", "")).isdigit() and int(cores) > 0:
            torch.set_num_threads(int(cores))
        device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = "auto" if device == "cuda" else _cpu_dtype()
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        network: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True
        )
        return cls(tokenizer, network.to(device).eval())

    def count(self, text: str) -> int:
        """The length of a text in tokens."""
        plain = self._neutralize(text)
        return len(self._tokenizer(plain, add_special_tokens=False, verbose=False)["input_ids"])

    def room(self, instruction: str, limit: int) -> int:
        """How many tokens of text fit into the window with the instruction and the answer."""
        return self.window - len(self._encode("", instruction)[0]) - limit - _SLACK

    def stream(self, text: str, instruction: str, *, limit: int) -> Generator[str]:
        """Yield the likeliest answer piece by piece, and a line break where it is whole.

        The instruction goes into the template's system message and the text into the user's, so
        that the text is never read as an instruction. Closing the stream ends it.
        """
        read = self._encode(text, instruction).to(self._network.device)
        written = read[:, :0]
        shown, cache = "", None
        with self._lock:
            while written.shape[1] < limit:
                with torch.no_grad():
                    output = self._network(read, past_key_values=cache, logits_to_keep=1)
                # only what is written counts as a repetition: what was read may be quoted
                scores = self._no_loop(written, output.logits[:, -1].float())
                read = scores.argmax(dim=-1, keepdim=True)
                if int(read) in self._ends:
                    yield "\n"
                    return
                cache, written = output.past_key_values, torch.cat([written, read], dim=1)
                said = self._tokenizer.decode(written[0], skip_special_tokens=True)
                if not said.endswith("\ufffd"):  # half a character
                    yield said[len(shown) :]
                    shown = said

    def say(self, text: str, instruction: str) -> Generator[None, None, str]:
        """The first line of the answer; nothing if it is much longer than the text.

        It yields while it writes. Closing it ends that.
        """
        answer = ""
        limit = 2 * self.count(text) + _SLACK
        with closing(self.stream(text, instruction, limit=limit)) as pieces:
            for piece in pieces:
                answer = (answer + piece).lstrip()
                if "\n" in answer:
                    return answer.partition("\n")[0].rstrip()
                yield
        return ""

    def _encode(self, text: str, instruction: str) -> Any:
        text, instruction = self._neutralize(text), self._neutralize(instruction)
        plain = f"{instruction}\n\nText:\n{text}"
        if not self._tokenizer.chat_template:
            return self._tokenizer.encode(f"{plain}\n\nSummary:\n", return_tensors="pt")
        user = [{"role": "user", "content": plain}]
        return self._tokenizer.apply_chat_template(
            _messages(text, instruction) if self._has_system_role else user,
            add_generation_prompt=True,
            enable_thinking=False,  # read by the templates of models that may think first
            return_dict=False,
            return_tensors="pt",
        )

    def _neutralize(self, text: str) -> str:
        """Break up the tokenizer's control tokens, so that a text can't forge chat messages."""
        # without its first character a token can expose another that overlapped it
        while self._controls.search(text):
            text = self._controls.sub(lambda found: found[0][1:], text)
        return text

    def _probe_system_role(self) -> bool:
        """Whether the chat template uses a system message: some raise on one, some ignore it."""
        messages = _messages("text", _PROBE)
        try:
            return _PROBE in self._tokenizer.apply_chat_template(messages, tokenize=False)
        except Exception:  # pylint: disable=broad-exception-caught
            return False  # a template may raise anything


def _messages(text: str, instruction: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": instruction}, {"role": "user", "content": text}]


def _cpu_dtype() -> torch.dtype:
    """bfloat16 doubles the speed, but only on a CPU with instructions for it."""
    found = torch.cpu.get_capabilities()
    return torch.bfloat16 if found.get("avx512_bf16") or found.get("amx_bf16") else torch.float32
