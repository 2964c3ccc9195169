// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelets

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"time"

	certutil "k8s.io/client-go/util/cert"
)

// validity is how long certificates hold: longer than any benchmark.
const validity = 24 * time.Hour

// authority signs the kubelets' serving certificates. All of them have one key,
// since making thousands would take longer than signing.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	kubelets    *ecdsa.PrivateKey
	issued      int64
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	certificate, err := certutil.NewSelfSignedCACert(certutil.Config{CommonName: "simulated-kubelets"}, key)
	if err != nil {
		return nil, err
	}
	kubelets, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: certificate, key: key, kubelets: kubelets}, nil
}

// issue makes the serving certificate of one address.
func (a *authority) issue(address netip.Addr) (tls.Certificate, error) {
	a.issued++
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.issued),
		Subject:      pkix.Name{CommonName: "system:node:" + address.String(), Organization: []string{"system:nodes"}},
		NotBefore:    now.Add(-time.Minute),
		NotAfter:     now.Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses:  []net.IP{address.AsSlice()},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, a.kubelets.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing the certificate of %v: %w", address, err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.kubelets}, nil
}

// publish writes the authority's own certificate as PEM. Whoever waits for the
// file never sees a part of it.
func (a *authority) publish(file string) error {
	encoded, err := certutil.EncodeCertificates(a.certificate)
	if err == nil {
		err = os.WriteFile(file+".new", encoded, 0o600)
	}
	if err == nil {
		err = os.Rename(file+".new", file)
	}
	if err != nil {
		return fmt.Errorf("writing the certificate of the kubelets' authority: %w", err)
	}
	return nil
}
