"""What contracts take and give, as bytes: the ABI, addresses, keccak-256, and the packaged contracts' descriptions."""
