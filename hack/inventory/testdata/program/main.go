// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command program has something of each kind in it: the standard library, a module,
// and somebody else's work among its own files.
package main

import (
	"embed"
	"fmt"

	"sigs.k8s.io/yaml"
)

//go:embed assets/style.css
var assets embed.FS

func main() {
	text, err := assets.ReadFile("assets/style.css")
	fmt.Println(len(text), err, yaml.Unmarshal(nil, nil))
}
