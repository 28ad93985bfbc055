"""The contract of an adapter: one suite, every adapter before its simulator."""
