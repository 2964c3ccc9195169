// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	certutil "k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// validity is how long certificates hold: longer than any test or demo, no longer than needed.
const validity = 7 * 24 * time.Hour

// authority is the cluster's one CA: it signs what components serve with, and who they are.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	certificate, err := certutil.NewSelfSignedCACert(certutil.Config{CommonName: "loadline-cluster"}, key)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: certificate, key: key}, nil
}

func (a *authority) pem() []byte { return encodeCertificate(a.certificate) }

// identity is a certificate and its private key, both as PEM.
type identity struct {
	certificate, key []byte
}

// issue makes an identity that can serve on loopback (also under the given DNS names) and, as the given
// user in the given groups, be a client.
func (a *authority) issue(user string, groups []string, dnsNames ...string) (*identity, error) {
	return a.issueUntil(time.Now().Add(validity), user, groups, dnsNames...)
}

func (a *authority) issueUntil(end time.Time, user string, groups []string, dnsNames ...string) (*identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate for %s: %w", user, err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate for %s: %w", user, err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: user, Organization: groups},
		NotBefore:    end.Add(-validity - time.Minute),
		NotAfter:     end,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses:  []net.IP{net.ParseIP(loopback)},
		DNSNames:     append([]string{"localhost"}, dnsNames...),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate for %s: %w", user, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate for %s: %w", user, err)
	}
	keyPEM, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate for %s: %w", user, err)
	}
	return &identity{certificate: encodeCertificate(certificate), key: keyPEM}, nil
}

func encodeCertificate(certificate *x509.Certificate) []byte {
	encoded, err := certutil.EncodeCertificates(certificate)
	if err != nil {
		// It only fails where the writer does, and this writer is memory.
		panic(err)
	}
	return encoded
}

// ServingCertificate is one that the cluster's CA has signed for a server on loopback, and that is valid until
// a time, which may have passed.
func (c *Cluster) ServingCertificate(end time.Time) (tls.Certificate, error) {
	issued, err := c.authority.issueUntil(end, "server", nil)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(issued.certificate, issued.key)
}

// write stores the identity as dir/name.crt and dir/name.key.
func (i *identity) write(dir, name string) error {
	if err := os.WriteFile(filepath.Join(dir, name+".crt"), i.certificate, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".key"), i.key, 0o600)
}

// writeCertificates stores the CA (ca.crt), what each server serves with, the API server's identities towards
// etcd and towards servers behind it, and the key that signs ServiceAccount tokens (service-account.key). Clients of the API server get
// theirs in their kubeconfigs.
func (c *Cluster) writeCertificates() error {
	if err := os.WriteFile(c.CAFile(), c.authority.pem(), 0o600); err != nil {
		return fmt.Errorf("writing certificates: %w", err)
	}
	dnsNames := map[string][]string{
		"etcd":                    nil,
		"etcd-client":             nil,
		"front-proxy":             nil,
		"kube-apiserver":          {"kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		"kube-controller-manager": nil,
		"kubelet":                 nil,
		"metrics-server":          {"metrics-server.kube-system.svc"},
	}
	for name, names := range dnsNames {
		issued, err := c.authority.issue(name, nil, names...)
		if err != nil {
			return err
		}
		if err := issued.write(c.dir, name); err != nil {
			return fmt.Errorf("writing certificates: %w", err)
		}
	}
	key, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return fmt.Errorf("making the key for ServiceAccount tokens: %w", err)
	}
	return os.WriteFile(c.path("service-account.key"), key, 0o600)
}
