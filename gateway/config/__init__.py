"""What a person may set: TOML and environment, validated once into frozen settings."""
