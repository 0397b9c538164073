package main

import (
	"context"
	"fmt"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/cmd/internal/schedule"
)

// ledgerOf is where the business dates that ran are told from.
func ledgerOf(conf *config.Config) schedule.Ledger {
	return reportLedger{conf.ReportsTo, conf.Merchant}
}

// reportLedger reads the published reports themselves. They know what is done and
// what is incomplete, not what became stale since.
type reportLedger struct{ root, merchant string }

func (l reportLedger) Dates(context.Context) ([]schedule.Entry, error) {
	published, err := files.List(l.root, l.merchant)
	if err != nil {
		return nil, err
	}
	var list []schedule.Entry
	for _, p := range published {
		date, err := schedule.ParseDate(p.Date)
		if err != nil {
			return nil, fmt.Errorf("the report of %w", err)
		}
		state := schedule.Incomplete
		if p.Complete {
			state = schedule.Done
		}
		list = append(list, schedule.Entry{Date: date, State: state})
	}
	return list, nil
}
