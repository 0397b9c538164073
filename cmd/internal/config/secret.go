package config

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Secret is a value that no output may show: it prints as ***.
type Secret struct {
	value     string
	spellings string // how quotes, JSON, URLs and HTML write it, NUL after each; "" where none differs
}

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value, spellings(value)} }

// spellings are the texts as which a value appears where it is quoted.
func spellings(value string) string {
	quoted := inside(strconv.Quote(value))
	coded, _ := json.Marshal(value) // a text can always be written
	list := []string{inside(strconv.Quote(quoted)), quoted, inside(string(coded)), url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value)}
	if u, err := url.Parse(value); err == nil && u.User != nil {
		list = append(list, credentials(u.User)) // as HTTP sends them, which a server may repeat
	}
	var b strings.Builder
	for _, text := range list { // the longest first: one may hold another
		if text != value && len(text) >= leastSecret {
			b.WriteString(text + "\x00")
		}
	}
	return b.String()
}

func credentials(u *url.Userinfo) string {
	password, _ := u.Password()
	return base64.StdEncoding.EncodeToString([]byte(u.Username() + ":" + password))
}

// inside is a quoted text without its quotes.
func inside(quoted string) string { return quoted[1 : len(quoted)-1] }

// Reveal returns the value, for the one place that needs it.
func (s Secret) Reveal() string { return s.value }

// Known reports whether a value was given.
func (s Secret) Known() bool { return s.value != "" }

func (s Secret) String() string               { return "***" }
func (s Secret) Format(f fmt.State, _ rune)   { fmt.Fprint(f, "***") }
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal("***") }
func (s Secret) LogValue() slog.Value         { return slog.StringValue("***") }

// secret reads a secret written as ${NAME}. A literal in the file is refused:
// configurations are shared and kept in version control. An empty one is refused
// too, since signatures would go unchecked in silence.
func (d *decoder) secret(n ast.Node) Secret {
	raw := d.raw(n)
	if raw != "" && !strings.Contains(strings.ReplaceAll(raw, "$${", ""), "${") {
		d.fail(n, "a secret is not written into the configuration: use ${NAME}, or the key with _file at its end")
		return Secret{}
	}
	before := len(d.errors)
	value := d.text(n)
	if value == "" && len(d.errors) == before {
		d.fail(n, "the secret is empty")
	}
	return d.keep(value)
}

// secretFile reads a secret from a file; a trailing line end is ignored.
func (d *decoder) secretFile(n ast.Node) Secret {
	content, err := os.ReadFile(d.path(d.text(n)))
	value := strings.TrimRight(string(content), "\r\n")
	switch {
	case err != nil:
		d.fail(n, "the secret cannot be read: %v", err)
	case value == "":
		d.fail(n, "the secret in %s is empty", d.text(n))
	}
	return d.keep(value)
}

func (d *decoder) keep(value string) Secret {
	s := NewSecret(value)
	if value != "" {
		d.secrets = append(d.secrets, s)
	}
	return s
}

// Mask replaces every secret of the configuration in a text, also where it stands in
// quotes, in a URL or in HTML.
func Mask(text string, secrets []Secret) string {
	for _, s := range secrets {
		if len(s.value) < leastSecret {
			continue
		}
		text = strings.ReplaceAll(text, s.value, "***")
		for spelling := range strings.SplitSeq(s.spellings, "\x00") {
			if spelling != "" {
				text = strings.ReplaceAll(text, spelling, "***")
			}
		}
	}
	return text
}

// leastSecret is how long a secret is at least that is masked: a shorter one stands
// in any text.
const leastSecret = 4
