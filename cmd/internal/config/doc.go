// Package config turns one YAML file into the options of every room: strict keys,
// errors with file, line, column and the nearest key, durations and exact amounts,
// secrets from the environment or from files that print as ***.
package config
