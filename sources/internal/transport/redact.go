package transport

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Label returns what may be shown of an address: its scheme and host. Keys are
// found in paths, queries and user names alike.
func Label(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "(address withheld)"
	}
	return u.Scheme + "://" + u.Host + "/..."
}

// Check reports what is wrong with an endpoint's address, without printing it.
func Check(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("its address is no URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("its address must begin with https:// or http://")
	case u.Hostname() == "":
		return errors.New("its address names no host")
	}
	return nil
}

// Mask replaces what may be a key in an address wherever else it turns up: the
// user, and long enough parts of path and query.
func Mask(address string) *strings.Replacer {
	u, err := url.Parse(address)
	if err != nil {
		return strings.NewReplacer()
	}
	const shortest = 8
	parts := strings.FieldsFunc(u.EscapedPath()+"/"+u.RawQuery, func(r rune) bool { return strings.ContainsRune("/&=", r) })
	if password, ok := u.User.Password(); ok {
		parts = append(parts, u.User.Username(), password)
	}
	var pairs []string
	for _, part := range parts {
		if len(part) >= shortest {
			pairs = append(pairs, part, "***")
		}
	}
	return strings.NewReplacer(pairs...)
}

// Redact takes every URL error apart, so that no address is printed. What is
// inside can still be found with errors.Is and errors.As.
func Redact(name string, err error) error {
	if err == nil {
		return nil
	}
	var at *url.Error
	if !errors.As(err, &at) {
		return err
	}
	if name == "" {
		name = Label(at.URL)
	}
	for inner := at; errors.As(inner.Err, &inner); {
		at = inner
	}
	return &redacted{name, at.Err}
}

func (c *Client) redacted(err error) error { return Redact(c.o.Name, err) }

type redacted struct {
	name string
	err  error
}

func (e *redacted) Error() string { return fmt.Sprintf("%s: %v", e.name, e.err) }
func (e *redacted) Unwrap() error { return e.err }
