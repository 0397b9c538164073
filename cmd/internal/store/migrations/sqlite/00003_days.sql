-- +goose Up
ALTER TABLE tieout_runs ADD COLUMN days BLOB;          -- gzipped JSON: the tie-out of the whole dates of its window
ALTER TABLE tieout_runs ADD COLUMN breaks INTEGER;     -- open breaks; NULL of runs before this
ALTER TABLE tieout_runs ADD COLUMN open_items INTEGER;
