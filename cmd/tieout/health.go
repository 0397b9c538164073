package main

import (
	"encoding/json"
	"net/http"
	"time"

	"tieout/cmd/internal/schedule"
)

// health answers whether the daemon is alive and ready. It shows dates, times and
// statuses; no texts of errors, which may quote what is secret.
type health struct {
	watches []*watch
	now     func() time.Time
}

// stalled is how long a loop may be silent: it ticks twice a minute.
const stalled = 2 * time.Minute

type healthPage struct {
	Status    string           `json:"status"` // ok, stalled; of /readyz: ready, not ready
	Version   string           `json:"version"`
	Merchants []merchantHealth `json:"merchants"`
}

type merchantHealth struct {
	Merchant string       `json:"merchant"`
	Timezone string       `json:"timezone"`
	Schedule string       `json:"schedule"`
	Ticked   string       `json:"ticked"`            // when the loop last looked at the clock; "" = not yet
	Ledger   bool         `json:"ledger"`            // the dates that ran could be read
	Last     *lastHealth  `json:"last"`              // the newest business date with a report
	Running  string       `json:"running,omitempty"` // the business date that runs now
	Due      int          `json:"due"`               // dates that waited at the last look
	NextLook string       `json:"next_look"`
	Owed     []owedHealth `json:"owed"`   // dates that ran and are owed still
	Panics   int          `json:"panics"` // defects that were caught; the log has them
}

type lastHealth struct {
	Date  string `json:"date"`
	State string `json:"state"` // complete, incomplete, stale
}

type owedHealth struct {
	Date  string `json:"date"`
	Exit  int    `json:"exit"`
	Tries int    `json:"tries"`
	Again string `json:"again"`
}

func (h health) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		h.answer(w, "ok", "stalled", func(r schedule.Report) bool {
			return r.Running != 0 || !r.Ticked.IsZero() && h.now().Sub(r.Ticked) < stalled
		})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		h.answer(w, "ready", "not ready", func(r schedule.Report) bool { return r.Readable })
	})
	return mux
}

// answer is 200 when every loop passes, else 503; the page is the same.
func (h health) answer(w http.ResponseWriter, good, bad string, passes func(schedule.Report) bool) {
	page, code := healthPage{Status: good, Version: version}, http.StatusOK
	for _, watch := range h.watches {
		report := watch.loop.Report()
		if !passes(report) {
			page.Status, code = bad, http.StatusServiceUnavailable
		}
		page.Merchants = append(page.Merchants, watch.health(report))
	}
	body, err := json.MarshalIndent(page, "", "  ")
	if err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(append(body, '\n')) // whoever asked may have gone
}

func (w *watch) health(r schedule.Report) merchantHealth {
	m := merchantHealth{Merchant: w.merchant, Timezone: w.conf.Zone.String(), Schedule: w.conf.Schedule.At.String(),
		Ticked: stamp(r.Ticked), Ledger: r.Readable, Due: r.Due, NextLook: stamp(r.Next), Owed: []owedHealth{}, Panics: r.Panics}
	if r.Running != 0 {
		m.Running = r.Running.String()
	}
	if r.Newest.Date != 0 {
		state := map[schedule.State]string{schedule.Done: "complete", schedule.Incomplete: "incomplete", schedule.Stale: "stale"}[r.Newest.State]
		m.Last = &lastHealth{r.Newest.Date.String(), state}
	}
	for _, f := range r.Owed {
		m.Owed = append(m.Owed, owedHealth{f.Date.String(), int(f.Status), f.Tries, stamp(f.Again)})
	}
	return m
}

// stamp writes a time; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
