package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/files"
	"tieout/configs"
)

// The files that init writes.
const (
	configName = "tieout.yaml"
	schemaName = "tieout.schema.json"
)

func (c *command) initCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init [DIR] [FILES...]", Short: "Write a commented configuration, from sample files where there are some",
		Long: "init writes tieout.yaml, and its schema for editors, into DIR (this directory without one). From sample\n" +
			"files it writes a configuration that reads them, as far as inspect recognises them, and runs; without\n" +
			"any it writes the complete one, in which every key is explained. It overwrites nothing.",
		Example: "  tieout init\n  tieout init shop exports/*.csv logs/*.jsonl transfers/*.csv",
		RunE:    func(cmd *cobra.Command, args []string) error { return c.init(cmd.Context(), args) },
	}
}

func (c *command) init(ctx context.Context, args []string) error {
	dir, patterns := splitInit(args)
	content := configs.Sample
	var told []string
	date := ""
	if len(patterns) > 0 {
		found, err := files.Find(".", patterns)
		if err != nil {
			return &usageError{err.Error(), "tieout init [DIR] FILES..."}
		}
		o, err := outlineOf(ctx, dir, found)
		if err != nil {
			return err
		}
		content, told, date = []byte(o.yaml()), o.told, o.date(time.Now())
	}
	path := filepath.Join(dir, configName)
	for _, f := range []struct {
		path    string
		content []byte
	}{{path, content}, {filepath.Join(dir, schemaName), configs.Schema}} {
		if err := create(f.path, f.content, f.path != path); err != nil {
			return err
		}
	}
	for _, line := range told {
		fmt.Fprintln(c.out, line)
	}
	fmt.Fprintf(c.out, "%s is written\n    tieout doctor --config %s   says what it still needs\n", path, path)
	if date != "" {
		fmt.Fprintf(c.out, "    tieout run --config %s --as-of %s   judges the newest date of the samples\n", path, date)
	}
	return nil
}

// splitInit tells the directory from the samples: it is the first argument, where that
// is neither a file nor a pattern of some.
func splitInit(args []string) (dir string, patterns []string) {
	if len(args) == 0 {
		return ".", nil
	}
	info, err := os.Stat(args[0])
	if err == nil && !info.IsDir() || strings.ContainsAny(args[0], "*?[") || strings.Contains(args[0], "://") {
		return ".", args
	}
	if errors.Is(err, fs.ErrNotExist) && len(args) == 1 && filepath.Ext(args[0]) != "" {
		return ".", args // a file that is not there, rather than a directory by its name
	}
	return args[0], args[1:]
}

// unwrittenError says that a configuration could not be written.
type unwrittenError struct{ error }

func (e *unwrittenError) Unwrap() error { return e.error }

// create writes a file that is not there yet. The schema may be: it is the same for
// every configuration.
func create(path string, content []byte, mayExist bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return &unwrittenError{err}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		if mayExist {
			return nil
		}
		return &usageError{path + " is there already, and init overwrites nothing", "move it away, or name another directory: tieout init DIR"}
	}
	if err == nil {
		_, err = f.Write(content)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return &unwrittenError{err}
	}
	return nil
}
