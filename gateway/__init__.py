"""The core of homeport: it knows no maker, no transport and no surface."""
