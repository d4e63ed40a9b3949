// Times in the reader's own time zone, and how long it is until then, by the clock of the chain.

const ahead = Number(document.body.dataset.now) * 1000 - Date.now();
const units = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

export function start() {
  show(document);
  setInterval(() => show(document), 1000);
  document.body.addEventListener("htmx:afterSettle", () => show(document));
}

function show(root) {
  for (const element of root.querySelectorAll("time[data-time]")) {
    element.textContent = local(Number(element.dataset.time));
  }
  for (const element of root.querySelectorAll("time[data-countdown]")) {
    const until = Number(element.dataset.countdown);
    const left = Math.floor(until - (Date.now() + ahead) / 1000);
    element.textContent = left > 0 ? `in ${told(left)}` : `${told(-left)} ago`;
    element.title = local(until);
    element.classList.toggle("urgent", left > 0 && left < 3600);
  }
}

function local(seconds) {
  return new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function told(left) {
  const parts = [];
  for (const [name, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) parts.push(`${count} ${name}${count > 1 ? "s" : ""}`);
  }
  return parts.slice(0, 2).join(" ") || "0 seconds";
}
