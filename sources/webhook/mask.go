package webhook

import (
	"regexp"
	"strings"
)

// credentials finds headers that let somebody in, whose values a log may hold and a
// report must not. It works on rows that are no JSON, or were cut, too.
var credentials = regexp.MustCompile(`(?i)("[^"]*(?:(?:authorization|cookie|api-?key|secret|password)[^"]*|token)"\s*:\s*)(?:\[[^\]]*\]?|"(?:\\.|[^"\\])*"?)`)

const masked = `"***"`

// mask returns a row as a report may show it: without the values of headers with
// credentials and without our own secrets.
func (o *Options) mask(raw string) string {
	for _, secret := range o.Secrets {
		if secret.Value != "" {
			raw = strings.ReplaceAll(raw, secret.Value, "***")
		}
	}
	return credentials.ReplaceAllString(raw, "${1}"+masked)
}
