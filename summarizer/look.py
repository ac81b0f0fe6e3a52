"""How the page looks, and the little that happens in the browser alone."""

from pathlib import Path

import gradio as gr

from summarizer.words import COUNTED_WORD

_HERE = Path(__file__).parent

# Fonts that are already on the visitor's machine: the page fetches nothing from other hosts.
_FONTS = [gr.themes.Font(name) for name in ("Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")]
_MONOSPACE = [gr.themes.Font(name) for name in ("Consolas", "Menlo", "monospace")]

THEME = gr.themes.Default(primary_hue="teal", font=_FONTS, font_mono=_MONOSPACE).set(
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover_dark="*primary_800",
    button_primary_text_color="white",
    # Gradio's own greys are too faint to read on white (WCAG AA asks for 4.5 to 1).
    body_text_color_subdued="*neutral_500",
    input_placeholder_color="*neutral_500",
    input_placeholder_color_dark="*neutral_400",
)
CSS = _HERE / "look.css"
SCRIPT = f"""<script>
window.COUNTED_WORD = /{COUNTED_WORD}/g;
{(_HERE / "look.js").read_text("utf-8")}
</script>"""

# A line of text that is escaped and, as it changes, read out by screen readers.
STATUS_LINE = {
    "html_template": "<p>{{value}}</p>",
    "js_on_load": "element.setAttribute('role', 'status');",
    "apply_default_css": False,
}
LINE = {"html_template": "<p>{{value}}</p>", "js_on_load": None, "apply_default_css": False}
