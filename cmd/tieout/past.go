package main

import (
	"cmp"
	"context"
	"time"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/schedule"
	"tieout/cmd/internal/store"
	"tieout/reports"
)

// registerDays is how many business dates the registers of a report show, its own
// among them.
const registerDays = 62

// pastOf is what a run of a business date tells of the dates before it.
func pastOf(ctx context.Context, s *store.Store, conf *config.Config, name string) (*reports.Past, error) {
	date, err := schedule.ParseDate(name)
	if err != nil {
		return nil, err
	}
	reg, err := s.Register(ctx, conf.Merchant, name, (date - registerDays + 1).String())
	if err != nil {
		return nil, err
	}
	return past(date, conf.Zone, &reg), nil
}

func past(date schedule.Date, zone *time.Location, reg *store.Register) *reports.Past {
	from := date - registerDays + 1
	p := &reports.Past{Month: reg.Month, From: from.String()}
	for _, a := range reg.Answers {
		p.Answers = append(p.Answers, reports.GivenAnswer{Answer: a.Answer, Since: a.Effective})
	}
	runs := map[string]*store.PastRun{}
	for i := range reg.Runs {
		runs[reg.Runs[i].Date] = &reg.Runs[i]
	}
	for d := from; d < date && reg.First != ""; d++ {
		if d.Exists(zone) && d.String() >= reg.First { // before the first run there was nothing to miss
			p.Dates = append(p.Dates, pastDate(d.String(), runs[d.String()]))
		}
	}
	return p
}

// pastDate is how a date stands; without a run it was missed.
func pastDate(date string, r *store.PastRun) reports.PastDate {
	if r == nil {
		return reports.PastDate{Date: date, State: reports.DateMissed}
	}
	d := reports.PastDate{Date: date, State: reports.DateState(r.Status), Revision: r.Revision, Counted: r.Counted, Breaks: r.Breaks, Open: r.Open, Stale: r.Stale}
	if r.Signed != nil {
		d.Prepared, d.Reviewed = r.Signed.Prepared.By, r.Signed.Reviewed.By
	}
	return d
}

// replayedPast is the past of a published date that is run again: what the dates
// before it came to, and of them what only its own report tells, who had signed and
// what was stale when it ran.
func replayedPast(at period, zone *time.Location, said []saidDate, before []*store.Draft, answers []store.Given) (*reports.Past, error) {
	date, err := schedule.ParseDate(at.date)
	if err != nil {
		return nil, err
	}
	var reg store.Register
	for _, d := range before {
		reg.First = cmp.Or(reg.First, d.Date)
		reg.Month = reg.Month.With(d.Days.Between(store.MonthOf(at.date), at.date))
		r := store.PastRun{Run: d.Run, Breaks: d.Breaks, Open: d.Open, Counted: true}
		r.Stale, r.Signed = false, nil
		for _, s := range said {
			if s.Date == d.Date {
				r.Stale, r.Signed = s.Stale, s.signed()
			}
		}
		reg.Runs = append(reg.Runs, r)
	}
	for _, a := range answers {
		if a.Effective < at.date {
			reg.Answers = append(reg.Answers, a)
		}
	}
	return past(date, zone, &reg), nil
}

// saidDate is a date of the calendar of a published report.
type saidDate struct {
	Date     string
	Revision int
	Stale    bool
	Prepared string `json:"prepared_by"`
	Reviewed string `json:"reviewed_by"`
}

// signed is the sign-off that a calendar tells of, nil for none.
func (s *saidDate) signed() *store.SignOff {
	if s.Prepared+s.Reviewed == "" {
		return nil
	}
	return &store.SignOff{Prepared: store.Signature{By: s.Prepared}, Reviewed: store.Signature{By: s.Reviewed}}
}

// signFrom takes from the calendar of the next published report who had signed the
// dates before it, where nothing else tells it any more.
func signFrom(calendar []saidDate, before []*store.Draft) {
	for _, s := range calendar {
		for _, d := range before {
			if d.Date == s.Date && d.Revision == s.Revision && d.Signed == nil && s.signed() != nil {
				d.Signed, d.SignedSince = s.signed(), before[len(before)-1].Date
			}
		}
	}
}
