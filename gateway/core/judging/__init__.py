"""Whether a value can be believed: rules per metric, and what each series has taught. Pure; constant work per value."""
