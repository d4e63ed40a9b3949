"""What an account binds itself to off chain: commitments with their salts, and typed data that it signs.

`commitments` has those of labels, challenges and votes. `typed_data` is EIP-712, as `permits` (ERC-2612),
`credentials` (who is an expert) and `relaying` (calls that a relayer sends) use it. None of it needs a node.
"""
