"""A page that summarises a text the way a prompt asks, and streams the summary in."""

import os
from collections.abc import Iterator

import gradio as gr

from summarizer import MAX_CHARACTERS, Loader
from summarizer import summarize as answer
from summarizer.loading import Loading
from summarizer.samples import PROMPTS, TEXTS

# pylint: disable=no-member  # Gradio adds .click and the like when it is imported

LOADER = Loader(os.environ.get("MODEL_ID")).start()

# Fonts that are already on the visitor's machine: the page fetches nothing from other hosts.
FONTS = [gr.themes.Font(name) for name in ("Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")]
MONOSPACE = [gr.themes.Font(name) for name in ("Consolas", "Menlo", "monospace")]
THEME = gr.themes.Default(primary_hue="teal", font=FONTS, font_mono=MONOSPACE).set(
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover_dark="*primary_800",
    button_primary_text_color="white",
)
# Room for two lines, so that the page doesn't jump as the status changes.
CSS = """
#status {min-height: 3rem}
#status p, #engine p {margin: 0}
#status .html-container, #engine .html-container {padding: 0}
"""

# The status goes through {{ }}, which escapes it, and is read out by screen readers.
STATUS_TEMPLATE = "<p>{{value}}</p>"
STATUS_ROLE = "element.setAttribute('role', 'status');"

STOPPED = "Stopped. What was written so far stays."
FAILED = (
    "The server could not take this: too many visitors are waiting, or it is restarting. "
    "Your text is still here. Please try again in a minute."
)
# What follows runs in the browser, because the server may be gone. To Gradio a run that was
# stopped has failed, too, so the page remembers that the visitor stopped it.
LET_STOP = "() => { window.stopped = false; return {__type__: 'update', interactive: true}; }"
NOTHING_TO_STOP = "() => ({__type__: 'update', interactive: false})"
REMEMBER_STOP = "() => { window.stopped = true; }"
SAY_WHY_IT_ENDED = f"() => window.stopped ? {STOPPED!r} : {FAILED!r}"


def summarize(text: str, prompt: str) -> Iterator[tuple[str, str]]:
    """Summarise a text the way a prompt asks, and stream the summary as it is written.

    Parameters:
        text: The text to summarise, up to 200,000 characters.
        prompt: How to summarise it, such as "three bullets" or "only the risks".

    Returns:
        The summary so far, and the status: what is happening, which engine answered, or
        what is wrong with the request. Each update replaces the one before.
    """
    for update in answer(text, prompt, LOADER):
        yield update.summary, update.status


def engine_state() -> tuple[str, gr.Timer]:
    """Say which engine answers now, and stop asking once that is settled."""
    return LOADER.describe(), gr.Timer(active=isinstance(LOADER.state, Loading))


with gr.Blocks(title="Summarise it your way", analytics_enabled=False) as demo:
    gr.Markdown("# Summarise it your way\nPaste a text and say what you want to know from it.")
    engine = gr.HTML(html_template=STATUS_TEMPLATE, apply_default_css=False, elem_id="engine")
    timer = gr.Timer(2)

    with gr.Row():
        with gr.Column(min_width=320):
            text_box = gr.Textbox(
                label="Text",
                placeholder=f"Paste up to {MAX_CHARACTERS:,} characters here",
                lines=12,
                max_lines=12,
                elem_id="text",
            )
            gr.Examples(
                [[text] for text in TEXTS.values()],
                inputs=text_box,
                example_labels=list(TEXTS),
                label="Texts to try",
                api_visibility="private",
            )
            prompt_box = gr.Textbox(
                label="Prompt: how do you want it summarised?",
                placeholder=PROMPTS[0],
                max_lines=5,
                elem_id="prompt",
            )
            gr.Examples(
                [[prompt] for prompt in PROMPTS],
                inputs=prompt_box,
                label="Prompts to try",
                api_visibility="private",
            )
        with gr.Column(min_width=320):
            with gr.Row():
                go = gr.Button("Summarise", variant="primary", elem_id="go", min_width=120)
                stop = gr.Button("Stop", interactive=False, elem_id="stop", min_width=120)
            status = gr.HTML(
                "Paste a text, write a prompt, and press Summarise.",
                html_template=STATUS_TEMPLATE,
                js_on_load=STATUS_ROLE,
                apply_default_css=False,
                elem_id="status",
            )
            summary = gr.Textbox(
                label="Summary",
                placeholder="The summary appears here.",
                lines=16,
                max_lines=30,
                interactive=False,
                elem_id="summary",
            )

    starts = [go.click, prompt_box.submit]
    gr.on(starts, None, js=LET_STOP, outputs=stop)
    run = gr.on(
        starts,
        summarize,
        inputs=[text_box, prompt_box],
        outputs=[summary, status],
        api_name="summarize",
        scroll_to_output=True,
        show_progress="minimal",
        show_progress_on=summary,
    )
    run.failure(None, js=SAY_WHY_IT_ENDED, outputs=status)
    run.then(None, js=NOTHING_TO_STOP, outputs=stop)
    stop.click(None, js=REMEMBER_STOP)
    stop.click(None, cancels=run)
    gr.on(
        [demo.load, timer.tick],
        engine_state,
        outputs=[engine, timer],
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )

demo.queue(max_size=16, default_concurrency_limit=1)

if __name__ == "__main__":
    demo.launch(
        theme=THEME, css=CSS, run_history=False, ssr_mode=False, footer_links=["api", "gradio"]
    )
