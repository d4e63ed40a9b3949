// The labelling workspace: what is typed is kept on the server as it is typed, keys do what buttons do, pictures zoom.
import * as server from "./server.js";

const $ = (id) => document.getElementById(id);
const RETRY = 3000;
const KEYS = "goldleaf-keys-off";
// How pictures are looked at: the same for the next one.
const view = { zoom: null, level: 0.5, window: 1, invert: false };

let timer;
let isDirty = false;
let sending = Promise.resolve();
let refreshing = Promise.resolve();

// ---------------------------------------------------------------- saving

function changed(delay) {
  isDirty = true;
  say("Not saved yet.");
  clearTimeout(timer);
  timer = setTimeout(save, delay);
}

// Sends what is in the form, one request after the other; returns what the server says of it.
function save({ isFinal = false } = {}) {
  clearTimeout(timer);
  sending = sending.then(() => send(isFinal));
  return sending;
}

async function send(isFinal) {
  const form = $("label-form");
  if (!form || !(isDirty || isFinal)) return null;
  isDirty = false;
  try {
    const told = await server.post(form.getAttribute("action"), new FormData(form));
    if (form.isConnected) show(form, told, isFinal);
    return told;
  } catch (error) {
    isDirty = true;
    tell(form, error.fields ?? {});
    alert(form, Object.keys(error.fields ?? {}).length ? "" : error.message);
    say("Not saved.");
    // The server may be down for a moment; what it refuses, it refuses again when something is changed.
    if (!Object.keys(error.fields ?? {}).length) timer = setTimeout(save, RETRY);
    return null;
  }
}

function show(form, told, isFinal) {
  alert(form, "");
  tell(form, isFinal ? { ...told.missing, ...told.fields } : told.fields);
  // More may have been typed since.
  if (!isDirty) say({ labelled: "Saved.", begun: "Saved, but not a label yet.", empty: "" }[told.state]);
  const item = form.getAttribute("action").split("/").at(-1);
  const chip = document.querySelector(`.chip[data-item="${item}"]`);
  const wasComplete = Number($("progress").value) === told.count;
  if (chip) {
    chip.className = `chip ${told.state}`;
    chip.querySelector(".unseen").textContent = ` ${told.state}`;
  }
  $("done").textContent = told.done;
  $("progress").value = told.done;
  document.querySelector("[data-go=open]").hidden = told.next === null;
  if (wasComplete || told.done === told.count) refresh();
}

// What is left to do to deliver, as it is by now; one after the other, so that the last one stays.
function refresh() {
  const url = location.pathname + location.search;
  const how = { source: "#deliver", target: "#deliver", select: "#deliver", swap: "outerHTML" };
  refreshing = refreshing.then(() => globalThis.htmx.ajax("GET", url, how));
  return refreshing;
}

function tell(form, fields) {
  for (const place of form.querySelectorAll(".field-error")) {
    const name = place.id.replace(/-error$/, "");
    place.textContent = fields[name] ?? "";
    for (const input of form.querySelectorAll(`[aria-describedby~="${CSS.escape(place.id)}"]`)) {
      if (name in fields) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }
}

function alert(form, text) {
  const place = form.querySelector(".form-error");
  place.textContent = text;
  place.hidden = !text;
}

function say(text) {
  if ($("saved")) $("saved").textContent = text;
}

async function goOn() {
  const told = await save({ isFinal: true });
  if (!told) return;
  if (told.state !== "labelled") {
    const wrong = $("label-form").querySelector("[aria-invalid]");
    (wrong?.matches("fieldset") ? wrong.querySelector("input") : wrong)?.focus();
  } else if (told.next !== null) go(told.next);
  else {
    await refreshing;
    $("deliver").scrollIntoView();
    $("deliver").querySelector(".now .button, .now button")?.focus();
  }
}

function go(item) {
  const url = `${$("bench").dataset.url}?item=${item}`;
  const how = { source: "#bench", target: "#bench", select: "#bench", swap: "outerHTML show:none" };
  return globalThis.htmx.ajax("GET", url, how);
}

document.addEventListener("input", ({ target }) => {
  if (target.form?.id !== "label-form") return;
  const isChoice = target.matches("[type=radio], [type=checkbox], select");
  // That something is empty, and something, are no answers to the same question.
  if (target.name.endsWith("-empty") && target.checked) emptied(target.form, target.name.replace(/-empty$/, ""));
  else {
    const empty = target.form.elements[`${target.name}-empty`];
    if (empty && (!isChoice || target.checked)) empty.checked = false;
  }
  changed(isChoice ? 0 : 400);
});

function emptied(form, name) {
  for (const input of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (input.matches("[type=checkbox]")) input.checked = false;
    else input.value = "";
  }
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "label-form") return;
  event.preventDefault();
  goOn();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-clear]")) {
    const form = $("label-form");
    for (const input of form.elements) {
      if (input.matches("[type=radio], [type=checkbox]")) input.checked = false;
      else if (input.matches("select, textarea, input:not([type=hidden])")) input.value = "";
    }
    changed(0);
  }
  if (target.closest("[data-backup]")) watch(1000);
});

