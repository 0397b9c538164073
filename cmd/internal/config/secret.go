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
// configurations are shared and kept in version control.
func (d *decoder) secret(n ast.Node) Secret {
	raw := n.GetToken().Value
	if !strings.Contains(raw, "${") && raw != "" {
		d.fail(n, "a secret is not written into the configuration: use ${NAME} or the key with _file")
	}
	return d.keep(d.text(n))
}

// secretFile reads a secret from a file; a trailing line end is ignored.
func (d *decoder) secretFile(n ast.Node) Secret {
	path := d.path(d.text(n))
	content, err := os.ReadFile(path)
	if err != nil {
		d.fail(n, "the secret cannot be read: %v", err)
	}
	return d.keep(strings.TrimRight(string(content), "\r\n"))
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
