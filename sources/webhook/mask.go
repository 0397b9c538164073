package webhook

import (
	"regexp"
	"strings"
)

// credential finds the name of a header that lets somebody in, as a key or as an
// item before its value. Its closing quotes say how the row writes all quotes: a
// table doubles them, a text inside a JSON text escapes them, and both may be.
var credential = regexp.MustCompile(`(?i)(?:(?:authorization|cookie|api-?key|secret|password)[^"\\]*|token)(\\*"{1,2})\s*([:,])\s*`)

// valueKey stands between them in {"name": "Cookie", "value": "a=b"}.
var valueKey = regexp.MustCompile(`^\\*"{1,2}values?\\*"{1,2}\s*:\s*`)

// credentialLine finds the same in headers as HTTP writes them.
var credentialLine = regexp.MustCompile(`(?i)((?:authorization|cookie|api-?key|secret|password|token)[\w-]*'?:\s*)[^"\\\r\n]+`)

// credentialURL finds in URLs the user with the password, and parameters that are
// keys. A JSON text may escape the sign between parameters.
var credentialURL = regexp.MustCompile(`(?i)(://)[^/?#@"\\\s]+(@)|((?:[?&]|\\u0026)[\w.-]*(?:key|secret|password|token)=)[^&#"\\\s]+`)

const masked = "***"

// mask returns a text of a row as a report may show it: without the values of
// headers and URLs with credentials and without our own secrets. It works on rows that are
// no JSON, or were cut, too, and masks too much rather than too little.
func (o *Options) mask(raw string) string {
	for _, secret := range o.Secrets {
		raw = maskSecret(raw, secret.Value)
	}
	raw = credentialURL.ReplaceAllString(raw, "${1}${3}"+masked+"${2}")
	var b strings.Builder
	for {
		at := credential.FindStringSubmatchIndex(raw)
		if at == nil {
			b.WriteString(raw)
			return credentialLine.ReplaceAllString(b.String(), "${1}"+masked)
		}
		quote, pair, start := raw[at[2]:at[3]], raw[at[4]:at[5]] == ",", at[1]
		start += len(valueKey.FindString(raw[start:]))
		end := valueEnd(raw, start, quote)
		b.WriteString(raw[:start])
		if pair && strings.HasPrefix(strings.TrimLeft(raw[end:], " \t\r\n"), ":") {
			raw = raw[start:] // a key follows: what was found is the value before it
			continue
		}
		b.WriteString(quote + masked + quote)
		raw = raw[end:]
	}
}

// maskSecret replaces one of our own secrets, and the beginning of it where the
// text was cut.
func maskSecret(raw, secret string) string {
	if secret == "" {
		return raw
	}
	raw = strings.ReplaceAll(raw, secret, masked)
	const least = 4 // fewer say nothing
	for n := len(secret) - 1; n >= least; n-- {
		if rest, cut := strings.CutSuffix(raw, secret[:n]); cut {
			return rest + masked
		}
	}
	return raw
}

// valueEnd is where the JSON value ends that starts there: a text, a list or object
// of them, or a bare word.
func valueEnd(raw string, start int, quote string) int {
	depth := 0
	for at := start; at < len(raw); {
		switch b := raw[at]; {
		case strings.HasPrefix(raw[at:], quote):
			at = textEnd(raw, at+len(quote), quote)
			if depth == 0 {
				return at
			}
		case b == '[' || b == '{':
			depth++
			at++
		case b == ']' || b == '}':
			if depth--; depth < 0 {
				return at
			}
			if at++; depth == 0 {
				return at
			}
		case depth == 0 && strings.IndexByte(", \t\r\n\"\\", b) >= 0:
			return at
		default:
			at++
		}
	}
	return len(raw)
}

// textEnd is where a text ends, behind its closing quotes. Each level of escaping
// doubles the backslashes before a quote and adds one, so quotes that are written
// with n of them close a text where n stand behind a multiple of 2(n+1).
func textEnd(raw string, start int, quote string) int {
	quotes := strings.TrimLeft(quote, `\`)
	n := len(quote) - len(quotes)
	for at, run := start, 0; at < len(raw); at++ {
		switch {
		case raw[at] == '\\':
			run++
		case !strings.HasPrefix(raw[at:], quotes):
			run = 0
		case run%(2*(n+1)) == n:
			return at + len(quotes)
		default:
			at, run = at+len(quotes)-1, 0
		}
	}
	return len(raw)
}
