"""What the flow drives, one library each, behind core/ports."""
