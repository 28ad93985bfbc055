"""When two records are of the same workout. Pure."""

from workouts.workout import Workout

FORMATS = frozenset({"fit", "tcx", "gpx", "apple-health"})
"""What a file's source is; every other one is the id of a device that was recorded here."""
STARTS_WITHIN = 60.0
OVERLAP = 0.8
LENGTHS = 0.1
DISTANCES = 0.03


def same(a: Workout, b: Workout) -> bool:
    """Say whether two sources tell of one workout.

    They do where they share four fifths of their time, or begin within a minute and last alike,
    and are of the same kind or as far. What was recorded here twice, or is of two people, never
    is one. The numbers are ours.
    """
    if a.person and b.person and a.person.casefold() != b.person.casefold():
        return False
    if a.source not in FORMATS and b.source not in FORMATS:
        return False
    return _same_time(a, b) and (_same_kind(a, b) or _same_distance(a, b))


def _same_time(a: Workout, b: Workout) -> bool:
    whole = (max(a.end, b.end) - min(a.start, b.start)).total_seconds()
    shared = (min(a.end, b.end) - max(a.start, b.start)).total_seconds()
    if whole > 0 and shared >= OVERLAP * whole:
        return True
    one, other = ((w.end - w.start).total_seconds() for w in (a, b))
    begins = abs((a.start - b.start).total_seconds()) <= STARTS_WITHIN
    return begins and abs(one - other) <= LENGTHS * max(one, other)


def _same_kind(a: Workout, b: Workout) -> bool:
    if a.activity == b.activity == "other":
        return (a.start, a.end) == (b.start, b.end)
    return a.activity == b.activity


def _same_distance(a: Workout, b: Workout) -> bool:
    one, other = a.totals.distance, b.totals.distance
    if not one or not other:
        return False
    return abs(one - other) <= DISTANCES * max(one, other)
