// Talks to two parties: the back end, which makes transactions, and the wallet, which signs and sends them.

const $ = (id) => document.getElementById(id);
let wallet; // the EIP-1193 provider that was chosen
let account;

// ---------------------------------------------------------------- the wallet

// Each installed wallet announces itself (EIP-6963).
const announced = new Map();
addEventListener("eip6963:announceProvider", ({ detail }) => {
  announced.set(detail.info.uuid, detail);
  showWallets();
});
dispatchEvent(new Event("eip6963:requestProvider"));
// Older ones are only found here.
if (!announced.size && window.ethereum) {
  announced.set("window", { info: { name: "Browser wallet" }, provider: window.ethereum });
  showWallets();
}

function showWallets() {
  $("wallets").replaceChildren(
    ...[...announced.values()].map(({ info, provider }) => {
      const button = document.createElement("button");
      button.textContent = `Connect ${info.name}`;
      button.onclick = () => attempt(() => connect(provider));
      return button;
    }),
  );
}

async function connect(provider) {
  wallet = provider;
  [account] = await wallet.request({ method: "eth_requestAccounts" });
  await changeChain(await get("/api/chain"));
  // The simplest right answer to a change of account or chain.
  wallet.on?.("accountsChanged", () => location.reload());
  wallet.on?.("chainChanged", () => location.reload());
  $("address").textContent = account;
  $("account").hidden = false;
  document.querySelectorAll("button[disabled]").forEach((button) => (button.disabled = false));
  await showBalances();
}

async function changeChain({ chainId, rpcUrl }) {
  if ((await wallet.request({ method: "eth_chainId" })) === chainId) return;
  try {
    await wallet.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
  } catch (error) {
    if (error.code !== 4902) throw error; // the wallet does not know this chain yet
    const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
    await wallet.request({
      method: "wallet_addEthereumChain",
      params: [{ chainId, chainName: "Goldleaf", rpcUrls: [rpcUrl], nativeCurrency }],
    });
  }
}

// Has the wallet send the steps, one after the other; returns the events of the last one.
async function send({ steps, warnings }) {
  for (const warning of warnings) log(`Note: ${warning}`);
  let mined;
  for (const step of steps) {
    const transaction = await wallet.request({ method: "eth_sendTransaction", params: [step] });
    // Also before the next step: wallets estimate on what is mined, and a deposit fails until its approval is.
    mined = await get(`/api/transactions/${transaction}`);
  }
  for (const { name } of mined.events) log(`${name} in block ${mined.block}`);
  await showBalances();
  return mined.events;
}

// ---------------------------------------------------------------- the back end

const get = (path) => answer(fetch(path));
const post = (path, body) =>
  answer(fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));

async function answer(request) {
  const response = await request;
  const content = await response.json();
  if (!response.ok) throw new Error(content.message ?? JSON.stringify(content));
  return content;
}

// ---------------------------------------------------------------- the page

async function showBalances() {
  const balances = await get(`/api/balances/${account}`);
  $("wallet").textContent = balances.wallet;
  $("free").textContent = balances.free;
}

$("deposit").onsubmit = (event) => {
  event.preventDefault();
  const { amount, permit } = event.target.elements;
  const body = { account, amount: amount.value };
  attempt(async () => {
    if (!permit.checked) return send(await post("/api/deposit", body));
    const message = await post("/api/permit", body);
    const signature = await wallet.request({
      method: "eth_signTypedData_v4",
      params: [account, JSON.stringify(message)],
    });
    const { deadline } = message.message;
    return send(await post("/api/deposit-with-permit", { ...body, deadline, signature }));
  });
};

$("take").onsubmit = (event) => {
  event.preventDefault();
  const { task, take } = event.target.elements;
  attempt(async () => {
    if (event.submitter !== take) {
      $("preview").textContent = describe(await get(`/api/tasks/${task.value}/preview/${account}`));
      $("preview").hidden = take.hidden = false;
      return;
    }
    const [taken] = await send(await post("/api/take", { account, task: Number(task.value) }));
    log(`Submission ${taken.submission} is yours to label`);
  });
};

function describe({ labels, locked, free_by, pay, worst_loss, notes }) {
  const date = new Date(Number(free_by) * 1000).toLocaleString();
  return [
    `${labels} labels lock ${locked} base units, at the latest until ${date}.`,
    `They pay ${pay}. The most that you can lose is ${worst_loss}.`,
    ...notes.map((note) => `Note: ${note}`),
  ].join("\n");
}

async function attempt(action) {
  try {
    await action();
  } catch (error) {
    // 4001: the person said no in the wallet.
    log(error.code === 4001 ? "You declined." : error.message, "error");
  }
}

function log(text, kind = "") {
  const line = document.createElement("li");
  line.textContent = text;
  line.className = kind;
  $("log").append(line);
}
