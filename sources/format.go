package sources

import "time"

// Format is how a provider without a package of its own writes its orders and
// webhooks. It is data of its profile file; nil is the plain format.
type Format struct {
	// Columns maps a canonical column (order_id, amount_due, ...) to the headers or
	// JSON paths that are it, any of which. A path with [] names all elements of a
	// list; of a status the last one counts.
	Columns map[string][]string
	Assets  map[string]string // the provider's word for an asset, upper-cased -> CAIP-19 style id
	Zone    *time.Location    // of times without one; nil = the source's alone
	// PerPayment: a row is one payment, and an order may have several. They are
	// added up, by order_id.
	PerPayment bool
	Webhook    *WebhookFormat // nil = raw requests cannot be read
}

// WebhookFormat is how a provider's webhooks are signed and what stands where in
// their JSON bodies.
type WebhookFormat struct {
	Header   string              // of the signature, in lower case; "" = they are not signed
	Prefix   string              // before the signature in its header: "sha256="
	Hash     string              // of the HMAC: sha256 or sha512
	Encoding string              // of the signature: hex or base64
	Sorted   bool                // signed is the body as compact JSON with sorted keys, else as it was sent
	Schema   string              // of the profile's status words for webhooks
	Members  map[string][]string // order_id, order_no, status, amount, asset, chain, txid, event, time -> JSON paths, the first that says something
}
