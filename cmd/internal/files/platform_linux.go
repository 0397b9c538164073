package files

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// exchange swaps two directories in a single step, so that a reader sees one or
// the other whole.
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}

// lock takes the root for this process. The lock is the kernel's, on the directory
// itself: it ends with the process, however that ends.
func lock(root string) (unlock func() error, err error) {
	f, err := os.Open(root)
	if err != nil {
		return nil, &OutputError{err}
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(&LockedError{root}, f.Close())
	}
	if err != nil && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.ENOLCK) && !errors.Is(err, unix.EBADF) {
		return nil, errors.Join(&OutputError{err}, f.Close())
	}
	return f.Close, nil
}
