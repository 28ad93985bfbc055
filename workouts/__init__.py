"""Personal data: workouts that were recorded here or brought in files."""
