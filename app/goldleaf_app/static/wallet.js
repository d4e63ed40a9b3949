// Wallets of the browser: found (EIP-6963), chosen, on the right chain, asked to sign (EIP-1193).
import * as server from "./server.js";

const CHOSEN = "goldleaf-wallet";
const { account: shown, chain, rpc } = document.body.dataset;
const chainId = `0x${Number(chain).toString(16)}`;
const announced = new Map();
const $ = (id) => document.getElementById(id);

export function start() {
  addEventListener("eip6963:announceProvider", ({ detail }) => {
    if (!announced.has(detail.info.rdns)) listen(detail.provider, detail.info.rdns);
    announced.set(detail.info.rdns, detail);
  });
  dispatchEvent(new Event("eip6963:requestProvider"));
  $("connect")?.addEventListener("click", () => connect().catch(() => {}));
  $("disconnect")?.addEventListener("click", disconnect);
  $("wallets-cancel").addEventListener("click", () => $("wallets").close());
}

// The wallet of this account, on the right chain; asks its owner where that is needed.
export async function ready() {
  const provider = shown && find(localStorage.getItem(CHOSEN));
  if (!provider) {
    await connect();
    return new Promise(() => {}); // the page is loaded again
  }
  const [account] = await told(provider.request({ method: "eth_requestAccounts" }));
  if (!account || account.toLowerCase() !== shown.toLowerCase()) {
    remember(account ?? "");
    location.reload();
    return new Promise(() => {});
  }
  await changeChain(provider);
  return provider;
}

export async function send(provider, transaction) {
  return told(provider.request({ method: "eth_sendTransaction", params: [transaction] }));
}

export async function signTypedData(provider, message) {
  const params = [shown, JSON.stringify(message)];
  return told(provider.request({ method: "eth_signTypedData_v4", params }));
}

// Whether the wallet sends several calls as one that is done whole or not at all (EIP-5792).
export async function isAtomic(provider) {
  try {
    const params = [shown, [chainId]];
    const capabilities = await provider.request({ method: "wallet_getCapabilities", params });
    return ["supported", "ready"].includes(capabilities?.[chainId]?.atomic?.status);
  } catch {
    return false; // most wallets have no such method
  }
}

// Sends calls as one; returns the hash of their transaction once it is mined.
export async function sendCalls(provider, transactions) {
  const calls = transactions.map(({ to, data, value }) => ({ to, data, value }));
  const params = [{ version: "2.0.0", from: shown, chainId, atomicRequired: true, calls }];
  const { id } = await told(provider.request({ method: "wallet_sendCalls", params }));
  for (;;) {
    const { receipts } = await told(provider.request({ method: "wallet_getCallsStatus", params: [id] }));
    if (receipts?.length) return receipts.at(-1).transactionHash;
    await new Promise((done) => setTimeout(done, 1000));
  }
}

// Proves to the server who this is, for what is private; nothing is sent to the chain.
export async function signIn() {
  const provider = await ready();
  const { message } = await server.get("/sign-in/message");
  const bytes = new TextEncoder().encode(message);
  const hex = `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const signature = await told(provider.request({ method: "personal_sign", params: [hex, shown] }));
  const { csrf } = await server.post("/sign-in", { signature });
  document.body.dataset.csrf = csrf;
}

function listen(provider, name) {
  // The simplest right answer to a change of account; a change of chain is dealt with when something is signed.
  provider.on?.("accountsChanged", ([account]) => {
    if (localStorage.getItem(CHOSEN) !== name || (account ?? "").toLowerCase() === shown.toLowerCase()) return;
    remember(account ?? "");
    location.reload();
  });
}

function find(name) {
  const found = announced.get(name)?.provider;
  // Older wallets are only found here.
  return found ?? (name === "window" || !announced.size ? window.ethereum : undefined);
}

function connect() {
  const dialog = $("wallets");
  const choices = [...announced.values()].map(({ info }) => [info.rdns, info.name]);
  if (!choices.length && window.ethereum) choices.push(["window", "Browser wallet"]);
  $("wallets-none").hidden = choices.length > 0;
  $("wallets-state").textContent = "";
  return new Promise((done, failed) => {
    $("wallets-list").replaceChildren(
      ...choices.map(([name, label]) => {
        const button = document.createElement("button");
        button.textContent = label;
        button.addEventListener("click", async () => {
          try {
            await choose(name);
            done();
          } catch (error) {
            $("wallets-state").textContent = error.message;
          }
        });
        return button;
      }),
    );
    dialog.addEventListener("close", () => failed(new Error("No wallet was chosen.")), { once: true });
    dialog.showModal();
  });
}

async function choose(name) {
  const provider = find(name);
  const [account] = await told(provider.request({ method: "eth_requestAccounts" }));
  if (!account) throw new Error("The wallet is locked: unlock it, and try again.");
  await changeChain(provider);
  localStorage.setItem(CHOSEN, name);
  remember(account);
  location.reload();
}

async function disconnect() {
  await server.post("/sign-in/out", {}).catch(() => {});
  localStorage.removeItem(CHOSEN);
  remember("");
  location.reload();
}

function remember(account) {
  const age = account ? 31536000 : 0;
  document.cookie = `account=${account}; path=/; max-age=${age}; samesite=strict`;
}

async function changeChain(provider) {
  if (Number(await told(provider.request({ method: "eth_chainId" }))) === Number(chain)) return;
  try {
    await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
  } catch (error) {
    if (error.code !== 4902) throw plain(error); // the wallet does not know this chain yet
    if (!rpc) throw new Error(`The wallet does not know chain ${chain}: add it there, and try again.`);
    const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
    const params = [{ chainId, chainName: `Goldleaf (${chain})`, rpcUrls: [rpc], nativeCurrency }];
    await told(provider.request({ method: "wallet_addEthereumChain", params }));
  }
  if (Number(await told(provider.request({ method: "eth_chainId" }))) !== Number(chain)) {
    throw new Error(`The wallet is on another chain: change it to chain ${chain}, and try again.`);
  }
}

async function told(asking) {
  try {
    return await asking;
  } catch (error) {
    throw plain(error);
  }
}

// What a wallet's error is for people.
function plain(error) {
  if (error.code === 4001) return new Error("You declined in the wallet. Nothing was sent.");
  if (error.code === 4100) return new Error("The wallet is locked, or does not show this account: unlock it.");
  if (error.code === -32002) return new Error("The wallet waits for an answer already: open it.");
  return new Error(`The wallet says: ${error.data?.message ?? error.message ?? error}`);
}
