"""Computing over all positions of a dataset: plan, run, checkpoint, resume."""
