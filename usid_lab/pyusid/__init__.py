"""The documented pyUSID API, by its own names, over usid_lab: adapters, no logic."""
