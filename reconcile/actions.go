package reconcile

// ActionCode names a thing to do. A public contract, like Kind.
type ActionCode uint8

const (
	ActionNone ActionCode = iota
	CompleteTransaction
	ResendNotification
	FixReceiverThenResend
	ApplyFromAPI
	CreditActual
	CreditLate
	RefundOrCredit
	HoldFulfilment
	IdentifyPayer
	AskProvider
	InvestigateSender
	Wait
	actionCount
)

var actionNames = [actionCount]string{"", "complete_transaction", "resend_notification", "fix_receiver_then_resend",
	"apply_from_api", "credit_actual", "credit_late", "refund_or_credit", "hold_fulfilment", "identify_payer",
	"ask_provider", "investigate_sender", "wait"}

func (a ActionCode) String() string { return actionNames[a] }
