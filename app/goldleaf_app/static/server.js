// Requests to the server, whose refusals are sentences for people.

export class Refusal extends Error {
  constructor(content, status) {
    const fields = content.fields ?? {};
    // What is told beside fields need not be told once more.
    const otherwise = Object.keys(fields).length ? "" : `The server answered ${status}.`;
    super([content.message, content.advice].filter(Boolean).join(" ") || otherwise);
    this.fields = fields;
  }
}

export const get = (path) => answer(fetch(path, { headers: { Accept: "application/json" } }));

export function post(path, form) {
  const body = form instanceof FormData ? form : formOf(form);
  const headers = { Accept: "application/json", "X-CSRF-Token": document.body.dataset.csrf };
  return answer(fetch(path, { method: "POST", headers, body }));
}

function formOf(values) {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.append(name, value);
  return form;
}

async function answer(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new Refusal({ message: "The server cannot be reached.", advice: "Try again in a moment." });
  }
  const text = await response.text();
  let content;
  try {
    content = text ? JSON.parse(text) : {};
  } catch {
    content = { message: text };
  }
  if (!response.ok) throw new Refusal(content, response.status);
  return content;
}
