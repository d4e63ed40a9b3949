// Transactions that were sent and are not known to be mined: they are kept over a reload, and shown until they end.
import * as server from "./server.js";

const KEY = `goldleaf-pending-${document.body.dataset.chain}`;

export function start() {
  for (const one of read()) follow(one);
}

// Waits for a transaction; returns what became of it. `title` is told meanwhile, also after a reload.
export async function wait(hash, title) {
  write([...read().filter((one) => one.hash !== hash), { hash, title }]);
  const ended = await outcome(hash);
  write(read().filter((one) => one.hash !== hash));
  return ended;
}

async function outcome(hash) {
  for (;;) {
    try {
      const found = await server.get(`/transactions/${hash}`);
      if (found.state !== "pending") return found;
    } catch {
      // The server or its node is down: the transaction is on its way all the same.
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
}

async function follow({ hash, title }) {
  const line = document.createElement("p");
  line.textContent = `${title}: not mined yet.`;
  document.getElementById("pending").append(line);
  const ended = await outcome(hash);
  write(read().filter((one) => one.hash !== hash));
  line.textContent = ended.state === "mined" ? `${title}: done. ` : `${title}: ${tell(ended)} `;
  const link = document.createElement("a");
  link.href = ended.page || location.href;
  link.textContent = "Show";
  line.append(link);
}

export function tell({ state, message, advice }) {
  const begun = state === "replaced" ? "Another transaction took its place." : "It failed.";
  return [begun, message, advice].filter(Boolean).join(" ");
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function write(entries) {
  localStorage.setItem(KEY, JSON.stringify(entries));
}
