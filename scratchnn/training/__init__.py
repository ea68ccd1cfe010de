"""Training: the loop (trainer), its measures (metrics, evaluation), its folder (runs, recording), its thread (job).

Nothing is imported here: a page that only asks for its job (registry, job) must not wait for torch.
"""
