// Forms that a wallet signs: the server makes transactions of them, the wallet signs these one after the other.
import * as pending from "./pending.js";
import * as server from "./server.js";
import * as wallet from "./wallet.js";

const $ = (id) => document.getElementById(id);

export function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-act]")) {
      event.preventDefault();
      submit(form, event.submitter);
    } else if (form.matches("form[data-post]")) {
      event.preventDefault();
      save(form, event.submitter);
    }
  });
  for (const button of document.querySelectorAll("[data-sign-in]")) {
    button.addEventListener("click", async () => {
      try {
        await wallet.signIn();
        location.reload();
      } catch (error) {
        alertNear(button, error.message);
      }
    });
  }
}

// A form that changes something on the server alone, and then shows another page.
async function save(form, submitter) {
  await guarded(form, submitter, async () => {
    // What is kept as it is typed comes first: it must not arrive after what the button sends.
    if (form.classList.contains("htmx-request")) {
      await new Promise((done) => form.addEventListener("htmx:afterRequest", done, { once: true }));
    }
    const { then } = await server.post(actionOf(form, submitter), new FormData(form, submitter));
    location.assign(then || location.href);
  });
}

async function submit(form, submitter) {
  await guarded(form, submitter, async () => {
    const provider = await wallet.ready();
    const values = new FormData(form, submitter);
    form.dispatchEvent(new CustomEvent("goldleaf:submit", { detail: values }));
    const send = (signed) => server.post(actionOf(form, submitter), with_(values, signed));
    let offer = await send({});
    while (offer.sign || offer.again) {
      if (offer.sign) {
        const { sign, fields } = offer;
        await confirmed({ ...offer, steps: [] });
        const signature = await closing(() => wallet.signTypedData(provider, sign));
        offer = await send({ ...fields, signature });
      } else {
        // Somebody else has sent a part of it, such as the deposit: the rest is made when that is mined.
        await mined(offer.hash, offer.title);
        offer = await send({});
      }
    }
    if (offer.steps?.length) await confirmed(offer);
    const page = await closing(() => run(provider, offer));
    location.assign(offer.then || page || location.href);
  });
}

// Has the wallet sign and send, one after the other; returns the page of what was done.
async function run(provider, { title, steps, hash }) {
  if (hash) return mined(hash, title); // somebody else has sent it
  if (steps.length > 1 && (await wallet.isAtomic(provider))) {
    say("The wallet sends all steps as one.");
    const transactions = steps.map((step) => step.transaction);
    return mined(await wallet.sendCalls(provider, transactions), title);
  }
  let page;
  for (const [number, step] of steps.entries()) {
    mark(number, "in the wallet");
    say("Look at your wallet: it asks you to sign.");
    const sent = await wallet.send(provider, step.transaction);
    mark(number, "sent");
    say("Sent. Waiting until it is mined.");
    // Also before the next step: wallets estimate on what is mined, and a deposit fails until its approval is.
    page = await mined(sent, step.title);
    mark(number, "done");
  }
  return page;
}

async function mined(hash, title) {
  const ended = await pending.wait(hash, title);
  if (ended.state !== "mined") throw new Error(pending.tell(ended));
  return ended.page;
}

// Shows what is to be signed; goes on when its reader says so.
function confirmed({ title, why = "", facts, warnings, steps }) {
  const dialog = $("signing");
  $("signing-title").textContent = title;
  $("signing-why").textContent = why;
  $("signing-facts").replaceChildren(
    ...facts.map(([name, value]) => {
      const line = document.createElement("div");
      line.append(element("dt", name), element("dd", value));
      return line;
    }),
  );
  $("signing-warnings").replaceChildren(...warnings.map((text) => element("li", text)));
  $("signing-steps").replaceChildren(...steps.map((step) => element("li", step.title)));
  say("");
  $("signing-go").hidden = $("signing-cancel").hidden = false;
  if (!dialog.open) dialog.showModal();
  $("signing-go").focus();
  return new Promise((done, failed) => {
    const cancel = () => failed(new Error("Nothing was signed."));
    $("signing-go").onclick = () => {
      dialog.removeEventListener("close", cancel);
      $("signing-go").hidden = $("signing-cancel").hidden = true;
      done();
    };
    $("signing-cancel").onclick = () => dialog.close();
    dialog.addEventListener("close", cancel, { once: true });
  });
}

async function closing(action) {
  try {
    return await action();
  } finally {
    $("signing").close();
  }
}

function mark(number, state) {
  const line = $("signing-steps").children[number];
  if (line) line.dataset.state = state;
}

function say(text) {
  $("signing-state").textContent = text;
}

// Runs what a form does: its button rests meanwhile, and errors stand beside the fields that they are about.
async function guarded(form, submitter, action) {
  if (form.ariaBusy === "true") return;
  for (const error of form.querySelectorAll(".field-error")) error.textContent = "";
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  alertIn(form, "");
  form.ariaBusy = "true";
  if (submitter) submitter.disabled = true;
  try {
    await action();
  } catch (error) {
    alertIn(form, error.fields && Object.keys(error.fields).length && !error.message ? "" : error.message);
    for (const [name, text] of Object.entries(error.fields ?? {})) tellField(form, name, text);
    form.querySelector("[aria-invalid]")?.focus();
  } finally {
    form.ariaBusy = "false";
    if (submitter) submitter.disabled = false;
  }
}

function tellField(form, name, text) {
  const field = form.elements[name];
  const place = form.querySelector(`#${CSS.escape(name)}-error`);
  if (place) place.textContent = text;
  else alertIn(form, `${name}: ${text}`);
  field?.setAttribute?.("aria-invalid", "true");
}

function alertIn(form, text) {
  const place = form.querySelector(".form-error");
  if (!place) return;
  place.textContent = text;
  place.hidden = !text;
}

function alertNear(button, text) {
  let place = button.nextElementSibling;
  if (!place?.matches(".form-error")) {
    place = element("p", "");
    place.className = "form-error";
    place.setAttribute("role", "alert");
    button.after(place);
  }
  place.textContent = text;
}

// A copy of a form's values, with others besides.
function with_(values, others) {
  const copy = new FormData();
  for (const [name, value] of values) copy.append(name, value);
  for (const [name, value] of Object.entries(others)) copy.set(name, value);
  return copy;
}

const actionOf = (form, submitter) => submitter?.getAttribute("formaction") || form.getAttribute("action");

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
