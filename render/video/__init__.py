"""Moving pictures: scenes from an edition, painted layer by layer, encoded scene by scene, joined by packet copy."""
