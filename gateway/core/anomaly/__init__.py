"""What is unlike itself: one detector a series, one a machine. Pure; used live and by models/anomaly."""
