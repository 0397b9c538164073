package files

import (
	"errors"
	"os"
	"path/filepath"
)

// Settle brings a publication to its end that was interrupted, and tells whether the
// report whose manifest has that SHA-256 stands now. Temp is the directory in which
// it was made. Where the swap had not taken place it does so now, and where the
// former report had not moved to .superseded it does. Anything else that lies there
// is left for Begin to remove.
func Settle(root, name, temp, sha256 string) (stands bool, err error) {
	if InBucket(root) {
		return settleUpload(root, name, temp, sha256)
	}
	unlock, err := lock(root)
	if absent(errors.Unwrap(err)) {
		return false, nil // no root, no report
	}
	if err != nil {
		return false, err
	}
	stands, err = settle(root, name, temp, sha256)
	if err != nil {
		err = &OutputError{err}
	}
	return stands, errors.Join(err, unlock())
}

func settle(root, name, temp, sha256 string) (stands bool, err error) {
	target, made := filepath.Join(root, name), filepath.Join(root, temp)
	r := &Report{root: root, name: name, dir: made}
	switch {
	case manifestOf(target) == sha256: // the directory called temporary holds the former report, if any
		if manifestOf(made) == "" {
			break
		}
		old, err := superseded(root, name)
		if err != nil {
			return false, err
		}
		if err := os.Rename(made, old); err != nil {
			return false, err
		}
	case temp != "" && manifestOf(made) == sha256:
		if err := r.swap(target); err != nil {
			return false, err
		}
	default:
		return false, nil
	}
	return true, syncDir(root)
}

// manifestOf is the SHA-256 of the manifest in a directory, "" without one.
func manifestOf(dir string) string {
	in, err := open(filepath.Join(dir, manifest), manifest)
	if err != nil {
		return ""
	}
	return in.SHA256
}
