"""The page's Gradio theme, its CSS, and the JavaScript that runs in the browser only."""

from pathlib import Path

import gradio as gr

from summarizer.words import COUNTED_WORD

_HERE = Path(__file__).parent

# System fonts: the page fetches nothing from other hosts.
_FONTS = [gr.themes.Font(name) for name in ("Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")]
_MONOSPACE = [gr.themes.Font(name) for name in ("Consolas", "Menlo", "monospace")]

THEME = gr.themes.Default(primary_hue="teal", font=_FONTS, font_mono=_MONOSPACE).set(
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover_dark="*primary_800",
    button_primary_text_color="white",
    # Gradio's default grays fail WCAG AA on white (contrast of at least 4.5 to 1).
    body_text_color_subdued="*neutral_500",
    input_placeholder_color="*neutral_500",
    input_placeholder_color_dark="*neutral_400",
)
CSS = _HERE / "page.css"
SCRIPT = f"""<script>
window.COUNTED_WORD = /{COUNTED_WORD}/g;
{(_HERE / "page.js").read_text("utf-8")}
</script>"""

# One line of escaped text; a status line is announced by screen readers as it changes, and shows
# the page's own notice, if it has one, whatever the server streams meanwhile.
LINE = {"html_template": "<p>{{value}}</p>", "js_on_load": None, "apply_default_css": False}
STATUS_LINE = LINE | {
    "html_template": "<p>{{#if notice}}{{notice}}{{else}}{{value}}{{/if}}</p>",
    "js_on_load": "element.setAttribute('role', 'status');",
}
