package reconcile

// Reconcile compares everything that was read and returns the verdicts. It is a
// function of values: the same input and policy give the same result, whatever
// the order of rows. An error is a violated invariant: the numbers do not add
// up, and nothing may be published.
func Reconcile(in *Input, policy Policy) (*Result, error) { panic("not built yet") }
