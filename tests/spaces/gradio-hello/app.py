"""The smallest Gradio app."""

import gradio as gr

gr.Interface(lambda name: f"Hello, {name}!", "text", "text", api_name="greet").launch()
