package reports

import "tieout/reconcile"

// Document is what every writer sees: the verdicts and the facts about the run.
type Document struct {
	Result *reconcile.Result
	Facts  Facts

	// Totals are the result's, from Sum; a writer that needs them and finds nil
	// counts for itself.
	Totals *Totals
}

// Facts are what the core cannot know: who ran, with what, on which files.
type Facts struct {
	Tool         string // "tieout 0.1.0"
	Merchant     string
	AsOf         string // business date, YYYY-MM-DD, or "<from>--<to>" for a window of one's own
	Zone         string // IANA name
	Interim      bool
	Revision     int      // of the business date, from 1
	Single       bool     // one person may prepare and review, which the sign-off sheet says
	Replaces     string   // SHA-256 of the former revision's result.json, "" = there is none
	Previous     Link     // the run that this one starts from
	Complete     bool     // false: a source was missing or not fully covered
	Incomplete   []string // why, one sentence each, for the first page
	Exit         int
	ConfigSHA256 string
	AssetsSHA256 string
	Inputs       []File
	Past         *Past  // nil = nothing is carried forward
	Outputs      []File // filled while publishing; result.json lists all but itself
}

// Past is what was known of earlier business dates when this one ran.
type Past struct {
	Month   reconcile.DatedTieOut // the month's earlier dates, as the runs before this one stated them
	From    string                // the first business date that the registers show, YYYY-MM-DD
	Dates   []PastDate            // from then on, oldest first, without the date of this run
	Answers []GivenAnswer         // all that count for this run, in the order in which they do
}

// PastDate is a business date that ran, or did not.
type PastDate struct {
	Date               string // YYYY-MM-DD
	State              DateState
	Revision           int
	Counted            bool // Breaks and Open are known
	Breaks, Open       int
	Stale              bool // an earlier date changed since
	Prepared, Reviewed string
}

// DateState says how a business date stands.
type DateState string

// The states of a business date.
const (
	DateComplete   DateState = "complete"
	DateIncomplete DateState = "incomplete"
	DateMissed     DateState = "missed" // no run of it stands
)

// GivenAnswer is an answer, with the newest business date when it was taken in: it
// counts for the runs after that.
type GivenAnswer struct {
	reconcile.Answer
	Since string
}

// Link names a published run by its business date and the SHA-256 of its
// result.json: every run names the one before, so that none can be altered or left
// out unseen. The zero value is no run.
type Link struct {
	AsOf   string `json:"as_of"`
	SHA256 string `json:"sha256"`
}

// File is a file of the manifest.
type File struct {
	Path   string `json:"file"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}
