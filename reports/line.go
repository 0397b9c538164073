package reports

// Line makes foreign text harmless for a terminal: one line, nothing invisible.
func Line(s string) string { return oneLine(s) }
