// What runs in the browser only. Gradio calls these functions with the values of components,
// and shows what they return.

const FAILED =
  "The server is busy or restarting. Your text is still here; try again in a minute.";
const LOST =
  "The connection to the server is lost: the Space may be restarting. " +
  "Your text is kept, and this page reloads once the server answers.";
const INTERRUPTED =
  "The page was reloaded, perhaps because the Space restarted, before the summary was complete. " +
  "Your text is still here: press Summarize again.";

const update = (changes) => ({ __type__: "update", ...changes });
const notice = (text) => update({ props: { notice: text } });
const show = (id, text) => {
  document.querySelector(`#${id} p`).textContent = text;
};

let running = false;
let stopped = false; // Gradio reports a stopped run as a failed one
let ticking;
let watching;

// Gradio shows a lost connection in a corner; the status would say that the model is still writing.
const watchServer = async () => {
  const answers = await fetch("gradio_api/app_id").then(({ ok }) => ok, () => false);
  if (answers || !running) return;
  clearInterval(ticking);
  clearInterval(watching);
  show("status", LOST);
};

const say = (text) => {
  setTimeout(() => show("saved", ""), 3000);
  return text;
};

let typed = ""; // the content of the text field, if the visitor typed it
const replaced = []; // typed texts that a file or an example replaced

window.page = {
  started() {
    if (running) return [update({}), update({}), update({}), update({})]; // by Enter, meanwhile
    const start = Date.now();
    const tick = () => show("clock", `${Math.round((Date.now() - start) / 1000)} s`);
    running = true;
    stopped = false;
    ticking = setInterval(tick, 500);
    watching = setInterval(watchServer, 2000);
    return [
      update({ interactive: false }), update({ interactive: true }), "Waiting for the server…", "",
    ];
  },
  stop() {
    stopped = true;
    return [update({ interactive: false }), notice("Stopping…")];
  },
  ended() {
    running = false;
    clearInterval(ticking);
    clearInterval(watching);
    return [update({ interactive: true }), update({ interactive: false }), notice("")];
  },
  describeEnd(summary) {
    if (!stopped) return FAILED;
    if (!summary) return "Stopped. Nothing was written yet.";
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
    if (!text) return say("Nothing to copy yet.");
    const worked = await navigator.clipboard.writeText(text).then(() => true, () => false);
    return say(worked ? "Copied." : "The browser did not allow copying.");
  },
  download(text) {
    if (!text) return say("Nothing to download yet.");
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    Object.assign(document.createElement("a"), { href: url, download: "summary.txt" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    return say("Downloaded.");
  },

  recover() {
    const form = savedForm();
    typed = form["#text textarea"] ?? "";
    return KEPT.map((field) => form[field] ?? update({}));
  },
};

// Gradio reloads the page once a lost server answers again, and phones reload tabs that were in the
// background. What a visitor typed outlives that: it is kept in the tab.
const KEPT = [
  "#text textarea", "#prompt textarea", "#length :checked", "#summary textarea", "#status p",
];
const saveForm = () => {
  try {
    const form = {};
    for (const field of KEPT) {
      const element = document.querySelector(field);
      form[field] = element.value ?? element.textContent;
    }
    if (running) form["#status p"] = INTERRUPTED;
    sessionStorage.setItem("form", JSON.stringify(form));
  } catch {
    // the page is not complete yet, or the browser allows no storage
  }
};
const savedForm = () => {
  try {
    return JSON.parse(sessionStorage.getItem("form")) ?? {};
  } catch {
    return {};
  }
};
window.addEventListener("pagehide", saveForm);
window.addEventListener("visibilitychange", saveForm);

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
