"""A causal language model: load it, prompt it, stream its answer, stop it.

Imports torch and transformers, so only the background loader imports this module.
"""

import os
import re
import threading
from collections.abc import Generator
from queue import Empty
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LogitsProcessor,
    LogitsProcessorList,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    StoppingCriteria,
    StoppingCriteriaList,
    TextIteratorStreamer,
)

_HEARTBEAT = 0.5  # seconds; how soon a stop is noticed while no text comes
_CPU_WINDOW = 2_048  # tokens; more would take a small CPU minutes before the first word
_DEFAULT_WINDOW = 2_048
_SLACK = 16  # tokens; joined texts can take a little more than the sum of both
_LOOP = 5  # tokens in a row that an answer may have only once
_PENALTY = 1.1  # on tokens that an answer has already
_PROBE = "which way to the sea"  # no template contains this


class Model:
    """A loaded model with its tokenizer. One generation runs at a time."""

    def __init__(self, tokenizer: Any, network: Any) -> None:
        self._tokenizer = tokenizer
        self._network = network
        self._lock = threading.Lock()
        self.is_fast = network.device.type == "cuda"
        self.device_name = "GPU" if self.is_fast else "CPU"
        self.window = _window(tokenizer, network)
        self._has_system_role = self._probe_system_role()

    @classmethod
    def load(cls, folder: str) -> "Model":
        """Load from a folder of safetensors."""
        _set_thread_count()
        device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = "auto" if device == "cuda" else _cpu_dtype()
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        network: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True
        )
        return cls(tokenizer, network.to(device).eval())

    def count(self, text: str) -> int:
        """The length of a text in tokens."""
        return len(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def room(self, instruction: str, limit: int) -> int:
        """How many tokens of text fit into the window with the instruction and the answer."""
        overhead = len(self._encode("", instruction)["input_ids"][0])
        return self.window - overhead - limit - _SLACK

    def neutralize(self, text: str) -> str:
        """Break up the tokenizer's control tokens, so that a text can't forge chat messages."""
        controls = {str(token) for token in self._tokenizer.added_tokens_decoder.values()}
        controls.update(self._tokenizer.all_special_tokens)
        # Some tokenizers also add runs of whitespace; those control nothing.
        longest_first = sorted(filter(str.strip, controls), key=len, reverse=True)
        pattern = "|".join(map(re.escape, longest_first))
        # Breaking up one token can expose another that overlapped it, so repeat.
        while pattern and re.search(pattern, text):
            text = re.sub(pattern, lambda found: _break_up(found.group()), text)
        return text

    def stream(self, text: str, instruction: str, *, limit: int) -> Generator[str, None, bool]:
        """Yield the answer as it is written, and "" while there is nothing new.

        The instruction goes into the template's system message and the text into the user's, so
        that the text is never read as an instruction.

        Returns whether the answer was cut off at `limit` tokens. Closing the stream ends the
        generation at its next token.
        """
        stop = threading.Event()
        streamer = TextIteratorStreamer(
            self._tokenizer, skip_prompt=True, timeout=_HEARTBEAT, skip_special_tokens=True
        )
        run = _Run(self, self._encode(text, instruction), limit, streamer, stop)
        worker = threading.Thread(target=run, name="generate", daemon=True)
        worker.start()
        try:
            yield from _pieces(streamer)
        finally:
            stop.set()
        worker.join()
        if run.error:
            raise run.error
        return run.cut_off

    def generate(self, inputs: Any, limit: int, streamer: Any, stop: threading.Event) -> bool:
        """Run the network until it ends, is stopped or reaches the limit; was it the limit?"""
        with self._lock:
            if stop.is_set():
                return False
            output = self._network.generate(
                **inputs.to(self._network.device),
                max_new_tokens=limit,
                do_sample=False,
                logits_processor=LogitsProcessorList([_NoLoops(inputs["input_ids"].shape[1])]),
                pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id,
                streamer=streamer,
                stopping_criteria=StoppingCriteriaList([_StopWhenSet(stop)]),
            )
        written = output[0][inputs["input_ids"].shape[1] :]
        return len(written) >= limit and int(written[-1]) not in self._end_tokens()

    def _end_tokens(self) -> set[int]:
        ends = self._network.generation_config.eos_token_id
        return set(ends) if isinstance(ends, list) else {ends}

    def _encode(self, text: str, instruction: str) -> Any:
        if not self._tokenizer.chat_template:
            plain = f"{instruction}\n\nText:\n{text}\n\nSummary:\n"
            return self._tokenizer(plain, return_tensors="pt")
        return self._tokenizer.apply_chat_template(
            self._messages(text, instruction),
            add_generation_prompt=True,
            enable_thinking=False,  # read by the templates of models that may think first
            return_dict=True,
            return_tensors="pt",
        )

    def _messages(self, text: str, instruction: str) -> list[dict[str, str]]:
        if not self._has_system_role:
            return [{"role": "user", "content": f"{instruction}\n\nText:\n{text}"}]
        return [{"role": "system", "content": instruction}, {"role": "user", "content": text}]

    def _probe_system_role(self) -> bool:
        """Whether the chat template uses a system message: some raise on one, some ignore it."""
        messages = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "text"}]
        try:
            return _PROBE in self._tokenizer.apply_chat_template(messages, tokenize=False)
        except Exception:  # pylint: disable=broad-exception-caught
            return False  # a template may raise anything


