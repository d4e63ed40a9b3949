"""What the protocol's rules pay to real annotators: people, decisions, episodes, figures."""
