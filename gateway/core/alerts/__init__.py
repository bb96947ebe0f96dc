"""What people are told of by themselves: alerts as levels, when which message is due, and its words."""
