"""The schema of `events.db`, one script per version. Scripts are only ever added."""

from gateway import alert_rows, held, outbox

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE home (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE devices (
        id TEXT PRIMARY KEY,
        adapter TEXT NOT NULL,
        address TEXT NOT NULL,
        port INTEGER NOT NULL,
        facts TEXT NOT NULL,
        name TEXT,
        area TEXT,
        aliases TEXT NOT NULL DEFAULT '[]',
        use_as TEXT,
        protected INTEGER NOT NULL DEFAULT 0,
        twin_of TEXT,
        first_seen TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        states TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE TABLE scenes (
        name TEXT PRIMARY KEY,
        folded TEXT NOT NULL UNIQUE,
        aliases TEXT NOT NULL DEFAULT '[]',
        steps TEXT NOT NULL,
        agent TEXT NOT NULL,
        saved TEXT NOT NULL
    ) STRICT;
    INSERT INTO scenes VALUES (
        'Sleepy time', 'sleepy time', '["goodnight"]',
        '[{"tool": "set_light", "arguments": {"targets": "all", "on": false}},
          {"tool": "control_music", "arguments": {"targets": "all", "do": "pause"}},
          {"tool": "set_thermostat",
           "arguments": {"targets": "all", "temperature": 17, "unit": "C"}}]',
        'homeport', '2026-01-01T00:00:00+00:00'
    );
    CREATE TABLE receipts (
        seq INTEGER PRIMARY KEY,
        started TEXT NOT NULL,
        finished TEXT,
        agent TEXT NOT NULL,
        tool TEXT NOT NULL,
        arguments TEXT NOT NULL,
        cause TEXT,
        outcome TEXT NOT NULL DEFAULT 'unknown',
        results TEXT NOT NULL
    ) STRICT;
    CREATE TABLE grants (
        name TEXT PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,
        preset TEXT NOT NULL,
        created TEXT NOT NULL
    ) STRICT;
    """,
    """
    ALTER TABLE grants ADD COLUMN named TEXT NOT NULL DEFAULT '[]';
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        name TEXT NOT NULL,
        device TEXT,
        sampled INTEGER NOT NULL,
        subject INTEGER,
        rest BLOB NOT NULL,
        earlier TEXT
    ) STRICT;
    CREATE INDEX events_by_time ON events (at);
    CREATE INDEX events_of_presence ON events (device, seq)
        WHERE name IN ('device.found', 'device.online', 'device.offline');
    """,
    outbox.SCHEMA,
    held.SCHEMA,
    alert_rows.SCHEMA,
    """
    UPDATE scenes SET steps =
        '[{"tool": "set_light", "arguments": {"targets": "all", "on": false}},
          {"tool": "control_music", "arguments": {"targets": "all", "do": "pause"}},
          {"tool": "set_thermostat",
           "arguments": {"targets": "all", "temperature": 17, "unit": "C"}},
          {"tool": "set_shades", "arguments": {"targets": "all", "open": 0}},
          {"tool": "lock_door", "arguments": {"targets": "all"}},
          {"tool": "set_pool_or_spa", "arguments": {"targets": "all", "heat": false}},
          {"tool": "stop_treadmill",
           "arguments": {"targets": "all", "pause": true, "if_unused": true}}]'
    WHERE name = 'Sleepy time' AND agent = 'homeport';
    """,
)
