"""The pipeline: asyncio, no devices and no library of a device."""
