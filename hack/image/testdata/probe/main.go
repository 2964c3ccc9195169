// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command probe says what a program finds in the image.
package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"os/user"
)

func main() {
	current, err := user.LookupId(fmt.Sprint(os.Getuid()))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("user=%s trusts=%v writes=%v\n", current.Username, !roots.Equal(x509.NewCertPool()), os.WriteFile("/file", nil, 0o600) == nil)
}
