package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"log"
	"os"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

// A connection is how a request wants the daemon spoken to.
type connection struct {
	TLS       *tlsFiles `json:"tls"`
	Token     *string   `json:"token"`
	TokenFile string    `json:"token_file"`
}

// tlsFiles are the PEM files of a request, and the name that the daemon's certificate has.
type tlsFiles struct {
	Authorities string `json:"authorities"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	ServerName  string `json:"server_name"`
}

func (c *connection) tlsConfig() *tls.Config {
	if c.TLS == nil {
		return nil
	}
	config := &tls.Config{ServerName: c.TLS.ServerName, MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(mustRead(c.TLS.Authorities))
	if c.TLS.Certificate != "" {
		pair, err := tls.X509KeyPair(mustRead(c.TLS.Certificate), mustRead(c.TLS.Key))
		if err != nil {
			log.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

func (c *connection) tokenSource() gatewayworker.TokenSource {
	if c.TokenFile != "" {
		return func(context.Context) (string, error) {
			token, err := os.ReadFile(c.TokenFile)
			return string(token), err
		}
	}
	if c.Token != nil {
		return gatewayworker.StaticToken(*c.Token)
	}
	return nil
}

// key is the same for requests that may share a client.
func (c *connection) key() string {
	text, err := json.Marshal(c)
	if err != nil {
		log.Fatal(err)
	}
	return string(text)
}

func mustRead(path string) []byte {
	pem, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	return pem
}
