"""Gradio app: summarize a text the way a prompt asks, and stream the summary as it is written."""

import os
from collections.abc import Iterator

import gradio as gr

from summarizer import LENGTHS, MAX_CHARACTERS, InvalidRequest, Loader
from summarizer import summarize as updates_of
from summarizer.files import FILE_TYPES, MAX_FILE_SIZE, read_file
from summarizer.loading import Loading
from summarizer.samples import EXAMPLES, PROMPTS, TEXTS
from summarizer.shape import DEFAULT_LENGTH
from summarizer.theme import CSS, LINE, SCRIPT, STATUS_LINE, THEME

# pylint: disable=no-member  # Gradio adds .click and the like when it is imported

LOADER = Loader(os.environ.get("MODEL_ID")).start()
SPACE_ID = os.environ.get("SPACE_ID")


def summarize(
    text: str, prompt: str = "", length: str = DEFAULT_LENGTH
) -> Iterator[tuple[str, str]]:
    """Summarize a text the way a prompt asks, and stream the summary as it is written.

    Parameters:
        text: The text to summarize, up to 300,000 characters.
        prompt: How to summarize it, such as "three bullets" or "only the risks".
        length: Short, Medium or Long; it counts where the prompt names no length itself.

    Returns:
        The summary so far; each one replaces the one before
        The status: what is happening, which engine answered, or what is wrong with the request
    """
    for update in updates_of(text, prompt, length, loader=LOADER):
        yield update.summary, update.status


def open_file(path: str) -> tuple[object, str, None]:
    """Fill the text field with an uploaded file, or only the status where the file is invalid.

    The third value clears the upload field for the next file.
    """
    try:
        file = read_file(path)
    except InvalidRequest as error:
        return gr.skip(), str(error), None
    return file.text, file.note, None


def engine_state() -> tuple[str, gr.Timer]:
    """Describe the model's state; the timer stops once the model is loaded or has failed."""
    return LOADER.describe(), gr.Timer(active=isinstance(LOADER.state, Loading))


# Rendered below the examples, which must name the fields that they fill.
text_box = gr.Textbox(
    label="Text",
    placeholder=f"Paste up to {MAX_CHARACTERS:,} characters, or drop a file below",
    lines=9,
    max_lines=9,
    elem_id="text",
    render=False,
)
prompt_box = gr.Textbox(
    value="",  # so that callers of the API may leave it out
    label="Prompt: how do you want it summarized?",
    placeholder=PROMPTS[0],
    max_lines=5,
    elem_id="prompt",
    render=False,
)
length_box = gr.Radio(
    list(LENGTHS),
    value=DEFAULT_LENGTH,
    label="Length, where the prompt doesn't say",
    elem_id="length",
    render=False,
)

with gr.Blocks(
    title="Summarize it your way", analytics_enabled=False, delete_cache=(3600, 3600)
) as demo:
    gr.Markdown("# Summarize it your way\nPaste a text and say what you want to know from it.")
    engine = gr.HTML(**LINE, elem_id="engine", elem_classes="line")
    timer = gr.Timer(2)
    form = [text_box, prompt_box, length_box]
    gr.Examples(
        EXAMPLES,
        inputs=form,
        example_labels=list(TEXTS),
        label="Examples",
        api_visibility="private",
    )
    with gr.Row():
        with gr.Column(min_width=320):
            text_box.render()
            with gr.Row(elem_classes="facts"):
                text_count = gr.HTML(**LINE, elem_id="text-count", elem_classes="line")
                restore = gr.Button("Restore my text", size="sm", visible=False)
            file_box = gr.File(
                label="Or drop a file", file_types=FILE_TYPES, height=70, elem_id="file"
            )
            prompt_box.render()
            length_box.render()
        with gr.Column(min_width=320):
            with gr.Row():
                go = gr.Button("Summarize", variant="primary", elem_id="go", min_width=120)
                stop = gr.Button("Stop", interactive=False, elem_id="stop", min_width=120)
            status = gr.HTML(
                "Paste a text, write a prompt, and press Summarize.",
                label="Status",
                **STATUS_LINE,
                elem_id="status",
                elem_classes="line",
            )
            summary = gr.Textbox(
                label="Summary",
                placeholder="The summary appears here.",
                lines=12,
                max_lines=30,
                interactive=False,
                elem_id="summary",
            )
            with gr.Row(elem_classes="facts"):
                copy = gr.Button("Copy", size="sm", scale=0, min_width=80, elem_id="copy")
                download = gr.Button(
                    "Download", size="sm", scale=0, min_width=80, elem_id="download"
                )
                summary_count = gr.HTML(**LINE, elem_id="summary-count", elem_classes="line")
                gr.HTML(**LINE, elem_id="clock", elem_classes="line")
                saved = gr.HTML(**STATUS_LINE, elem_id="saved", elem_classes="line")
    if SPACE_ID:
        commits = f"https://huggingface.co/spaces/{SPACE_ID}/commits/main"
        gr.Markdown(f"[Commits of this Space]({commits})", elem_id="commits")

    starts = [go.click, prompt_box.submit]
    gr.on(starts, None, js="() => page.started()", outputs=[go, stop, status, summary])
    run = gr.on(
        starts,
        summarize,
        inputs=form,
        outputs=[summary, status],
        api_name="summarize",
        scroll_to_output=True,
        show_progress="minimal",
        show_progress_on=summary,
    )
    run.failure(None, js="(summary) => page.describeEnd(summary)", inputs=summary, outputs=status)
    run.then(None, js="() => page.ended()", outputs=[go, stop, status])
    copy.click(None, js="(text) => page.copy(text)", inputs=summary, outputs=saved)
    download.click(None, js="(text) => page.download(text)", inputs=summary, outputs=saved)
    stop.click(None, js="() => page.stop()", outputs=[stop, status])
    stop.click(None, cancels=run)

    file_box.upload(
        open_file,
        inputs=file_box,
        outputs=[text_box, status, file_box],
        api_visibility="private",
    )
    text_box.change(None, js="(text) => page.offerRestore(text)", inputs=text_box, outputs=restore)
    restore.click(None, js="() => page.restore()", outputs=text_box)
    for box, line in ((text_box, text_count), (summary, summary_count)):
        box.change(None, js="(text) => page.count(text)", inputs=box, outputs=line)
    demo.load(None, js="() => page.recover()", outputs=[*form, summary, status])
    gr.on(
        [demo.load, timer.tick],
        engine_state,
        outputs=[engine, timer],
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )

# Gradio's header for Spaces asks the Hub and a font host, of which a visitor knows nothing.
demo.space_id = None
demo.queue(max_size=32, default_concurrency_limit=1)

if __name__ == "__main__":
    demo.launch(
        theme=THEME,
        css_paths=CSS,
        head=SCRIPT,
        max_file_size=MAX_FILE_SIZE,
        state_session_capacity=200,  # Gradio keeps some 90 kB for each, by default of 10,000
        run_history=False,
        ssr_mode=False,
        footer_links=["api", "gradio"],
    )
