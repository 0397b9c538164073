package transport

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// DeniedError says that a host resolves to an address that no source has any
// business with.
type DeniedError struct{ Address string }

func (e *DeniedError) Error() string {
	return fmt.Sprintf("refusing to connect to %s: it is a link-local or metadata address", e.Address)
}

// metadata are services that hand out a machine's credentials and are not link-local.
var metadata = []netip.Addr{netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200")}

// guarded returns connections that are checked after the name was resolved, so
// that a name cannot be pointed elsewhere between the check and the connection.
// Own nodes live on loopback and private addresses: those are fine.
func guarded() http.RoundTripper {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		return allowed(address)
	}}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       30 * time.Second,
		ForceAttemptHTTP2:     true,
		ExpectContinueTimeout: time.Second,
	}
}

func allowed(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &DeniedError{address}
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() {
		return &DeniedError{ip.String()}
	}
	for _, service := range metadata {
		if ip == service {
			return &DeniedError{ip.String()}
		}
	}
	return nil
}
