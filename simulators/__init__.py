"""The virtual house: simulated devices that speak the makers' real wire protocols."""