class _Run:
    """One generation in its own thread, and its result."""

    def __init__(
        self, model: Model, inputs: Any, limit: int, streamer: Any, stop: threading.Event
    ) -> None:
        self._model = model
        self._arguments = (inputs, limit, streamer, stop)
        self._streamer = streamer
        self.cut_off = False
        self.error: Exception | None = None

    def __call__(self) -> None:
        try:
            self.cut_off = self._model.generate(*self._arguments)
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.error = error  # raised again in the thread that reads the stream
        finally:
            self._streamer.on_finalized_text("", stream_end=True)


class _NoLoops(LogitsProcessor):  # type: ignore[misc, unused-ignore]
    """Refuses what the answer has said; in the text, which is to be quoted, nothing is refused."""

    def __init__(self, prompt_length: int) -> None:
        self._prompt_length = prompt_length
        self._ngrams = NoRepeatNGramLogitsProcessor(_LOOP)
        self._penalty = RepetitionPenaltyLogitsProcessor(_PENALTY)

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        written = input_ids[:, self._prompt_length :]
        return self._ngrams(written, self._penalty(written, scores)) if written.numel() else scores


class _StopWhenSet(StoppingCriteria):  # type: ignore[misc, unused-ignore]
    """Ends a generation at its next token once the event is set."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        return torch.full((input_ids.shape[0],), self._stop.is_set(), device=input_ids.device)


def _pieces(streamer: TextIteratorStreamer) -> Generator[str, None, None]:
    while True:
        try:
            yield next(streamer)
        except Empty:
            yield ""
        except StopIteration:
            return


def _window(tokenizer: Any, network: Any) -> int:
    longest = getattr(network.config, "max_position_embeddings", None) or _DEFAULT_WINDOW
    longest = min(int(longest), int(tokenizer.model_max_length))
    return longest if network.device.type == "cuda" else min(longest, _CPU_WINDOW)


def _cpu_dtype() -> torch.dtype:
    """bfloat16 doubles the speed, but only on a CPU with instructions for it."""
    found = torch.cpu.get_capabilities()
    return torch.bfloat16 if found.get("avx512_bf16") or found.get("amx_bf16") else torch.float32


def _set_thread_count() -> None:
    """In a container torch counts the host's cores; Spaces set CPU_CORES to the Space's own."""
    cores = os.environ.get("CPU_CORES", "")
    if cores.isdigit() and int(cores) > 0:
        torch.set_num_threads(int(cores))


def _break_up(token: str) -> str:
    return f"{token[0]} {token[1:]}" if len(token) > 1 else " "
