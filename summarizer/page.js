// What runs in the browser only. Gradio calls these functions with the values of components,
// and shows what they return.

const FAILED =
  "The server is busy or restarting. Your text is still here; try again in a minute.";

const update = (changes) => ({ __type__: "update", ...changes });
const show = (id, text) => {
  document.querySelector(`#${id} p`).textContent = text;
};

let running = false;
let stopped = false; // Gradio reports a stopped run as a failed one
let ticking;

let typed = ""; // the content of the text field, if the visitor typed it
const replaced = []; // typed texts that a file or an example replaced

window.page = {
  started() {
    if (running) return [update({}), update({}), update({})]; // Gradio runs one at a time
    const start = Date.now();
    const tick = () => show("clock", `${Math.round((Date.now() - start) / 1000)} s`);
    running = true;
    stopped = false;
    ticking = setInterval(tick, 500);
    return [update({ interactive: true }), "Waiting for the server…", ""];
  },
  stop() {
    stopped = true;
  },
  ended() {
    running = false;
    clearInterval(ticking);
    return update({ interactive: false });
  },
  describeEnd(summary) {
    if (!stopped) return FAILED;
    if (!summary) return "Stopped. Nothing was written yet.";
    if (summary.startsWith("Notes on part ")) return "Stopped. These are notes, not a summary yet.";
    return "Stopped. The summary so far is kept.";
  },

  offerRestore(text) {
    if (text !== typed) {
      if (typed.trim()) replaced.push(typed);
      typed = "";
    }
    return update({ visible: replaced.length > 0 });
  },
  restore() {
    typed = replaced.pop() ?? typed;
    return typed;
  },

  count(text) {
    const words = (text.match(window.COUNTED_WORD) || []).length;
    return words ? `${words.toLocaleString("en")} ${words === 1 ? "word" : "words"}` : "";
  },
  // Gradio's own copy button is inside the label, so it would become part of the field's name.
  async copy(text) {
    setTimeout(() => show("copied", ""), 3000);
    if (!text) return "Nothing to copy yet.";
    const worked = await navigator.clipboard.writeText(text).then(() => true, () => false);
    return worked ? "Copied." : "The browser did not allow copying.";
  },
};

document.addEventListener("input", (event) => {
  if (event.target.matches("#text textarea")) typed = event.target.value;
});

// Accept a file dropped anywhere; by default a browser would leave the page to show it.
const hasFiles = (event) =>
  event.dataTransfer?.types.includes("Files") && !event.target.closest("#file");
document.addEventListener("dragover", (event) => {
  if (hasFiles(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  const input = document.querySelector("#file input[type=file]");
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
