"""The embedded MQTT broker: amqtt with a transport, sessions and routing of our own."""
