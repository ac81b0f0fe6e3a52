// What the page does without its server. Gradio calls these with the values of components,
// and shows what they give back.

const FAILED =
  "The server could not take this: too many visitors are waiting, or it is restarting. " +
  "Your text is still here. Please try again in a minute.";

const update = (changes) => ({ __type__: "update", ...changes });
const show = (id, text) => {
  document.querySelector(`#${id} p`).textContent = text;
};

let running = false;
let stopped = false; // to Gradio a run that was stopped has failed, too
let ticking;

let typed = ""; // what stands in the text field, if the visitor typed it
const earlier = []; // what they typed before a file or an example took its place

window.page = {
  started() {
    if (running) return [update({}), update({}), update({})]; // Gradio takes one at a time
    const start = Date.now();
    const tick = () => show("clock", `${Math.round((Date.now() - start) / 1000)} s`);
    running = true;
    stopped = false;
    ticking = setInterval(tick, 500);
    return [update({ interactive: true }), "Waiting for this computer to take it…", ""];
  },
  stop() {
    stopped = true;
  },
  ended() {
    running = false;
    clearInterval(ticking);
    return update({ interactive: false });
  },
  whyItEnded(summary) {
    if (!stopped) return FAILED;
    if (!summary) return "Stopped. Nothing was written yet.";
    if (summary.startsWith("Notes on part ")) return "Stopped. These are notes, not a summary yet.";
    return "Stopped. What was written so far stays.";
  },

  offerEarlier(text) {
    if (text !== typed) {
      if (typed.trim()) earlier.push(typed);
      typed = "";
    }
    return update({ visible: earlier.length > 0 });
  },
  putBack() {
    typed = earlier.pop() ?? typed;
    return typed;
  },

  count(text) {
    const words = (text.match(window.COUNTED_WORD) || []).length;
    return words ? `${words.toLocaleString("en")} ${words === 1 ? "word" : "words"}` : "";
  },
  // Gradio's own button would sit inside the label, which would then name the button.
  async copy(text) {
    setTimeout(() => show("copied", ""), 3000);
    if (!text) return "There is nothing to copy yet.";
    const worked = await navigator.clipboard.writeText(text).then(() => true, () => false);
    return worked ? "Copied." : "This browser doesn't let the page copy.";
  },
};

document.addEventListener("input", (event) => {
  if (event.target.matches("#text textarea")) typed = event.target.value;
});

// A file may be dropped anywhere; without this a browser would leave the page to show it.
const bringsFiles = (event) =>
  event.dataTransfer?.types.includes("Files") && !event.target.closest("#file");
document.addEventListener("dragover", (event) => {
  if (bringsFiles(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  const input = document.querySelector("#file input[type=file]");
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
