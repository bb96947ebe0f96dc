"""What the kernel tells about the machine the gateway runs on: its disk and the wear of it, board, memory."""
