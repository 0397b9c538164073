package storetest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// MariaDB is a MariaDB or MySQL server of its own, reached through a socket in its
// directory.
type MariaDB struct {
	tb   testing.TB
	base Server // its directory and whom it runs as
}

// StartMariaDB makes a database and starts a server on it, which ends with the test.
// Without one on the machine the test is skipped, unless TIEOUT_NEED_MARIADB says that
// it must be there, as CI does.
func StartMariaDB(tb testing.TB) *MariaDB {
	tb.Helper()
	server, install := mariaBinaries()
	if server == "" || install == "" {
		if os.Getenv("TIEOUT_NEED_MARIADB") != "" {
			tb.Fatal("MariaDB is required here and not installed (apt-get install mariadb-server)")
		}
		tb.Skip("SKIPPED: no MariaDB on this machine, so no query was tried on it (apt-get install mariadb-server)")
	}
	dir, err := os.MkdirTemp("/tmp", "tieout-my-")
	if err != nil {
		tb.Fatal(err)
	}
	m := &MariaDB{tb: tb, base: Server{tb: tb, bin: filepath.Dir(server), dir: dir}}
	tb.Cleanup(func() { m.stop(); os.RemoveAll(dir) })
	m.base.unprivileged()
	m.run(install, "--no-defaults", "--datadir="+filepath.Join(dir, "data"), "--auth-root-authentication-method=normal", "--skip-test-db")
	m.start(server)
	return m
}

func mariaBinaries() (server, install string) {
	find := func(names ...string) string {
		for _, name := range names {
			if path, err := exec.LookPath(name); err == nil {
				return path
			}
			if path := filepath.Join("/usr/sbin", name); exists(path) {
				return path
			}
		}
		return ""
	}
	return find("mariadbd", "mysqld"), find("mariadb-install-db", "mysql_install_db")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (m *MariaDB) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Dir, cmd.Env = m.base.dir, []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin", "LC_ALL=C", "TMPDIR=" + m.base.dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: m.base.cred}
	return cmd
}

func (m *MariaDB) run(name string, args ...string) {
	m.tb.Helper()
	if out, err := m.command(name, args...).CombinedOutput(); err != nil {
		m.tb.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Socket is the path of the server's socket.
func (m *MariaDB) Socket() string { return filepath.Join(m.base.dir, "s") }

func (m *MariaDB) start(server string) {
	m.tb.Helper()
	cmd := m.command(server, "--no-defaults", "--datadir="+filepath.Join(m.base.dir, "data"), "--socket="+m.Socket(), "--skip-networking",
		"--pid-file="+filepath.Join(m.base.dir, "pid"), "--log-error="+filepath.Join(m.base.dir, "log"), "--innodb-flush-log-at-trx-commit=0")
	if err := cmd.Start(); err != nil {
		m.tb.Fatal(err)
	}
	m.base.cmd = cmd
	for range 600 {
		if exists(m.Socket()) && m.command("mariadb", "--no-defaults", "-S", m.Socket(), "-u", "root", "-e", "SELECT 1").Run() == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	content, _ := os.ReadFile(filepath.Join(m.base.dir, "log"))
	m.tb.Fatalf("MariaDB does not answer:\n%s", content)
}

func (m *MariaDB) stop() {
	if m.base.cmd == nil {
		return
	}
	_ = m.base.cmd.Process.Signal(syscall.SIGKILL)
	var exit *exec.ExitError
	if err := m.base.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		m.tb.Error(err)
	}
}

// Exec runs SQL.
func (m *MariaDB) Exec(query string) {
	m.tb.Helper()
	m.run("mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-S", m.Socket(), "-u", "root", "-e", query)
}
