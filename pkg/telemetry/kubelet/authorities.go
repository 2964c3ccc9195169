// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"

	"k8s.io/klog/v2"
)

// authorities sign the serving certificates of the kubelets. A file of them is
// read again when it changes.
type authorities struct {
	file string

	mu sync.Mutex
	// pool is nil for the authorities of the system.
	pool *x509.CertPool
	// seen is the file as it was last looked at, nil where there was none.
	seen os.FileInfo
	// reported is the error that the log tells.
	reported string
}

func newAuthorities(settings TLS) (*authorities, error) {
	switch {
	case settings.InsecureSkipVerify, len(settings.CAData) == 0 && settings.CAFile == "":
		return &authorities{}, nil
	case len(settings.CAData) > 0:
		pool, err := parseAuthorities(settings.CAData)
		return &authorities{pool: pool}, err
	default:
		a := &authorities{file: settings.CAFile}
		return a, a.read()
	}
}

// current are the authorities to verify a certificate with. While a new file
// cannot be read, they are those of the last good one.
func (a *authorities) current(ctx context.Context) *x509.CertPool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == "" || !a.changed() {
		return a.pool
	}
	logger := klog.FromContext(ctx)
	switch err := a.read(); {
	case err == nil:
		a.reported = ""
		logger.Info("Read the authorities of the kubelets' certificates anew", "file", a.file)
	case err.Error() != a.reported:
		a.reported = err.Error()
		logger.Error(err, "Going on with the former authorities of the kubelets' certificates")
	}
	return a.pool
}

// changed tells whether the file is another than the one last looked at. One that
// could not be found is always looked for again.
func (a *authorities) changed() bool {
	info, err := os.Stat(a.file)
	if err != nil || a.seen == nil {
		return true
	}
	return !os.SameFile(info, a.seen) || !info.ModTime().Equal(a.seen.ModTime()) || info.Size() != a.seen.Size()
}

func (a *authorities) read() error {
	// First, so that a change while the file is read is seen the next time.
	info, err := os.Stat(a.file)
	if err != nil {
		a.seen = nil
		return fmt.Errorf("reading telemetry.embedded.kubelets.caFile: %w", err)
	}
	a.seen = info
	data, err := os.ReadFile(a.file)
	if err != nil {
		return fmt.Errorf("reading telemetry.embedded.kubelets.caFile: %w", err)
	}
	pool, err := parseAuthorities(data)
	if err != nil {
		return fmt.Errorf("reading telemetry.embedded.kubelets.caFile %q: %w", a.file, err)
	}
	a.pool = pool
	return nil
}

func parseAuthorities(data []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, errors.New("no certificate in PEM is in it")
	}
	return pool, nil
}
