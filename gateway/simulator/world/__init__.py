"""A small world to measure: weather, rooms, plants and machines. Pure: seed and time in, values out."""
