// The half of the test wallet that lives in the page; `announced` is set before it, `askWallet` is the other half.
const provider = {
  async request({ method, params }) {
    const { result, error } = await window.askWallet(method, params ?? []);
    if (error) throw Object.assign(new Error(error.message), { code: error.code });
    return result;
  },
  on() {},
};
if (announced) {
  const info = { uuid: "350670db-19fa-4704-a166-e52e178b59d2", name: "Test wallet", icon: "data:,", rdns: "org.example" };
  const announce = () =>
    window.dispatchEvent(
      new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }),
    );
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
} else {
  window.ethereum = provider;
}
