"""The face of a home to agents that speak the Model Context Protocol."""
