"""Remaining life: the C-MAPSS reference model, and the simulated wear that the gateway's ranges are calibrated on."""
