// Reads a task with viem and the SDK's ABI: node read-task.mjs [task]
import { readFile } from "node:fs/promises";
import { createPublicClient, http } from "viem";

const json = async (path) => JSON.parse(await readFile(path, "utf8"));
const deployment = await json(process.env.GOLDLEAF_DEPLOYMENT);
const client = createPublicClient({ transport: http(process.env.GOLDLEAF_RPC) });

const task = await client.readContract({
  address: deployment.contracts.Lens,
  abi: await json("abi/Lens.json"),
  functionName: "task",
  args: [BigInt(process.argv[2] ?? 1)],
});
console.log(`requester ${task.requester}`);
console.log(`reward ${task.parameters.reward}`);
console.log(`items ${task.parameters.items}`);
