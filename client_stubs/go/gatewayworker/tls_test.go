package gatewayworker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
)

// An authority signs certificates for a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	made := &authority{}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true,
		BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour),
	}
	made.certificate, made.key = made.sign(t, template)
	return made
}

// sign makes a certificate with a key of its own; the authority's own one while there is none.
func (a *authority) sign(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if a.certificate != nil {
		parent, signer = a.certificate, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

func (a *authority) certificateFor(t *testing.T, name string) tls.Certificate {
	certificate, key := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotAfter: time.Now().Add(time.Hour),
	})
	return tls.Certificate{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

func TestTLSWithOwnAuthoritiesAndAClientCertificate(t *testing.T) {
	authority := newAuthority(t)
	daemon, requests := scripted(messages("7f", 1, "hi"))
	address := daemon.start(t, grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{authority.certificateFor(t, "gatewayd.test")}, ClientCAs: authority.pool(),
		ClientAuth: tls.RequireAndVerifyClientCert,
	})))
	known := &tls.Config{
		RootCAs: authority.pool(), ServerName: "gatewayd.test",
		Certificates: []tls.Certificate{authority.certificateFor(t, "client")},
	}
	client := newClient(t, ClientConfig{Address: address, TLS: known, Token: StaticToken("t")})
	if _, err := client.IsOnline(t.Context(), "x"); err != nil {
		t.Error(err)
	}
	if got := daemon.said("authorization"); !slices.Equal(got, []string{"Bearer t"}) {
		t.Errorf("%q", got)
	}
	worker := echo(address)
	worker.TLS = known
	serve(t, worker)
	for !acks(receive(t, requests)) && !t.Failed() {
	}
	for name, stranger := range map[string]*tls.Config{
		"no certificate":    {RootCAs: authority.pool(), ServerName: "gatewayd.test"},
		"another authority": {RootCAs: newAuthority(t).pool(), ServerName: "gatewayd.test", Certificates: known.Certificates},
		"another name":      {RootCAs: authority.pool(), ServerName: "other.test", Certificates: known.Certificates},
		"no TLS":            nil,
	} {
		_, err := newClient(t, ClientConfig{Address: address, TLS: stranger}).IsOnline(t.Context(), "x")
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATokenIsAskedForEachCall(t *testing.T) {
	daemon := &fakeDaemon{}
	var asked atomic.Int64
	client := newClient(t, ClientConfig{Address: daemon.start(t), Token: func(context.Context) (string, error) {
		return fmt.Sprint("token ", asked.Add(1)), nil
	}})
	for range 2 {
		if _, err := client.IsOnline(t.Context(), "x"); err != nil {
			t.Error(err)
		}
	}
	if got := daemon.said("authorization"); !slices.Equal(got, []string{"Bearer token 1", "Bearer token 2"}) {
		t.Errorf("%q", got)
	}
}

func TestATokenThatCannotBeHad(t *testing.T) {
	for err, want := range map[error]codes.Code{
		errors.New("the file is away"):                       codes.Unavailable,
		status.Error(codes.Unauthenticated, "no such login"): codes.Unauthenticated,
	} {
		client := newClient(t, ClientConfig{
			Address: (&fakeDaemon{}).start(t), Token: func(context.Context) (string, error) { return "", err },
		})
		if _, got := client.IsOnline(t.Context(), "x"); status.Code(got) != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}