// Nothing that is typed is lost by going elsewhere: it is saved before.
document.body.addEventListener("htmx:confirm", async (event) => {
  if (!isDirty || !["bench", "deliver"].includes(event.detail.target?.id)) return;
  event.preventDefault();
  await save();
  if (!isDirty) event.detail.issueRequest(true);
});
// Also what is typed while the next item is on its way: its form goes now, and what comes after is of the next one.
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = $("label-form");
  if (!isDirty || !form || detail.target.id !== "bench") return;
  clearTimeout(timer);
  isDirty = false;
  const [action, values] = [form.getAttribute("action"), new FormData(form)];
  sending = sending.then(() => server.post(action, values)).catch((error) => say(`The last item: ${error.message}`));
});
addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});
addEventListener("pagehide", () => {
  const form = $("label-form");
  if (!isDirty || !form) return;
  const headers = { Accept: "application/json", "X-CSRF-Token": document.body.dataset.csrf };
  fetch(form.getAttribute("action"), { method: "POST", headers, body: new FormData(form), keepalive: true });
});

// ---------------------------------------------------------------- keys

const isText = (element) =>
  element.matches("textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=range]):not([type=file])");

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (!$("bench") || document.querySelector("dialog[open]") || event.altKey || event.metaKey) return;
  if (key === "Escape" && isText(target)) target.blur();
  if (key === "Enter" && event.ctrlKey && target.form?.id === "label-form") return act(event, goOn);
  if (event.ctrlKey || isText(target) || localStorage.getItem(KEYS)) return;
  const moves = { j: "next", k: "previous", n: "open", ArrowRight: "next", ArrowLeft: "previous" };
  if (key in moves) {
    // In a group of buttons, and in pictures, arrows have a meaning of their own.
    if (key.startsWith("Arrow") && target.closest("input, [role=region], audio")) return;
    const link = document.querySelector(`[data-go="${moves[key]}"]:not([hidden])`);
    if (link) act(event, () => link.click());
  } else if (/^[1-9]$/.test(key)) {
    const choice = choices(target)?.querySelectorAll(".choice:not(.empty) input")[Number(key) - 1];
    if (choice) act(event, () => choice.click());
  } else if (key === "Enter" && $("label-form") && !target.closest("a, button, summary, audio, input[type=file], #deliver")) {
    act(event, goOn);
  }
});

function act(event, action) {
  event.preventDefault();
  action();
}

// The group that a number is for: the one that is worked on, or else the first without an answer.
function choices(target) {
  const groups = [...document.querySelectorAll("#label-form [data-choices]")];
  return target.closest("[data-choices]") ?? groups.find((one) => !one.querySelector("input:checked")) ?? groups[0];
}

document.addEventListener("change", ({ target }) => {
  if (target.id !== "keys-on") return;
  if (target.checked) localStorage.removeItem(KEYS);
  else localStorage.setItem(KEYS, "1");
});

// ---------------------------------------------------------------- pictures

