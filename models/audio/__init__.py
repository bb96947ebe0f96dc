"""The audio model: features of a buffer of sound, equal to librosa, as one ONNX graph."""
