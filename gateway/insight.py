"""What notices that something is not as usual as one part of the gateway: series, machines, episodes, health."""
