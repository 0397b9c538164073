// Package storetest starts a real PostgreSQL, or MariaDB, for tests.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Server is a PostgreSQL server of its own, reached through a socket in its
// directory: it has no port that anything else could meet. It does not wait for the
// disk: what is tried here is the end of processes, not of machines.
type Server struct {
	tb   testing.TB
	bin  string
	dir  string
	cred *syscall.Credential
	cmd  *exec.Cmd
}

// Start makes a database cluster and starts a server on it, which ends with the
// test. Without PostgreSQL on the machine the test is skipped, unless
// TIEOUT_NEED_POSTGRES says that it must be there, as CI does.
func Start(tb testing.TB) *Server {
	tb.Helper()
	bin := binaries()
	if bin == "" {
		if os.Getenv("TIEOUT_NEED_POSTGRES") != "" {
			tb.Fatal("PostgreSQL is required here and not installed (apt-get install postgresql)")
		}
		tb.Skip("SKIPPED: no PostgreSQL on this machine, so the state was not tried on it (apt-get install postgresql)")
	}
	dir, err := os.MkdirTemp("/tmp", "tieout-pg-") // short: the name of a socket has 107 bytes; and open to nobody, as $TMPDIR need not be
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{tb: tb, bin: bin, dir: dir}
	tb.Cleanup(func() { s.Stop(); os.RemoveAll(dir) })
	s.unprivileged()
	s.run("initdb", "-D", filepath.Join(dir, "data"), "-A", "trust", "-U", "postgres", "-N", "--no-locale", "-E", "UTF8")
	s.Restart()
	return s
}

// binaries finds the newest installed version.
func binaries() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.Sort(found)
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

// unprivileged makes the server run as nobody when the tests run as root, as whom it
// refuses to.
func (s *Server) unprivileged() {
	if os.Getuid() != 0 {
		return
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		s.tb.Fatal(err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	if err := os.Chown(s.dir, uid, gid); err != nil {
		s.tb.Fatal(err)
	}
	s.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), filepath.Join(s.bin, name), args...)
	cmd.Dir, cmd.Env = s.dir, []string{"PATH=" + s.bin, "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	return cmd
}

func (s *Server) run(name string, args ...string) {
	s.tb.Helper()
	if out, err := s.command(name, args...).CombinedOutput(); err != nil {
		s.tb.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Restart starts the server, again after Stop, and waits until it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer log.Close()
	s.cmd = s.command("postgres", "-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=60", "-c", "fsync=off")
	s.cmd.Stderr = log
	if err := s.cmd.Start(); err != nil {
		s.tb.Fatal(err)
	}
	for range 600 {
		if s.command("psql", "-q", "-h", s.dir, "-U", "postgres", "-c", "SELECT 1").Run() == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	content, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	s.tb.Fatalf("PostgreSQL does not answer:\n%s", content)
}

// Stop stops the server at once, as when its machine goes down.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	var exit *exec.ExitError
	if err := s.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		s.tb.Error(err)
	}
	s.cmd = nil
}

// Database makes an empty database and returns its URL.
func (s *Server) Database(name string) string {
	s.tb.Helper()
	s.Exec("postgres", "CREATE DATABASE "+name)
	return fmt.Sprintf("postgres://postgres@/%s?host=%s", name, s.dir)
}

// Exec runs SQL in a database.
func (s *Server) Exec(database, query string) string {
	s.tb.Helper()
	cmd := s.command("psql", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h", s.dir, "-U", "postgres", "-d", database, "-c", query)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.tb.Fatalf("%s: %v\n%s", query, err, out)
	}
	return string(out)
}
