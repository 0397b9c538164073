package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Secret is a value that no output may show: it prints as ***.
type Secret struct{ value string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value} }

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

// Mask replaces every secret of the configuration in a text.
func Mask(text string, secrets []Secret) string {
	for _, s := range secrets {
		if len(s.value) >= 4 {
			text = strings.ReplaceAll(text, s.value, "***")
		}
	}
	return text
}
