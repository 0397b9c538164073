package reconcile

import "testing"

// The rank of a percentile is the smallest number of lags that is at least so many of
// a hundred: 1 of 1, 50 of 99 and 100, 51 of 101.
func TestLatencyRanks(t *testing.T) {
	for n := 1; n <= 1000; n++ {
		lags := make([]Instant, n)
		for i := range lags {
			lags[i] = Instant(n - i) // n, …, 1: the lag is its rank
		}
		l := latencyOf(lags)
		for _, c := range []struct {
			percent int
			got     Instant
		}{{50, l.P50}, {95, l.P95}, {99, l.P99}, {100, l.Max}} {
			if at := int(c.got); at*100 < c.percent*n || (at-1)*100 >= c.percent*n {
				t.Fatalf("p%d of %d lags is the one of rank %d", c.percent, n, at)
			}
		}
	}
	if l := latencyOf([]Instant{0, -1, 5}); l.Early != 1 || l.Count != 3 || l.P50 != 0 {
		t.Errorf("of -1, 0 and 5: %+v", l)
	}
}
