"""The parts of a unit of work: what may be kept and asked of each, as protocols and nothing else."""
