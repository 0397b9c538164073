package schedule

import (
	"context"
	"time"
)

// Sleep waits by the machine's own clock; it returns early, with the reason, when
// the context ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
