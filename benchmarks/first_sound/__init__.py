"""How soon the first sound comes, beside others: what `scripts/benchmark first-sound` runs."""
