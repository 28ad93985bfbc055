"""What leaves the house: each way out is one file, and the owner's settings say where to."""
