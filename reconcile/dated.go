package reconcile

import "slices"

// DatedTieOut is the tie-out of some whole business dates. A date on which nothing
// happened has no lines.
type DatedTieOut struct {
	Dates []string // YYYY-MM-DD, oldest first
	Lines []DayLine
}

// WholeDates returns the tie-out of the dates of which the window holds everything.
func (r *Result) WholeDates() DatedTieOut {
	var d DatedTieOut
	for _, day := range r.e.businessDays() {
		if r.Window.From <= day.Span.From && day.Span.To <= r.Window.To {
			d.Dates = append(d.Dates, day.Date)
		}
	}
	for _, l := range r.e.days {
		if l.Whole {
			d.Lines = append(d.Lines, l)
		}
	}
	return d
}

// With returns the dates of both; of a date that both have, what newer says.
func (d DatedTieOut) With(newer DatedTieOut) DatedTieOut {
	out := newer.Between("", "~")
	for _, date := range d.Dates {
		if !slices.Contains(newer.Dates, date) {
			out.Dates = append(out.Dates, date)
		}
	}
	for _, l := range d.Lines {
		if !slices.Contains(newer.Dates, l.Date) {
			out.Lines = append(out.Lines, l)
		}
	}
	slices.Sort(out.Dates)
	sortDays(out.Lines)
	return out
}

// Between returns the dates from the first to the last one, both included.
func (d DatedTieOut) Between(first, last string) DatedTieOut {
	var out DatedTieOut
	for _, date := range d.Dates {
		if first <= date && date <= last {
			out.Dates = append(out.Dates, date)
		}
	}
	for _, l := range d.Lines {
		if first <= l.Date && l.Date <= last {
			out.Lines = append(out.Lines, l)
		}
	}
	return out
}