function setUpViewer(viewer) {
  const image = viewer.querySelector("img");
  if (image.complete) fit(viewer);
  image.addEventListener("load", () => fit(viewer));
  const canvas = viewer.querySelector(".canvas");
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const start = { x: event.clientX + canvas.scrollLeft, y: event.clientY + canvas.scrollTop };
    const move = ({ clientX, clientY }) => canvas.scrollTo(start.x - clientX, start.y - clientY);
    event.preventDefault();
    canvas.focus();
    addEventListener("pointermove", move);
    addEventListener("pointerup", () => removeEventListener("pointermove", move), { once: true });
  });
  canvas.addEventListener("keydown", ({ key }) => {
    const factor = { "+": 1.25, "=": 1.25, "-": 0.8 }[key];
    if (factor) zoom(viewer, factor);
  });
  viewer.addEventListener("input", ({ target }) => {
    const name = target.dataset.control;
    view[name] = name === "invert" ? target.checked : Number(target.value);
    draw(viewer);
  });
  viewer.querySelector("[data-control=reset]").addEventListener("click", () => {
    Object.assign(view, { zoom: null, level: 0.5, window: 1, invert: false });
    fit(viewer);
  });
}

function zoom(viewer, factor) {
  view.zoom = Math.min(8, Math.max(0.25, view.zoom * factor));
  draw(viewer);
}

// Whole, and not larger than it is, until somebody zooms.
function fit(viewer) {
  const image = viewer.querySelector("img");
  const canvas = viewer.querySelector(".canvas");
  if (view.zoom === null && image.naturalWidth) {
    const whole = Math.min(canvas.clientWidth / image.naturalWidth, canvas.clientHeight / image.naturalHeight);
    const small = Math.max(1, Math.floor(whole));
    view.zoom = Math.min(8, Math.max(0.25, whole < 1 ? Math.floor(whole * 4) / 4 || whole : Math.min(small, 4)));
  }
  draw(viewer);
}

function draw(viewer) {
  const image = viewer.querySelector("img");
  const at = view.zoom ?? 1;
  image.style.width = `${image.naturalWidth * at}px`;
  image.classList.toggle("pixels", at > 2);
  // As radiologists have it: the window is the range of values that is spread over all shades, the level its middle.
  const sign = view.invert ? -1 : 1;
  const slope = sign / view.window;
  const intercept = 0.5 - (sign * view.level) / view.window;
  for (const one of viewer.querySelectorAll("feFuncR, feFuncG, feFuncB")) {
    one.setAttribute("slope", slope);
    one.setAttribute("intercept", intercept);
  }
  const isPlain = slope === 1 && intercept === 0;
  image.style.filter = isPlain ? "" : "url(#window-level)";
  for (const name of ["zoom", "level", "window"]) viewer.querySelector(`[data-control=${name}]`).value = view[name] ?? 1;
  viewer.querySelector("[data-control=invert]").checked = view.invert;
}

// ---------------------------------------------------------------- what comes and goes

function setUp(root) {
  for (const viewer of root.querySelectorAll("[data-viewer]:not([data-ready])")) {
    viewer.dataset.ready = "";
    setUpViewer(viewer);
  }
  const bench = $("bench");
  // Whoever loads the page again stays with the item.
  if (bench) history.replaceState(history.state, "", `${bench.dataset.url}?item=${bench.dataset.shown}`);
  if ($("keys-on")) $("keys-on").checked = !localStorage.getItem(KEYS);
}

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  setUp(document);
  if (detail.target.id !== "bench" && detail.elt.id !== "bench") return;
  const first = $("label-form")?.querySelector("input:not([type=hidden]), textarea, select");
  (first && isText(first) ? first : $("bench")).focus({ preventScroll: true });
});

// Loads the page again when something else is next.
function watch(pause) {
  const place = document.querySelector("[data-stage-url]");
  if (!place) return;
  setTimeout(async () => {
    try {
      const { stage } = await server.get(place.dataset.stageUrl);
      const isBusy = isDirty || document.querySelector("dialog[open], form[aria-busy=true]");
      if (stage !== place.dataset.stage && !isBusy) {
        if ($("bench")) await refresh();
        else location.reload();
        return;
      }
    } catch {
      // The server is down: it is asked again.
    }
    watch(pause);
  }, pause);
}

setUp(document);
if (document.querySelector("[data-stage^=COMMITTED]")) watch(5000);
