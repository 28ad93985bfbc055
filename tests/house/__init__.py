"""The whole house: the command line as people start it, real clients, real sockets."""
