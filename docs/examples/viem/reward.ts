// The pay per label of a task, in base units: the types of arguments and result come out of the ABI.
import { type Address, createPublicClient, http } from "viem";

import { abi } from "./abi/Lens";

export async function reward(rpc: string, lens: Address, task: bigint): Promise<bigint> {
  const client = createPublicClient({ transport: http(rpc) });
  const { parameters } = await client.readContract({ address: lens, abi, functionName: "task", args: [task] });
  return parameters.reward;
}
