"""The gateway's models: read, checked, tried and run with onnxruntime. Imported only when a model is used."""
