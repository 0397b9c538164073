-- +goose Up
ALTER TABLE tieout_runs ADD COLUMN volumes TEXT; -- JSON: how many rows every source had of the date; NULL where the run kept none
