package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/schedule"
)

func example(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "configs", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// understood checks that the program knows a command line: with --help at its end
// it parses everything before and does nothing.
func understood(t *testing.T, where string, args []string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := execute(context.Background(), append(args, "--help"), streams{nil, &out, &errs})
	if status != 0 || !strings.Contains(out.String(), "tieout "+args[0]+" [flags]") {
		t.Errorf("%s: tieout %s: status %d, %s", where, strings.Join(args, " "), status, errs.String())
	}
}

func TestCrontab(t *testing.T) {
	lines := 0
	for line := range strings.Lines(example(t, "crontab")) {
		fields := strings.Fields(line)
		if len(fields) < 8 || fields[0] == "#" {
			continue
		}
		lines++
		if _, err := schedule.ParseCron(strings.Join(fields[:5], " ")); err != nil {
			t.Error(err)
		}
		if fields[6] != "/usr/local/bin/tieout" { // after the user
			t.Errorf("the line runs %s", fields[6])
		}
		understood(t, "crontab", fields[7:])
	}
	if lines != 1 {
		t.Errorf("%d lines", lines)
	}
}

var execStart = regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/tieout (.*)$`)

func TestSystemdUnits(t *testing.T) {
	for _, name := range []string{"tieout@.service", "tieout-daemon.service"} {
		lines := execStart.FindAllStringSubmatch(example(t, "systemd/"+name), -1)
		if len(lines) != 1 {
			t.Fatalf("%s: %d commands", name, len(lines))
		}
		understood(t, name, strings.Fields(lines[0][1]))
	}
	if !strings.Contains(example(t, "systemd/tieout@.timer"), "\nPersistent=true\n") {
		t.Error("the timer forgets what it missed")
	}
}

// TestSystemdVerifies asks systemd itself, with a program in the place of ours that
// is there.
func TestSystemdVerifies(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("SKIPPED: systemd-analyze is not installed; nobody has checked the units")
	}
	program, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	verify := func(spoil string) (string, error) {
		dir := t.TempDir()
		args := []string{"verify"}
		for _, name := range []string{"tieout@.service", "tieout@.timer", "tieout-daemon.service"} {
			unit := strings.ReplaceAll(example(t, "systemd/"+name), "/usr/local/bin/tieout", program)
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(unit+spoil), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, path)
		}
		out, err := exec.CommandContext(t.Context(), analyze, args...).CombinedOutput()
		return string(out), err
	}
	if out, err := verify(""); err != nil || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := verify("\n[Service]\nNoSuchKey=1\n"); err == nil && out == "" {
		t.Error("a key that does not exist is taken: this test does not test")
	}
}

// TestKubernetes: the command is one of ours, and the configuration in the manifest
// loads. Its own module decodes it against the API types.
func TestKubernetes(t *testing.T) {
	t.Setenv("ETH_RPC_URL", "http://127.0.0.1:1")
	var job, configuration bool
	for _, doc := range strings.Split(example(t, "kubernetes/tieout.yaml"), "\n---\n") {
		var o struct {
			Kind string
			Data map[string]string
			Spec struct {
				Schedule    string
				JobTemplate struct {
					Spec struct {
						Template struct {
							Spec struct{ Containers []struct{ Args []string } }
						}
					}
				} `yaml:"jobTemplate"`
			}
		}
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			t.Fatal(err)
		}
		switch o.Kind {
		case "CronJob":
			job = true
			if _, err := schedule.ParseCron(o.Spec.Schedule); err != nil {
				t.Error(err)
			}
			understood(t, "kubernetes", o.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Args)
		case "ConfigMap":
			configuration = true
			path := filepath.Join(t.TempDir(), "tieout.yaml")
			if err := os.WriteFile(path, []byte(o.Data["tieout.yaml"]), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.Load(path, profiles); err != nil {
				t.Error(err)
			}
		}
	}
	if !job || !configuration {
		t.Error("no job or no configuration in the manifest")
	}
}
