// What the page does without its server. Gradio calls these with the values of components,
// and shows what they give back.

const FAILED =
  "The server could not take this: too many visitors are waiting, or it is restarting. " +
  "Your text is still here. Please try again in a minute.";
const STOPPED = "Stopped. What was written so far stays.";

const update = (changes) => ({ __type__: "update", ...changes });

// To Gradio a run that was stopped has failed, too, so the page remembers who ended it.
let stopped = false;
let typed = "";
let ticking;

const show = (id, text) => {
  document.querySelector(`#${id} p`).textContent = text;
};

window.page = {
  started() {
    const start = Date.now();
    stopped = false;
    clearInterval(ticking);
    ticking = setInterval(() => show("clock", `${Math.round((Date.now() - start) / 1000)} s`), 500);
    return [update({ interactive: true }), "Waiting for this computer to take it…"];
  },
  stop() {
    stopped = true;
  },
  ended() {
    clearInterval(ticking);
    return update({ interactive: false });
  },
  whyItEnded: () => (stopped ? STOPPED : FAILED),

  // A file or an example takes the place of what the visitor typed, and that can be had back.
  offerTyped: (text) => update({ visible: typed.trim() !== "" && text !== typed }),
  typed: () => typed,

  count(text) {
    const words = (text.match(window.COUNTED_WORD) || []).length;
    return words ? `${words.toLocaleString("en")} ${words === 1 ? "word" : "words"}` : "";
  },
  // Gradio's own button would sit inside the label, which would then name the button.
  async copy(text) {
    const worked = await navigator.clipboard.writeText(text).then(() => true, () => false);
    setTimeout(() => show("copied", ""), 3000);
    return worked ? "Copied." : "This browser doesn't let the page copy.";
  },
};

document.addEventListener("input", (event) => {
  if (event.target.matches("#text textarea")) typed = event.target.value;
});
