-- +goose Up
CREATE TABLE tieout_leases (
  merchant TEXT PRIMARY KEY,
  holder   TEXT NOT NULL,
  since    BIGINT NOT NULL, -- milliseconds of the database's clock
  expires  BIGINT NOT NULL,
  token    BIGINT NOT NULL  -- grows with every holder
);

CREATE TABLE tieout_runs (
  id                BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant          TEXT NOT NULL,
  date              TEXT NOT NULL,
  revision          BIGINT NOT NULL,
  state             TEXT NOT NULL CHECK (state IN ('pending', 'published', 'superseded')),
  stale             BIGINT NOT NULL DEFAULT 0,
  status            TEXT NOT NULL,
  exit              BIGINT NOT NULL,
  digest            TEXT NOT NULL,
  manifest          TEXT NOT NULL,
  replaces          TEXT NOT NULL,
  previous_date     TEXT NOT NULL,
  previous_manifest TEXT NOT NULL,
  root              TEXT NOT NULL,
  temp              TEXT NOT NULL,
  token             BIGINT NOT NULL,
  inputs            TEXT NOT NULL, -- JSON: what went in
  matched           BYTEA,         -- gzipped JSON lines; NULL once they are older than any run looks back
  UNIQUE (merchant, date, revision)
);

CREATE TABLE tieout_items (
  run_id     BIGINT NOT NULL REFERENCES tieout_runs (id) ON DELETE CASCADE,
  n          BIGINT NOT NULL, -- place in the closing
  item_id    TEXT NOT NULL,
  asset      TEXT NOT NULL,
  kind       TEXT NOT NULL,
  state      TEXT NOT NULL,
  subject    TEXT NOT NULL,
  difference NUMERIC(78,0) NOT NULL, -- base units
  first_date TEXT NOT NULL,
  last_date  TEXT NOT NULL,
  rest       TEXT NOT NULL, -- JSON
  PRIMARY KEY (run_id, n)
);
CREATE INDEX tieout_items_by_id ON tieout_items (item_id);

CREATE TABLE tieout_events (
  run_id     BIGINT NOT NULL REFERENCES tieout_runs (id) ON DELETE CASCADE,
  n          BIGINT NOT NULL,
  merchant   TEXT NOT NULL,
  item_id    TEXT NOT NULL,
  asset      TEXT NOT NULL,
  what       TEXT NOT NULL,
  difference NUMERIC(78,0) NOT NULL,
  detail     TEXT NOT NULL,
  PRIMARY KEY (run_id, n)
);
CREATE INDEX tieout_events_by_item ON tieout_events (merchant, item_id);

CREATE TABLE tieout_answers (
  id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant  TEXT NOT NULL,
  item_id   TEXT NOT NULL,
  asset     TEXT NOT NULL,
  action    TEXT NOT NULL,
  reason    TEXT NOT NULL,
  by_whom   TEXT NOT NULL,
  until     TEXT NOT NULL,
  cap       TEXT NOT NULL,
  date      TEXT NOT NULL,
  effective TEXT NOT NULL, -- the newest business date when it was taken in: it counts for the runs after that
  at        BIGINT NOT NULL,
  file      TEXT NOT NULL,
  sha256    TEXT NOT NULL,
  row_no    BIGINT NOT NULL
);
CREATE INDEX tieout_answers_by_date ON tieout_answers (merchant, effective);

CREATE TABLE tieout_signoffs (
  run_id BIGINT PRIMARY KEY REFERENCES tieout_runs (id) ON DELETE CASCADE,
  body   TEXT NOT NULL -- JSON: who, when, from which file
);

CREATE TABLE tieout_imports (
  merchant TEXT NOT NULL,
  sha256   TEXT NOT NULL,
  file     TEXT NOT NULL,
  at       BIGINT NOT NULL,
  PRIMARY KEY (merchant, sha256)
);
